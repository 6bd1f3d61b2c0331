package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.storage.FolderStore;

/** What retention does to objects and what it writes into the log agree, for somebody who sees nothing else. */
class RetentionSeenFromOutsideTest {
    private static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    @TempDir
    private Path folder;

    private String output = "";

    /** Puts what waits in the queue into a log of its own; packages here are not sealed, their lines are left out. */
    private void publish(RetentionWorld world, Path log) throws IOException {
        List<byte[]> entries = world
                .database
                .jdbc()
                .sql("select leaf from log_queue where leaf <> '{}' order by id")
                .query(String.class)
                .list()
                .stream()
                .map(leaf -> leaf.getBytes(StandardCharsets.US_ASCII))
                .toList();
        LogTree tree = new LogTree(tile -> Files.readAllBytes(log.resolve(tile.path())), 0);
        for (var tile : tree.append(entries).entrySet()) {
            Path file = log.resolve(tile.getKey().path());
            Files.createDirectories(file.getParent());
            Files.write(file, tile.getValue());
        }
        LogTree whole = new LogTree(tile -> Files.readAllBytes(log.resolve(tile.path())), entries.size());
        Checkpoint unsigned = new Checkpoint(SIGNER.verifierKey().name(), entries.size(), whole.root(), List.of());
        Files.write(
                log.resolve("checkpoint"),
                unsigned.with(List.of(SIGNER.sign(unsigned))).toBytes());
    }

    private String audit(RetentionWorld world) throws IOException {
        Path log = Files.createTempDirectory(folder, "log");
        publish(world, log);
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(
                List.of(
                        "audit",
                        "--store=" + folder.resolve("objects"),
                        "--copy=" + folder.resolve("custodian"),
                        "--log=" + log,
                        "--lang=en"),
                printer,
                printer,
                world.clock,
                false);
        output = out.toString();
        assertThat(exit).as(output).isIn(1, 2);
        return output;
    }

    private void assertNothingWrongWithObjects(RetentionWorld world) throws IOException {
        assertThat(audit(world))
                .doesNotContain(
                        "LOCK-", "HOLD-", "DISPOSAL-", "OBJECT-", "LEAF-UNREADABLE", "LEAF-CONTRADICTS", "TIME-");
    }

    @Test
    void holdsLongerLocksAndDisposalAreAsTheLogSays() throws Exception {
        RetentionWorld world = RetentionWorld.folders(folder);
        UUID held = world.archive(null);
        UUID other = world.archive(null);
        assertNothingWrongWithObjects(world);
        assertThat(output).containsPattern("Objects: locks and holds +7 +7 +0");

        UUID hold = world.holds.place(List.of(held), null, "行政诉讼", RetentionWorld.ARCHIVIST);
        world.work.turn();
        assertNothingWrongWithObjects(world);

        try (FolderStore store = FolderStore.open("objects", folder.resolve("objects"), world.clock)) {
            store.setLegalHold(world.objects(held).get(3).version(), false);
            assertThat(audit(world)).contains("HOLD-MISSING  WRONG  1");
            store.setLegalHold(world.objects(held).get(3).version(), true);
        }

        UUID asked = world.holds.proposeRelease(hold, "诉讼已终结", RetentionWorld.ARCHIVIST);
        world.approvals.approve(asked, null, RetentionWorld.LEADER);
        world.work.turn();
        world.toTheEnd();
        assertNothingWrongWithObjects(world);

        Disposal disposal = world.approved(List.of(other));
        world.work.turn();
        assertThat(world.disposals.find(disposal.id()).orElseThrow().state()).isEqualTo(Disposal.State.DONE);
        assertNothingWrongWithObjects(world);
        assertThat(output).containsPattern("Objects destroyed: gone +3 +3 +0");
    }
}
