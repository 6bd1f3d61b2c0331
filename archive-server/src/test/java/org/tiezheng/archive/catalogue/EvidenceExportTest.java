package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.storage.FolderStore;

class EvidenceExportTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Clock CLOCK = Clock.fixed(SEALED.plusSeconds(600), ZoneOffset.UTC);
    private static final byte[] LOG = "a proof".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RECORD = {5, 6, 7};

    @TempDir
    Path folder;

    private final AtomicReference<List<ProofSource.Proof>> log = new AtomicReference<>(List.of());
    private final AtomicReference<List<ProofSource.Proof>> records = new AtomicReference<>(List.of());
    private final TestDatabase database = TestDatabase.create();
    private FolderStore store;
    private Path archived;
    private UUID id;
    private EvidenceExport export;

    @BeforeEach
    void archiveOne() throws IOException {
        store = FolderStore.create("primary", folder.resolve("objects"), CLOCK);
        TestPackages packages = new TestPackages(folder, SEALED);
        archived = packages.make("西湖龙井茶叶", "http://shop.example/item/42", "明前特级");
        id = new TestArchive(database, store, packages, CLOCK).archive(archived, NewEvidence.InitialLinks.NONE);
        EvidenceCatalogue catalogue = new EvidenceCatalogue(database.jdbc());
        export = new EvidenceExport(catalogue, store, () -> List.of(any -> log.get(), any -> records.get()));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private byte[] bytes(EvidenceExport.Exported exported) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        exported.write(new ByteRange(0, exported.sizeBytes()), out);
        return out.toByteArray();
    }

    @Test
    void withoutProofsItIsTheFileThatWasArchived() throws IOException {
        assertThat(bytes(export.open(id))).isEqualTo(Files.readAllBytes(archived));
        assertThatThrownBy(() -> export.open(UUID.randomUUID())).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void proofsStandInTheOrderOfTheContainerAndChangeNothingElse() throws IOException {
        EvidenceExport.Exported before = export.open(id);
        log.set(List.of(new ProofSource.Proof("META-INF/log001.tlog-proof", LOG)));
        records.set(List.of(
                new ProofSource.Proof("META-INF/ASiCEvidenceRecordManifest001.xml", new byte[] {9}),
                new ProofSource.Proof("META-INF/evidencerecord001.ers", RECORD)));
        EvidenceExport.Exported after = export.open(id);

        byte[] whole = bytes(after);
        Path file = Files.write(folder.resolve("exported.asice"), whole);
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.findings()).isEmpty();
            List<String> names = zip.members().stream().map(Member::name).toList();
            assertThat(names).isSortedAccordingTo(AsicNames.ORDER);
            assertThat(names)
                    .containsSubsequence(
                            "META-INF/timestamp002.tst",
                            "META-INF/ASiCEvidenceRecordManifest001.xml",
                            "META-INF/evidencerecord001.ers",
                            "META-INF/log001.tlog-proof");
            assertThat(zip.readSmall(zip.member("META-INF/log001.tlog-proof").orElseThrow(), 100))
                    .hasValue(LOG);
        }
        assertThat(after.tag()).isNotEqualTo(before.tag());
        assertThat(after.added()).hasSize(3);
        // What was opened before stays what it was.
        assertThat(bytes(before)).isEqualTo(Files.readAllBytes(archived));
        for (int offset : new int[] {0, 70, whole.length / 2, whole.length - 400, whole.length - 1}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            after.write(new ByteRange(offset, Math.min(300, whole.length - offset)), out);
            assertThat(out.toByteArray())
                    .isEqualTo(Arrays.copyOfRange(whole, offset, Math.min(whole.length, offset + 300)));
        }
    }

    @Test
    void theTagIsThatOfTheBytes() throws IOException {
        String none = export.open(id).tag();
        log.set(List.of(new ProofSource.Proof("META-INF/log001.tlog-proof", LOG)));
        String one = export.open(id).tag();
        log.set(List.of(new ProofSource.Proof("META-INF/log001.tlog-proof", RECORD)));
        String other = export.open(id).tag();
        assertThat(List.of(none, one, other)).doesNotHaveDuplicates();
        log.set(List.of(new ProofSource.Proof("META-INF/log001.tlog-proof", LOG)));
        assertThat(export.open(id).tag()).isEqualTo(one);
    }

    /** A package that brings such a member along keeps its own. */
    @Test
    void whatIsStoredIsNotReplaced() throws IOException {
        log.set(List.of(new ProofSource.Proof("META-INF/timestamp002.tst", LOG)));
        assertThat(bytes(export.open(id))).isEqualTo(Files.readAllBytes(archived));
    }
}
