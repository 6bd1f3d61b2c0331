package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.SignatureType;

class TransparencyLogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T04:00:00Z"), ZoneOffset.UTC);
    private static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    private final TestDatabase database = TestDatabase.create();

    @TempDir
    Path folder;

    private TransparencyLog log;
    private final List<UUID> packages = new ArrayList<>();

    @BeforeEach
    void openInFolder() {
        log = open();
    }

    private TransparencyLog open() {
        return open(database.transactions());
    }

    private TransparencyLog open(TransactionTemplate transactions) {
        return new TransparencyLog(
                database.jdbc(),
                transactions,
                new LogFolder(folder),
                SIGNER,
                TransparencyLog.Trusted.nobody(),
                CLOCK,
                300);
    }

    private void queue(int count) {
        for (int i = 0; i < count; i++) {
            UUID id = UUID.randomUUID();
            packages.add(id);
            database.jdbc()
                    .sql("insert into log_queue (leaf, evidence_id, queued_at) values (:leaf, :id, now())")
                    .param("leaf", "entry " + packages.size())
                    .param("id", id)
                    .update();
        }
    }

    private void asOwner(String sql) {
        JdbcClient.create(database.owner()).sql(sql).update();
    }

    /** What was signed and proved. */
    private void forget() {
        asOwner("delete from log_proof");
        asOwner("delete from log_witnessed");
        asOwner("delete from log_checkpoint");
        asOwner("update log_state set witnessed = 0, proved = 0");
    }

    private Checkpoint published() throws Exception {
        return Checkpoint.parse(Files.readAllBytes(folder.resolve("checkpoint")));
    }

    private void assertEveryPackageIsProved() throws IOException {
        for (int i = 0; i < packages.size(); i++) {
            LogProof proof = log.proof(packages.get(i)).orElseThrow();
            assertThat(proof.proves()).isTrue();
            assertThat(new String(proof.entry(), StandardCharsets.UTF_8)).isEqualTo("entry " + (i + 1));
            assertThat(proof.checkpoint().signedBy(log.key())).isTrue();
        }
    }

    private void queue(UUID id, String kind, String leaf) {
        database.jdbc()
                .sql("insert into log_queue (leaf, kind, evidence_id, queued_at) values (:leaf, :kind, :id, now())")
                .param("leaf", leaf)
                .param("kind", kind)
                .param("id", id)
                .update();
    }

    /** However many entries are taken in at once. */
    @Test
    void aPackageAndTheEntriesThatNameItsObjectsGetTheirPositionsTogether() {
        UUID large = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        queue(299);
        queue(large, "package", "large");
        queue(other, "package", "other");
        queue(large, "objects", "part 1");
        queue(other, "objects", "of the other");
        queue(large, "objects", "part 2");
        assertThat(log.assign()).isEqualTo(302);
        assertThat(log.assign()).isEqualTo(2);
        assertThat(database.jdbc()
                        .sql("select leaf from log_entry where pos >= 299 order by pos")
                        .query(String.class)
                        .list())
                .containsExactly("large", "part 1", "part 2", "other", "of the other");
    }

    @Test
    void anEmptyLogHasACheckpointToo() throws Exception {
        log.run();

        assertThat(published().size()).isZero();
        assertThat(published().root()).isEqualTo(LogHash.EMPTY);
        assertThat(published().signedBy(log.key())).isTrue();
    }

    @Test
    void everyPackageGetsItsProof() throws Exception {
        log.run();
        queue(700);
        assertThat(log.proof(packages.get(0))).isEmpty();
        log.run();
        queue(5);
        log.run();

        assertThat(published().size()).isEqualTo(705);
        assertThat(log.state().waiting()).isZero();
        assertEveryPackageIsProved();
        assertThat(log.proof(UUID.randomUUID())).isEmpty();
        open().check();
    }

    /** A crash after any step: what is there is completed by the next run, with the same bytes. */
    @Test
    void aRunThatEndsAfterAnyStepIsCompletedByTheNext() throws Exception {
        queue(10);
        log.run();
        List<Runnable> steps = List.of(log::assign, log::integrate, log::sign, log::publish);
        for (int last = 0; last < steps.size(); last++) {
            queue(123);
            steps.subList(0, last + 1).forEach(Runnable::run);

            log = open();
            log.check();
            log.run();

            assertThat(published().size()).isEqualTo(packages.size());
            assertEveryPackageIsProved();
        }
    }

    /** Loses the nth commit: it is rolled back, or it is made and nobody is told. */
    private static final class Losing extends JdbcTransactionManager {
        private static final long serialVersionUID = 1;
        private final boolean afterwards;
        private int commitsLeft;

        Losing(DataSource source, int commits, boolean afterwards) {
            super(source);
            this.commitsLeft = commits;
            this.afterwards = afterwards;
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            boolean lost = commitsLeft-- == 0;
            if (lost && !afterwards) {
                doRollback(status);
            } else {
                super.doCommit(status);
            }
            if (lost) {
                throw new TransactionSystemException("the connection broke while the commit was under way");
            }
        }
    }

    /** The server dies at any commit of a run: before it took effect, or after that and before it knew. */
    @Test
    void aRunThatLosesAnyCommitOrItsAnswerIsCompletedByTheNext() throws Exception {
        for (boolean afterwards : new boolean[] {false, true}) {
            boolean lost = true;
            for (int commits = 0; lost; commits++) {
                queue(20);
                log = open(new TransactionTemplate(new Losing(database.dataSource(), commits, afterwards)));
                try {
                    log.run();
                    lost = false;
                    assertThat(commits).isGreaterThan(6);
                } catch (TransactionSystemException expected) {
                    assertThat(log.damage()).isEmpty();
                }
                log = open();
                log.check();
                log.run();
                assertThat(published().size()).isEqualTo(packages.size());
                assertThat(log.state().proved()).isEqualTo(packages.size());
            }
        }
        assertEveryPackageIsProved();
    }

    /** The tiles were written, but the transaction that says so was lost. */
    @Test
    void tilesThatAreThereAlreadyAreAcceptedIfTheyAreTheSame() throws Exception {
        queue(300);
        log.run();
        forget();
        asOwner("update log_state set integrated = 0, signed = 0, checkpoint = ''");
        Files.delete(folder.resolve("checkpoint"));

        log = open();
        log.run();

        assertThat(published().size()).isEqualTo(300);
        assertEveryPackageIsProved();
    }

    @Test
    void aDatabaseThatWasRolledBackStopsTheLog() throws Exception {
        queue(20);
        log.run();
        forget();
        asOwner("delete from log_entry where pos >= 10");
        asOwner("update log_state set assigned = 10, integrated = 10, signed = 10");

        log = open();
        assertThatThrownBy(log::check).isInstanceOf(LogDamagedException.class).hasMessageContaining("20 entries");
        queue(1);
        assertThatThrownBy(log::run).isInstanceOf(LogDamagedException.class);
        assertThat(log.damage()).isPresent();
        assertThat(published().size()).isEqualTo(20);
    }

    @Test
    void anAlteredEntryIsFoundBeforeAnythingIsSigned() throws Exception {
        queue(20);
        log.run();
        asOwner("update log_entry set leaf = 'forged' where pos = 3");
        asOwner("update log_state set integrated = 0, signed = 0, checkpoint = ''");

        log = open();
        assertThatThrownBy(log::run).isInstanceOf(LogDamagedException.class).hasMessageContaining("tile/");
    }

    /** Entries and tiles were altered together, and the log was told that nothing is signed yet. */
    @Test
    void oneSizeIsNeverSignedWithTwoRoots() throws Exception {
        queue(20);
        log.run();
        asOwner("update log_entry set leaf = 'forged' where pos = 3");
        asOwner("update log_state set integrated = 0, signed = 0, checkpoint = ''");
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        log = open();
        assertThatThrownBy(log::run).isInstanceOf(LogDamagedException.class).hasMessageContaining("another tree of 20");
    }

    @Test
    void anAlteredTileIsFoundAtTheStart() throws Exception {
        queue(300);
        log.run();
        Path tile = folder.resolve("tile/0/000");
        byte[] bytes = Files.readAllBytes(tile);
        bytes[9] ^= 1;
        Files.write(tile, bytes);
        Path parent = folder.resolve("tile/1/000.p/1");
        byte[] above = Files.readAllBytes(parent);
        above[9] ^= 1;
        Files.write(parent, above);

        assertThatThrownBy(() -> open().check()).isInstanceOf(LogDamagedException.class);
    }

    @Test
    void theApplicationCannotTakeAnEntryOut() {
        queue(1);
        log.run();

        assertThatThrownBy(() -> database.jdbc().sql("delete from log_entry").update())
                .rootCause()
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() ->
                        database.jdbc().sql("update log_entry set leaf = 'x'").update())
                .rootCause()
                .hasMessageContaining("permission denied");
    }

    @Test
    void twoServersShareALogWithoutATwist() throws Exception {
        ExecutorService servers = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                TransparencyLog own = open();
                running.add(servers.submit(() -> {
                    for (int turn = 0; turn < 15; turn++) {
                        own.run();
                    }
                }));
            }
            for (int i = 0; i < 20; i++) {
                queue(25);
            }
            for (Future<?> server : running) {
                server.get(60, TimeUnit.SECONDS);
            }
        } finally {
            servers.shutdownNow();
        }
        log.run();

        assertThat(published().size()).isEqualTo(500);
        assertEveryPackageIsProved();
    }

    /** As after restoring a backup: the database is there, the files are not. */
    @Test
    void lostFilesAreMadeAgainFromTheDatabase(@TempDir Path restored) throws Exception {
        queue(650);
        log.run();
        queue(3);
        log.run();
        assertThat(LogTiles.write(database.jdbc(), restored)).isEqualTo(653);
        TransparencyLog again = new TransparencyLog(
                database.jdbc(),
                database.transactions(),
                new LogFolder(restored),
                SIGNER,
                TransparencyLog.Trusted.nobody(),
                CLOCK,
                300);
        again.check();
        again.run();
        assertThat(new LogFolder(restored).checkpoint().orElseThrow())
                .isEqualTo(new LogFolder(folder).checkpoint().orElseThrow());
        assertThat(again.proof(packages.get(649))).isPresent();
        queue(1);
        again.run();
        assertThat(again.proof(packages.get(653))).isPresent();
        // Into the folder of another log: nothing is overwritten.
        Path tile = restored.resolve("tile/0/000");
        Files.write(tile, new byte[8192]);
        assertThatThrownBy(() -> LogTiles.write(database.jdbc(), restored))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another log");
    }
}
