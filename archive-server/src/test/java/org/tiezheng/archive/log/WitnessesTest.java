package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.SignatureType;

class WitnessesTest {
    @TempDir
    Path folder;

    private LogWorld world;

    @BeforeEach
    void open() {
        world = new LogWorld(folder);
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private void twoOfThree() throws Exception {
        world.runWitness("court");
        world.runWitness("notary", 1); // its ML-DSA-44 key
        world.runWitness("sister");
        world.quorum("2").start();
        world.askAll();
    }

    private LogProof proof(int number) {
        return world.log.proof(world.packages.get(number)).orElseThrow();
    }

    private void assertAllProved() {
        for (int i = 0; i < world.packages.size(); i++) {
            LogProof proof = proof(i);
            assertThat(proof.proves()).isTrue();
            assertThat(world.policy().logOf(proof.checkpoint())).isPresent();
            assertThat(world.policy().isWitnessed(proof.checkpoint())).isTrue();
        }
    }

    @Test
    void aProofHasTheCosignaturesOfTheQuorum() throws Exception {
        twoOfThree();
        world.queue(250);
        world.turn();

        assertThat(world.published().size()).isEqualTo(250);
        assertThat(world.policy().witnesses().values())
                .allSatisfy(site ->
                        assertThat(world.published().cosignedAt(site.key())).isPresent());
        assertAllProved();
    }

    /** Fixed once: neither later cosignatures nor a longer log change a byte. */
    @Test
    void aProofNeverChanges() throws Exception {
        twoOfThree();
        world.stopWitness("sister");
        world.queue(3);
        world.turn();
        byte[] proof = proof(1).toBytes();
        world.runWitness("sister");
        world.queue(3);
        world.turn();
        world.start();
        world.turn();

        assertThat(proof(1).toBytes()).isEqualTo(proof);
        assertThat(world.database
                        .jdbc()
                        .sql("select count(*) from log_proof")
                        .query(Long.class)
                        .single())
                .isEqualTo(6);
    }

    private List<String> proofRows() {
        return world.database
                .jdbc()
                .sql("select evidence_id || ' ' || size || ' ' || policy || ' ' || encode(hashes, 'hex') from log_proof"
                        + " order by policy, pos")
                .query(String.class)
                .list();
    }

    /** One witness was enough, and then two are asked for: the old proofs stay, and the new ones take their place. */
    @Test
    void aStricterPolicyMakesProofsAgainAndTheOldOnesStay() throws Exception {
        world.runWitness("court");
        world.runWitness("notary");
        world.quorum("any").start();
        world.stopWitness("notary");
        world.queue(150);
        world.turn();
        assertAllProved();
        List<String> weak = proofRows();
        byte[] before = proof(0).toBytes();
        assertThat(weak).hasSize(150);

        world.quorum("all").start();
        world.turn();
        // Nobody says that they are proved now, though what there is is still given out.
        assertThat(world.log.state().proved()).isZero();
        assertThat(world.log.state().witnessed()).isZero();
        assertThat(proof(0).toBytes()).isEqualTo(before);

        world.runWitness("notary");
        world.start();
        world.turn();
        world.turn();
        assertAllProved();
        assertThat(world.log.state().proved()).isEqualTo(150);
        assertThat(proofRows()).hasSize(300).startsWith(weak.toArray(String[]::new));

        // A start with the same policy changes nothing; one with a laxer policy takes nothing back.
        byte[] strict = proof(0).toBytes();
        world.start();
        world.turn();
        world.quorum("any").start();
        world.turn();
        assertThat(world.log.state().proved()).isEqualTo(150);
        assertThat(proof(0).toBytes()).isEqualTo(strict);
        assertThat(proofRows()).hasSize(300);
    }

    /** More had cosigned than the policy asked for then. */
    @Test
    void aProofThatHasWhatAStricterPolicyAsksForIsKept() throws Exception {
        world.runWitness("court");
        world.runWitness("notary");
        world.quorum("all").start();
        world.queue(3);
        world.turn();
        world.turn();
        List<String> rows = proofRows();
        world.quorum("2").start();
        world.turn();
        assertAllProved();
        assertThat(world.log.state().proved()).isEqualTo(3);
        assertThat(proofRows()).isEqualTo(rows);
    }

    /** While servers are started anew one after the other, the one with the old policy does not count its proofs as enough. */
    @Test
    void aServerWithAnOlderPolicyLeavesProofsToTheOthers() throws Exception {
        world.runWitness("court");
        world.runWitness("notary");
        world.quorum("any").start();
        world.askAll();
        world.stopWitness("notary");
        TransparencyLog old = world.log;
        old.run();
        world.quorum("all").start();
        world.log.run();
        world.queue(5);
        old.run();
        world.askAll();
        old.finish();

        assertThat(world.log.state().signed()).isEqualTo(5);
        assertThat(world.log.state().proved()).isZero();
        assertThat(proofRows()).isEmpty();
    }

    @Test
    void withTooFewWitnessesACheckpointIsPublishedButNothingIsProved() throws Exception {
        twoOfThree();
        world.stopWitness("court");
        world.stopWitness("notary");
        world.queue(3);
        world.turn();

        assertThat(world.log.state().signed()).isEqualTo(3);
        assertThat(world.log.proof(world.packages.get(0))).isEmpty();
        // It waited for them a few seconds, not longer.
        assertThat(world.files().resolve("checkpoint")).doesNotExist();
        world.clock.advance(Duration.ofSeconds(6));
        world.turn();
        assertThat(world.published().size()).isEqualTo(3);
        assertThat(world.failureOf("court")).isEqualTo("unreachable");
        assertThat(world.failureOf("sister")).isNull();

        world.runWitness("court");
        world.turn();
        assertAllProved();
        assertThat(world.failureOf("court")).isNull();
        assertThat(world.published().signatures()).hasSize(3);
    }

    /** Were each asked about the newest, a log that never rests would never get two under the same checkpoint. */
    @Test
    void allAreAskedAboutTheSameCheckpointWhileTheLogGrows() throws Exception {
        twoOfThree();
        for (int i = 0; i < 6; i++) {
            world.queue(1);
            world.log.run();
            world.witnesses.ask("court");
            world.queue(1);
            world.log.run();
            world.witnesses.ask("notary");
            world.log.finish();
        }
        assertThat(world.log.state().proved()).isGreaterThanOrEqualTo(9);
        assertThat(proof(0).proves()).isTrue();
    }

    /** A round that does not come to its end makes way for a newer one. */
    @Test
    void aRoundThatFailsIsGivenUp() throws Exception {
        twoOfThree();
        world.stopWitness("court");
        world.stopWitness("notary");
        world.queue(1);
        world.turn();
        world.queue(1);
        world.turn();
        assertThat(world.log.target().orElseThrow().size()).isEqualTo(1);
        world.clock.advance(Duration.ofSeconds(21));
        world.turn();
        assertThat(world.log.target().orElseThrow().size()).isEqualTo(2);
    }

    /** The witness has cosigned and forgotten nothing; we never heard of it. */
    @Test
    void aCosignatureWhoseAnswerWasLostIsGivenAgain() throws Exception {
        twoOfThree();
        world.queue(5);
        world.log.run();
        world.askAll();
        world.asOwner("delete from log_cosignature");
        world.asOwner("delete from log_proof");
        world.asOwner("delete from log_witnessed");
        world.asOwner("delete from log_witness");
        world.asOwner("update log_state set witnessed = 0, proved = 0");
        world.start();
        world.turn();
        world.turn();
        assertAllProved();
    }

    /** The last step done before the crash; the next start does the others. */
    @Test
    void aRunThatEndsAfterAnyStepIsCompletedByTheNext() throws Exception {
        twoOfThree();
        for (int last = 0; last < 6; last++) {
            world.queue(7);
            world.log.assign();
            if (last > 0) {
                world.log.integrate();
            }
            if (last > 1) {
                world.log.sign();
            }
            if (last > 2) {
                world.log.finish();
                world.witnesses.ask("court");
            }
            if (last > 3) {
                world.witnesses.ask("notary");
            }
            if (last > 4) {
                world.log.prove();
            }
            world.start();
            assertThat(world.witnesses.mayAdvance()).isFalse();
            world.askAll();
            assertThat(world.witnesses.mayAdvance()).isTrue();
            world.turn();
            assertThat(world.published().size()).isEqualTo(world.packages.size());
            assertAllProved();
        }
    }

    /** The whole machine was put back to yesterday, files and all. Only the witnesses know. */
    @Test
    void aRestoredDatabaseIsFoundOutByTheWitnesses() throws Exception {
        twoOfThree();
        world.queue(10);
        world.turn();
        world.queue(10);
        world.turn();
        restoreTo(10);

        world.start();
        assertThatThrownBy(() -> world.witnesses.ask("court"))
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining("court")
                .hasMessageContaining("20 entries");
        assertThat(world.witnesses.mayAdvance()).isFalse();
        world.queue(1);
        assertThatThrownBy(world.log::run).isInstanceOf(LogDamagedException.class);
        assertThat(world.log.state().signed()).isEqualTo(10);
        Health health = new LogHealth(
                        world.log,
                        new LogRunner(world.log, world.witnesses, Duration.ofSeconds(2)),
                        world.witnesses,
                        () -> false,
                        world.clock)
                .look();
        assertThat(health.status()).isEqualTo(Health.Status.DOWN);
        assertThat(health.arguments().get(0)).contains("court");
        assertThat(world.failureOf("court")).isEqualTo("contradicts");
    }

    /** He waited until the log had outgrown what the witnesses saw: the roots differ all the same. */
    @Test
    void aSecondHistoryThatIsLongerIsFoundOutToo() throws Exception {
        twoOfThree();
        world.queue(20);
        world.turn();
        restoreTo(10);
        world.start(true);
        world.queue(30);
        world.log.run();
        assertThat(world.log.state().signed()).isEqualTo(40);

        assertThatThrownBy(() -> world.witnesses.ask("court"))
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining("does not continue");
        assertThat(world.seenBy("court").get(0).size()).isEqualTo(20);
        assertThatThrownBy(world.log::run).isInstanceOf(LogDamagedException.class);
    }

    @Test
    void aSecondHistoryOfTheSameLengthIsFoundOutToo() throws Exception {
        twoOfThree();
        world.queue(20);
        world.turn();
        restoreTo(10);
        world.start(true);
        world.queue(10);
        world.log.run();

        assertThatThrownBy(() -> world.witnesses.ask("notary"))
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining("another tree of 20");
    }

    /** Database and published files, both from a backup at that size. */
    private void restoreTo(int size) throws IOException {
        world.asOwner("delete from log_proof where size > " + size);
        world.asOwner("delete from log_witnessed where size > " + size);
        world.asOwner("delete from log_cosignature where size > " + size);
        world.asOwner("delete from log_checkpoint where size > " + size);
        if (world.database
                        .jdbc()
                        .sql("select count(*) from log_checkpoint where size = " + size)
                        .query(Long.class)
                        .single()
                == 0) {
            // There never was a checkpoint of this size: the backup is from between two.
            world.asOwner("update log_state set target = null, checkpoint = '', signed = 0, witnessed = 0, proved = 0");
            world.asOwner("delete from log_proof");
            world.asOwner("delete from log_cosignature");
            world.asOwner("delete from log_witnessed");
            world.asOwner("delete from log_checkpoint");
        } else {
            world.asOwner("update log_state set target = " + size + ", signed = " + size + ", witnessed = " + size
                    + ", proved = " + size + ", checkpoint = (select note from log_checkpoint where size = " + size
                    + ")");
        }
        world.asOwner("delete from log_entry where pos >= " + size);
        world.asOwner("update log_state set assigned = " + size + ", integrated = " + size);
        world.asOwner("delete from log_witness");
        world.packages.subList(size, world.packages.size()).clear();
        try (var files = java.nio.file.Files.walk(world.files())) {
            for (Path file : files.filter(java.nio.file.Files::isRegularFile).toList()) {
                java.nio.file.Files.delete(file);
            }
        }
        LogTiles.write(world.database.jdbc(), world.files());
    }

    @Test
    void nothingNewIsSignedAfterAStartUntilEnoughHaveAnswered() throws Exception {
        twoOfThree();
        world.queue(5);
        world.turn();
        world.stopWitness("court");
        world.stopWitness("notary");
        world.start();
        world.askAll();
        assertThat(world.witnesses.mayAdvance()).isFalse();
        assertThat(world.witnesses.notAsked()).containsExactly("court", "notary");
        world.runWitness("notary", 1);
        world.askAll();
        assertThat(world.witnesses.mayAdvance()).isTrue();
        world.stopWitness("notary");
        world.start(true);
        assertThat(world.witnesses.mayAdvance()).isTrue();
    }

    /** A witness that answers with what it should not, once with each. */
    @ParameterizedTest
    @CsvSource({
        "200, not a signature, malformed",
        "200, '', malformed",
        "409, later, malformed",
        "422, no, http-422",
        "403, no, http-403",
        "404, no, http-404",
        "500, no, http-500",
        "302, no, http-302"
    })
    void whatAWitnessMayNotSayIsAFailureAndNoMore(int status, String body, String failure) throws Exception {
        try (Liar liar = new Liar(status, body.getBytes(StandardCharsets.UTF_8))) {
            world.addWitness("liar", key("liar.example"), liar.port());
            world.runWitness("court");
            world.quorum("any").start();
            world.askAll();
            world.queue(3);
            world.turn();
            assertAllProved();
            assertThat(world.failureOf("liar")).isEqualTo(failure);
            assertThat(world.log.damage()).isEmpty();
        }
    }

    /** A right cosignature by somebody else, and none at all for this tree. */
    @Test
    void aCosignatureOfAnotherKeyDoesNotCount() throws Exception {
        CheckpointSigner other = CheckpointSigner.of("liar.example", SignatureType.ED25519_COSIGNATURE, seed(9));
        Checkpoint empty = new Checkpoint("x", 0, org.tiezheng.evidence.log.LogHash.EMPTY, java.util.List.of());
        byte[] line = other.cosign(empty, world.clock.instant()).text().getBytes(StandardCharsets.UTF_8);
        try (Liar liar = new Liar(200, line)) {
            world.addWitness("liar", key("liar.example"), liar.port());
            world.quorum("any").start(true);
            world.queue(1);
            world.turn();
            assertThat(world.failureOf("liar")).isEqualTo("not-cosigned");
            assertThat(world.log.proof(world.packages.get(0))).isEmpty();
        }
    }

    /** A witness that says nothing holds up nobody else: the real threads, the real clock. */
    @Test
    void aSilentWitnessHoldsUpNothing() throws Exception {
        try (Liar silent = new Liar(0, new byte[0])) {
            world.addWitness("silent", key("silent.example"), silent.port());
            world.runWitness("court");
            world.quorum("any").start();
            LogRunner runner = new LogRunner(world.log, world.witnesses, Duration.ofMillis(100));
            world.queue(3);
            runner.start();
            try {
                long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (world.log.state().proved() < 3 && System.nanoTime() < end) {
                    Thread.sleep(50);
                }
                assertAllProved();
                assertThat(world.published().size()).isEqualTo(3);
                assertThat(runner.lastFailure()).isEmpty();
            } finally {
                runner.stop();
            }
        }
    }

    private static byte[] seed(int first) {
        byte[] seed = new byte[32];
        seed[0] = (byte) first;
        return seed;
    }

    private static String key(String name) {
        return CheckpointSigner.of(name, SignatureType.ED25519_COSIGNATURE, seed(1))
                .verifierKey()
                .toString();
    }

    /** A server that answers every request so; status 0: not at all, until it is closed. */
    private static final class Liar implements AutoCloseable {
        private final HttpServer server;
        private final CountDownLatch closed = new CountDownLatch(1);

        Liar(int status, byte[] body) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
            server.createContext("/", exchange -> {
                if (status == 0) {
                    try {
                        boolean unused = closed.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                exchange.sendResponseHeaders(status == 0 ? 500 : status, body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.setExecutor(java.util.concurrent.Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task, "liar");
                thread.setDaemon(true);
                return thread;
            }));
            server.start();
        }

        int port() {
            return server.getAddress().getPort();
        }

        @Override
        public void close() {
            closed.countDown();
            server.stop(0);
        }
    }
}
