package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ContentMismatchException;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectVersion;

/** What is given out is what was archived, or nothing that looks whole. */
class CheckedCopiesTest {
    private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");

    @TempDir
    private Path folder;

    private FixityWorld world;
    private FolderStore primary;
    private FolderStore custodian;
    private UUID evidence;
    private EvidenceObject wacz;
    private EvidenceExport export;

    @BeforeEach
    void archive() throws Exception {
        FixityWorld.MovableClock clock = FixityWorld.MovableClock.at(START);
        primary = FolderStore.create("objects", folder.resolve("objects"), clock);
        custodian = FolderStore.create("custodian", folder.resolve("custodian"), clock);
        world = new FixityWorld(folder, START, primary, custodian, clock);
        evidence = world.evidence("茶叶旗舰店", 50_000);
        wacz = world.member(evidence, "wacz/capture.wacz");
        CheckedCopies copies = new CheckedCopies(
                world.stores, world.database.jdbc(), world.database.transactions(), world.audit, clock);
        export = new EvidenceExport(world.catalogue, world.mirrored, List::of, () -> List.of(copies));
        world.checkAll();
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        primary.close();
        custodian.close();
    }

    private Path file(String store) {
        ObjectVersion version = wacz.version();
        return folder.resolve(store).resolve(version.key() + "@" + version.versionId());
    }

    private void damage(String store) throws IOException {
        byte[] bytes = Files.readAllBytes(file(store));
        bytes[bytes.length / 3] ^= 4;
        Files.delete(file(store));
        Files.write(file(store), bytes);
    }

    private byte[] downloaded() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        export.write(evidence, out);
        return out.toByteArray();
    }

    private boolean isAsArchived(byte[] bytes) {
        return Digest.of(Digest.Algorithm.SHA256, bytes)
                .equals(world.catalogue.find(evidence).orElseThrow().packageSha256());
    }

    @Test
    void whatNobodyKnowsToBeDamagedIsBrokenOffAndItsCheckOrdered() throws Exception {
        assertThat(isAsArchived(downloaded())).isTrue();
        damage("objects");
        EvidenceExport.Exported exported = export.open(evidence);
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        Throwable broken = catchThrowable(() -> exported.write(new ByteRange(0, exported.sizeBytes()), out));

        assertThat(broken).isInstanceOf(ContentMismatchException.class);
        assertThat((long) out.size()).isLessThan(exported.sizeBytes() - 1);
        assertThat(world.audit.ofObject("evidence", evidence.toString())).anySatisfy(entry -> {
            assertThat(entry.event().action()).isEqualTo("fixity.check-again");
            assertThat(entry.event().objectDigest()).isEqualTo(wacz.sha256());
        });
        // Nothing but the ordered check is due.
        world.work(world.server);
        assertThat(world.alarms()).singleElement().asString().startsWith("objects CHANGED");
        assertThat(isAsArchived(downloaded())).isTrue();
    }

    @Test
    void aFileCutShortIsBrokenOffToo() throws Exception {
        byte[] bytes = Files.readAllBytes(file("objects"));
        Files.delete(file("objects"));
        Files.write(file("objects"), java.util.Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(this::downloaded).isInstanceOf(IOException.class);
        world.work(world.server);
        assertThat(isAsArchived(downloaded())).isTrue();
    }

    @Test
    void aDamagedOrMissingPrimaryIsReadFromTheCustodian() throws Exception {
        damage("objects");
        world.checkAll();
        assertThat(isAsArchived(downloaded())).isTrue();
        EvidenceExport.Exported exported = export.open(evidence);
        byte[] whole = downloaded();
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        exported.write(new ByteRange(1000, exported.sizeBytes() - 1000), part);
        assertThat(part.toByteArray()).isEqualTo(java.util.Arrays.copyOfRange(whole, 1000, whole.length));
        // The damaged version is where it was.
        assertThat(Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(file("objects")))
                        .hex())
                .isNotEqualTo(wacz.sha256());
    }

    @Test
    void withoutAGoodCopyNothingIsGivenOut() throws Exception {
        damage("objects");
        damage("custodian");
        world.checkAll();
        assertThatThrownBy(() -> export.open(evidence)).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.status()).isEqualTo(HttpStatus.CONFLICT);
            assertThat(problem.code()).isEqualTo("fixity.no-good-copy");
            assertThat(problem.arguments().get(0)).isEqualTo("wacz/capture.wacz");
        });
        assertThatThrownBy(() -> export.archived(evidence)).isInstanceOf(Problem.class);
    }

    /** The custodian's copy was good when it was last read, before the primary was found bad: that does not count. */
    @Test
    void aCopyThatWasGoodLongAgoIsNotKnownToBeGood() throws Exception {
        damage("custodian");
        damage("objects");
        world.clock.forward(java.time.Duration.ofDays(1));
        int unused = world.database
                .jdbc()
                .sql("update fixity_copy set due_at = :now where store_id = 'objects'")
                .param("now", CopyTable.utc(world.clock.instant()))
                .update();
        world.server.beat();
        while (world.server.turn("objects")) {
            // Until nothing is due.
        }
        assertThat(world.alarms()).hasSize(1);
        assertThatThrownBy(() -> export.open(evidence)).isInstanceOf(Problem.class);
    }

    /** Both are gone: the store says so, no byte of the object is given out. */
    @Test
    void aMissingObjectIsAnError() throws Exception {
        Files.delete(file("objects"));
        Files.delete(file("custodian"));
        assertThatThrownBy(this::downloaded).isInstanceOf(ObjectMissingException.class);
    }
}
