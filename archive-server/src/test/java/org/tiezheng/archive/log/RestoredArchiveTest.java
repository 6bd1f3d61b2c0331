package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.operations.Backup;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.Restore;
import org.tiezheng.auditor.Main;
import org.tiezheng.storage.FolderStore;

/**
 * An operator reads yesterday's backup back, with the server's own commands, and goes on as if today had not been. Objects stay
 * where they are: they are locked.
 */
class RestoredArchiveTest {
    private static final Instant SEALED = Instant.parse("2026-11-22T03:59:00Z");

    @TempDir
    private Path folder;

    private LogWorld world;
    private FolderStore store;
    private TestPackages packages;
    private Path root;
    private Path backup;
    private UUID lost;
    private Path kept;
    private int exit;

    /** A package before the backup, and one after it that everybody has seen. */
    @BeforeEach
    void archiveBackUpAndArchive() throws Exception {
        world = new LogWorld(folder.resolve("world"));
        store = FolderStore.create("primary", folder.resolve("objects"), world.clock);
        packages = new TestPackages(folder.resolve("packages"), SEALED);
        root = folder.resolve("root.pem");
        packages.writeRoot(root);
        world.runWitness("court");
        world.quorum("all").start();
        world.askAll();
        archive("http://shop.example/item/1");
        world.turn();
        backup = folder.resolve("backup.zip");
        Backup.Done unused = new Backup(
                        world.database.owner(), Files.createDirectories(folder.resolve("secrets")), world.clock)
                .write(backup);
        lost = archive("http://shop.example/item/2");
        world.turn();
        kept = Files.copy(world.files().resolve("checkpoint"), folder.resolve("kept-checkpoint"));
        assertThat(monitor()).contains("4 entries");
        assertThat(exit).isZero();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        world.close();
    }

    private UUID archive(String url) {
        return new TestArchive(world.database, store, packages, world.clock)
                .archive(packages.make("西湖龙井茶叶", url, "明前特级"), NewEvidence.InitialLinks.NONE);
    }

    /** As {@code ./tiezheng restore} does it, into an empty server. */
    private TestDatabase restore(Path files) throws Exception {
        TestDatabase restored = TestDatabase.createEmpty();
        Restore.Done done =
                new Restore(restored.owner(), Files.createDirectories(folder.resolve("new-secrets"))).read(backup);
        assertThat(done.chain().isIntact()).isTrue();
        if (!Files.exists(files)) {
            long entries = LogTiles.write(restored.jdbc(), files);
            assertThat(entries).isEqualTo(2);
        }
        return restored;
    }

    private Health health() {
        return new LogHealth(
                        world.log,
                        new LogRunner(world.log, world.witnesses, Duration.ofSeconds(2)),
                        world.witnesses,
                        () -> false,
                        world.clock)
                .look();
    }

    private String monitor() throws IOException {
        return auditor("monitor", "--once", "--state=" + folder.resolve("journal"));
    }

    private String audit() throws IOException {
        return auditor("audit", "--since=" + kept, "--store=" + folder.resolve("objects"), "--trust=" + root);
    }

    private String auditor(String verb, String... more) throws IOException {
        Path policy = Files.writeString(
                folder.resolve("policy.txt"), "log " + LogWorld.SIGNER.verifierKey() + "\nquorum none\n");
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        List<String> arguments =
                new ArrayList<>(List.of(verb, "--log=" + world.files(), "--log-policy=" + policy, "--lang=en"));
        arguments.addAll(List.of(more));
        exit = Main.run(arguments, printer, printer, world.clock, false);
        return out.toString();
    }

    /** Even the folder of the log is yesterday's. */
    @Test
    void aBackupThatIsReadBackIsFoundOutByTheFirstWitness() throws Exception {
        Path files = folder.resolve("log-made-again");
        world.putBack(restore(files), files);
        world.start();
        archive("http://shop.example/item/3");

        assertThat(world.witnesses.mayAdvance()).isFalse();
        assertThatThrownBy(() -> world.witnesses.ask("court")).isInstanceOf(LogDamagedException.class);

        assertThat(health().status()).isEqualTo(Health.Status.DOWN);
        assertThat(health().code()).isEqualTo("damaged");
        assertThat(health().arguments().get(0))
                .contains("witness court has cosigned 4 entries, but the database knows 2");
        assertThatThrownBy(world.log::run).isInstanceOf(LogDamagedException.class);
        assertThat(world.log.state().signed()).isEqualTo(2);
    }

    /** A copy of the database's files under all else as it is now is the same to the log. */
    @Test
    void anOldDatabaseUnderTheFilesOfTodayIsFoundOutAtTheStart() throws Exception {
        world.putBack(restore(world.files()), world.files());

        assertThatThrownBy(world::start)
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining("a checkpoint of 4 entries was published, but the database knows 2");
        archive("http://shop.example/item/3");

        assertThat(health().status()).isEqualTo(Health.Status.DOWN);
        assertThatThrownBy(world.log::run).isInstanceOf(LogDamagedException.class);
        assertThat(world.log.state().signed()).isEqualTo(2);
    }

    /** He says that the witness is gone for good, and signs a second history: those outside see it. */
    @Test
    void whoGoesOnWithoutWitnessesIsFoundOutByMonitorAndAudit() throws Exception {
        Path files = folder.resolve("log-made-again");
        world.putBack(restore(files), files);
        world.stopWitness("court");
        world.start(true);
        world.log.run();
        world.clock.advance(Duration.ofSeconds(10));
        world.log.finish();
        assertThat(world.published().size()).isEqualTo(2);

        assertThat(monitor()).contains("ALARM", "the log was set back");
        assertThat(exit).isEqualTo(1);

        // He waits until his log is longer than the one that was seen.
        archive("http://shop.example/item/3");
        archive("http://shop.example/item/4");
        world.log.run();
        world.clock.advance(Duration.ofSeconds(10));
        world.log.finish();
        assertThat(world.published().size()).isEqualTo(6);

        assertThat(monitor()).contains("ALARM", "the log was rewritten");
        assertThat(exit).isEqualTo(1);
        world.clock.advance(Duration.ofHours(2)); // younger objects may be on their way
        String report = audit();
        assertThat(exit).as(report).isEqualTo(1);
        assertThat(report).contains("LOG-HISTORY", "the log was rewritten", "OBJECT-UNKNOWN");
        // The archive itself has no row of what was lost.
        assertThat(world.database
                        .jdbc()
                        .sql("select count(*) from evidence where id = :id")
                        .param("id", lost)
                        .query(Long.class)
                        .single())
                .isZero();
    }
}
