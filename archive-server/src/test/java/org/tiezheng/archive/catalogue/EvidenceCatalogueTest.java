package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.storage.FolderStore;

/** A real package through catalogue, files and export. */
class EvidenceCatalogueTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Clock CLOCK = Clock.fixed(SEALED.plusSeconds(600), ZoneOffset.UTC);
    private static final UUID TEA = UUID.fromString("5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01");

    @TempDir
    private static Path folder;

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static FolderStore store;
    private static EvidenceCatalogue catalogue;
    private static Path tea;
    private static UUID phone;

    @BeforeAll
    static void archive() throws IOException {
        store = FolderStore.create("primary", folder.resolve("objects"), CLOCK);
        TestPackages packages = new TestPackages(folder, SEALED);
        TestArchive archive = new TestArchive(DATABASE, store, packages, CLOCK);
        catalogue = new EvidenceCatalogue(DATABASE.jdbc());
        tea = packages.make(
                TEA,
                "西湖龙井茶叶 旗舰店",
                "http://shop.example/item/42",
                "明前特级 正品保证,假一赔十。\n全国包邮 Hangzhou",
                Map.of("evidence/screenshot.png", new byte[] {1, 2, 3, 4, 5}));
        UUID unused = archive.archive(tea, new NewEvidence.InitialLinks("线索2026-7", null, "虚假宣传产地", "某某茶叶旗舰店", "某平台"));
        phone = archive.archive(
                packages.make("iPhone15手机壳", "http://other.example/p/1?q=%E5%A5%97%E8%A3%85", "保证正品"),
                new NewEvidence.InitialLinks(null, "鄂市监案〔2026〕9号", null, "数码专营店", "某平台"));
    }

    @AfterAll
    static void close() throws IOException {
        store.close();
    }

    @Test
    void theRowSaysWhatThePackageSays() {
        Evidence evidence = catalogue.find(TEA).orElseThrow();
        assertThat(evidence.verdict()).isEqualTo(Verdict.VALID);
        assertThat(evidence.title()).isEqualTo("西湖龙井茶叶 旗舰店");
        assertThat(evidence.capturedFrom()).isEqualTo(SEALED.minusSeconds(60));
        assertThat(evidence.capturedTo()).isEqualTo(SEALED.minusSeconds(30));
        assertThat(evidence.sealedAt()).isEqualTo(SEALED);
        assertThat(evidence.completeness()).isEqualTo("COMPLETE");
        assertThat(evidence.embeddedAuthority()).isTrue();
        assertThat(evidence.confirmedAt()).isNull();
        assertThat(catalogue.findByDigest(evidence.sha256().hex())).contains(evidence);
        assertThat(catalogue.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void thePackageComesOutByteForByteWhole() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        EvidenceExport export = new EvidenceExport(catalogue, store);
        export.write(TEA, out);
        assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(tea));
        assertThat(export.sizeBytes(TEA)).isEqualTo(Files.size(tea));
    }

    @Test
    void anyRangeOfThePackageIsThatRange() throws IOException {
        byte[] whole = Files.readAllBytes(tea);
        EvidenceExport export = new EvidenceExport(catalogue, store);
        for (int offset : new int[] {0, 1, 37, 69, 5000, whole.length - 30, whole.length - 1}) {
            int length = Math.min(4097, whole.length - offset);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            export.write(TEA, new ByteRange(offset, length), out);
            assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(whole, offset, offset + length));
        }
    }

    @Test
    void filesInsideTheWaczAreReadInPlace() throws IOException {
        EvidenceFiles files = new EvidenceFiles(catalogue, store);
        try (InputStream in = files.openInner(TEA, "evidence/screenshot.png")) {
            assertThat(in.readAllBytes()).containsExactly(1, 2, 3, 4, 5);
        }
        try (InputStream in = files.openInner(TEA, "evidence/screenshot.png", 1, 3)) {
            assertThat(in.readAllBytes()).containsExactly(2, 3, 4);
        }
        try (InputStream in = files.openInner(TEA, "evidence/page.txt")) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).startsWith("明前特级");
        }
        try (InputStream in = files.open(TEA, AsicNames.MIMETYPE)) {
            assertThat(in.readAllBytes()).hasSize(31);
        }
        assertThatThrownBy(() -> files.openInner(TEA, "evidence/other.png")).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> files.openInner(TEA, "evidence/screenshot.png", 4, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(catalogue.files(TEA))
                .filteredOn(file -> file.name().startsWith("evidence/"))
                .allMatch(file -> file.sha256() != null && file.sm3() != null);
    }

    private static List<UUID> found(EvidenceQuery query) {
        return catalogue.search(query, null, 50).items().stream()
                .map(Evidence::id)
                .toList();
    }

    private static List<UUID> found(String text) {
        return found(EvidenceQuery.text(text));
    }

    @Test
    void wordsOfTwoChineseCharactersHit() {
        assertThat(found("龙井")).containsExactly(TEA);
        assertThat(found("正品")).containsExactly(phone, TEA);
        assertThat(found("包邮")).containsExactly(TEA);
        assertThat(found("品正")).isEmpty();
    }

    @Test
    void oneCharacterThreeCharactersLatinAndMixedHit() {
        assertThat(found("茶")).containsExactly(TEA);
        assertThat(found("壳")).containsExactly(phone);
        assertThat(found("龙井茶")).containsExactly(TEA);
        assertThat(found("井茶龙")).isEmpty();
        assertThat(found("hangzhou")).containsExactly(TEA);
        assertThat(found("HANG")).containsExactly(TEA);
        assertThat(found("iphone15手机")).containsExactly(phone);
        assertThat(found("正品 手机")).containsExactly(phone);
        assertThat(found("shop.example")).containsExactly(TEA);
        assertThat(found("???")).isEmpty();
    }

    @Test
    void pairsThatLieApartAreNoMatch() {
        // 正品, 品保 and 保证 are all in the page of the tea; 保证正 is not.
        assertThat(found("正品保证")).containsExactly(TEA);
        assertThat(found("保证正品")).containsExactly(phone);
        assertThat(found("假一赔十")).containsExactly(TEA);
    }

    @Test
    void eachFieldFindsItsOwn() {
        assertThat(found(query("shop", "茶叶"))).containsExactly(TEA);
        assertThat(found(query("shop", "手机"))).isEmpty();
        assertThat(found(query("platform", "平台"))).containsExactly(phone, TEA);
        assertThat(found(query("fact", "产地"))).containsExactly(TEA);
        assertThat(found(query("address", "other.example"))).containsExactly(phone);
        assertThat(found(query("address", "套装")))
                .as("percent-encoded in the address")
                .containsExactly(phone);
        assertThat(found("q=%E5%A5%97%E8%A3%85")).as("as it is written").containsExactly(phone);
        assertThat(found(query("clue", "线索2026-7"))).containsExactly(TEA);
        assertThat(found(query("case", "鄂市监案〔2026〕9号"))).containsExactly(phone);
        assertThat(found("虚假宣传")).containsExactly(TEA);
        assertThat(found(query("officer", "officer-1"))).containsExactly(phone, TEA);
        assertThat(found(query("officer", "nobody"))).isEmpty();
        assertThat(found(query("completeness", "PARTIAL"))).isEmpty();
    }

    private static EvidenceQuery query(String field, String value) {
        return new EvidenceQuery(
                null,
                field.equals("clue") ? value : null,
                field.equals("case") ? value : null,
                field.equals("fact") ? value : null,
                field.equals("shop") ? value : null,
                field.equals("platform") ? value : null,
                field.equals("address") ? value : null,
                field.equals("officer") ? value : null,
                null,
                null,
                null,
                field.equals("completeness") ? value : null,
                null,
                null);
    }

    @Test
    void pagesFollowEachOtherWithoutGapOrOverlap() {
        EvidencePage first = catalogue.search(EvidenceQuery.ALL, null, 1);
        EvidencePage second = catalogue.search(EvidenceQuery.ALL, first.next(), 1);
        assertThat(first.items()).extracting(Evidence::id).containsExactly(phone);
        assertThat(second.items()).extracting(Evidence::id).containsExactly(TEA);
        assertThat(second.next()).isNull();
        assertThat(catalogue.count(EvidenceQuery.ALL, null, 10)).isEqualTo(2);
        assertThat(catalogue.search(EvidenceQuery.ALL, "officer-1", null, 10).items())
                .isEmpty();
    }

    @Test
    void theApplicationCannotChangeWhatIsArchived() {
        for (String sql : List.of(
                "update evidence set sha256 = repeat('0', 64)",
                "update evidence set title = 'x'",
                "delete from evidence_object",
                "update evidence_object set version_id = 'x'",
                "delete from evidence",
                "delete from evidence_link",
                "update log_queue set leaf = 'x'")) {
            assertThatThrownBy(() -> DATABASE.jdbc().sql(sql).update())
                    .as(sql)
                    .isInstanceOf(DataAccessException.class)
                    .hasStackTraceContaining("permission denied");
        }
    }
}
