package org.tiezheng.auditor.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.VerifierKey;

class WitnessTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T04:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path parent;

    private final TestLog log = new TestLog("log.example/evidence", 1);
    private Witness witness;

    @BeforeEach
    void open() throws Exception {
        witness = Witness.open(folder(), "witness.court.example", log.policy(), CLOCK);
    }

    @AfterEach
    void close() throws IOException {
        witness.close();
    }

    private Path folder() {
        return parent.resolve("witness");
    }

    private void again() throws Exception {
        witness.close();
        open();
    }

    private Witness.Answer ask(long old) throws IOException {
        return witness.add(log.request(old));
    }

    private void assertCosigned(Witness.Answer answer) throws Exception {
        assertThat(answer.status()).isEqualTo(200);
        Checkpoint cosigned = log.checkpoint().with(AddCheckpoint.answer(answer.body()));
        assertThat(witness.verifierKeys())
                .extracting(VerifierKey::type)
                .containsExactly(SignatureType.ED25519_COSIGNATURE, SignatureType.ML_DSA_44_COSIGNATURE);
        assertThat(witness.verifierKeys())
                .allSatisfy(key -> assertThat(cosigned.cosignedAt(key)).contains(CLOCK.instant()));
    }

    private static String text(Witness.Answer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @Test
    void aLogThatGrowsIsCosigned() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        log.grow(700, "a");
        assertCosigned(ask(10));
        // The answer was lost: it asks again, and gets it again.
        assertCosigned(ask(710));
    }

    @Test
    void aFirstCheckpointMayBeOfAnySizeAndNeedsNoProof() throws Exception {
        assertCosigned(ask(0));
        assertThat(witness.seen()).hasSize(1);
        log.grow(3, "a");
        assertCosigned(ask(0));
    }

    @Test
    void whoBeginsElsewhereIsToldWhereItEnded() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        log.grow(5, "a");

        Witness.Answer conflict = ask(7);

        assertThat(conflict.status()).isEqualTo(409);
        assertThat(text(conflict)).isEqualTo("10\n");
        assertThat(ask(0).status()).isEqualTo(409);
        assertCosigned(ask(10));
    }

    @Test
    void itNeverGoesBack() throws Exception {
        byte[] early = log.grow(10, "a").request(0);
        log.grow(10, "a");
        assertCosigned(ask(0));

        assertThat(witness.add(early).status()).isEqualTo(409);
        again();
        assertThat(witness.add(early).status()).isEqualTo(409);
    }

    @Test
    void itNeverCosignsASecondHistory() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        TestLog other = new TestLog("log.example/evidence", 1).grow(10, "b");

        assertThat(witness.add(other.request(10)).status()).isEqualTo(409);
        other.grow(10, "b");
        assertThat(witness.add(other.request(10)).status()).isEqualTo(422);
        again();
        assertThat(witness.add(other.request(10)).status()).isEqualTo(422);
        // Both requests prove it, the second one once.
        try (var kept = Files.list(folder().resolve("conflicts"))) {
            assertThat(kept).hasSize(2);
        }
        log.grow(1, "a");
        assertCosigned(ask(10));
    }

    @Test
    void aRightTreeWithAWrongProofIsRefused() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        log.grow(10, "a");
        AddCheckpoint right = AddCheckpoint.parse(log.request(10));

        assertThat(witness.add(new AddCheckpoint(10, List.of(), right.checkpoint()).toBytes())
                        .status())
                .isEqualTo(422);
        assertThat(witness.seen().get(0).size()).isEqualTo(10);
        assertCosigned(ask(10));
    }

    @Test
    void othersAreRefused() throws Exception {
        log.grow(10, "a");
        TestLog stranger = new TestLog("other.example/log", 2).grow(3, "a");
        TestLog thief = new TestLog("log.example/evidence", 2).grow(3, "a");

        assertThat(witness.add(stranger.request(0)).status()).isEqualTo(404);
        assertThat(witness.add(thief.request(0)).status()).isEqualTo(403);
        assertThat(ask(11).status()).isEqualTo(400);
        assertThat(witness.add("old 0\n\nnonsense".getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(400);
        assertThat(witness.add(new byte[0]).status()).isEqualTo(400);
        assertThat(witness.seen()).isEmpty();
    }

    /** What it answered is on disk before: a power cut after the answer takes nothing back. */
    @Test
    void whatWasCosignedSurvives() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        List<VerifierKey> keys = witness.verifierKeys();
        again();
        assertThat(witness.verifierKeys()).isEqualTo(keys);
        assertThat(witness.seen()).containsExactly(log.checkpoint());
    }

    @Test
    void withoutADiskItDoesNotCosign() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        log.grow(1, "a");
        // A folder where the new file would be written.
        Files.createDirectories(folder().resolve("witness-state.partial/full"));
        assertThatThrownBy(() -> ask(10)).isInstanceOf(IOException.class);
        assertThat(witness.seen().get(0).size()).isEqualTo(10);
        Files.delete(folder().resolve("witness-state.partial/full"));
        Files.delete(folder().resolve("witness-state.partial"));
        assertCosigned(ask(10));
    }

    @Test
    void aDamagedStateIsNeverReplacedByAnEmptyOne() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        witness.close();
        Path state = folder().resolve("witness-state");
        byte[] good = Files.readAllBytes(state);
        for (int at = 0; at < good.length; at += 7) {
            byte[] bad = good.clone();
            bad[at] ^= 4;
            Files.write(state, bad);
            assertThatThrownBy(this::open).as("byte %s", at).isInstanceOf(WitnessDamagedException.class);
        }
        Files.write(state, java.util.Arrays.copyOf(good, good.length - 1));
        assertThatThrownBy(this::open).isInstanceOf(WitnessDamagedException.class);
        Files.write(state, new byte[0]);
        assertThatThrownBy(this::open).isInstanceOf(WitnessDamagedException.class);
        Files.delete(state);
        assertThatThrownBy(this::open)
                .isInstanceOf(WitnessDamagedException.class)
                .hasMessageContaining("forgotten");
        assertThat(state).doesNotExist();
        Files.write(state, good);
        open();
        assertThat(witness.seen().get(0).size()).isEqualTo(10);
    }

    @Test
    void keysThatAreLostOrDamagedEndTheStart() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        witness.close();
        Path key = folder().resolve("witness-key");
        byte[] good = Files.readAllBytes(key);
        Files.write(key, new byte[] {1, 2, 3});
        assertThatThrownBy(this::open).isInstanceOf(WitnessDamagedException.class);
        Files.delete(key);
        assertThatThrownBy(this::open).isInstanceOf(WitnessDamagedException.class);
        Files.write(key, good);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> Witness.open(folder(), "witness.other.example", log.policy(), CLOCK))
                .isInstanceOf(WitnessDamagedException.class);
        open();
    }

    /** A first start that ended between its two files is completed by the next. */
    @Test
    void aFirstStartThatWasCutOffIsCompleted() throws Exception {
        Path other = parent.resolve("other");
        Files.createDirectory(other);
        WitnessState.create(other);
        try (Witness second = Witness.open(other, "w.example", log.policy(), CLOCK)) {
            assertThat(second.verifierKeys()).hasSize(2);
        }
    }

    @Test
    void oneFolderHasOneProcess() {
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("in use");
    }

    /** Both continue what was cosigned, but not each other. */
    @Test
    void ofTwoHistoriesAtTheSameTimeOneIsCosigned() throws Exception {
        log.grow(10, "a");
        assertCosigned(ask(0));
        List<byte[]> rivals = new ArrayList<>();
        for (String words : List.of("b", "c", "d", "e")) {
            rivals.add(new TestLog("log.example/evidence", 1)
                    .grow(10, "a")
                    .grow(10, words)
                    .request(10));
        }
        ExecutorService threads = Executors.newFixedThreadPool(rivals.size());
        int cosigned = 0;
        try {
            List<Future<Witness.Answer>> answers = new ArrayList<>();
            for (byte[] rival : rivals) {
                answers.add(threads.submit(() -> witness.add(rival)));
            }
            for (Future<Witness.Answer> answer : answers) {
                cosigned += answer.get(20, TimeUnit.SECONDS).status() == 200 ? 1 : 0;
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cosigned).isEqualTo(1);
    }
}
