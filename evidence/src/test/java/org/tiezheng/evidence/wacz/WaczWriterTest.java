package org.tiezheng.evidence.wacz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.Judges;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WaczWriterTest {
    static final Instant CREATED = Instant.parse("2026-11-21T08:00:00.123456Z");

    @TempDir
    Path folder;

    /** A small complete WACZ. */
    static Digests write(Path folder, Path wacz) throws IOException {
        Path warc = SampleWarc.everything().write(folder.resolve("data.warc.gz"));
        Path index = folder.resolve("index.cdx");
        Cdxj.write(warc, "data.warc.gz", index);
        WaczWriter.Metadata metadata =
                new WaczWriter.Metadata("商品页", CREATED, "tiezheng-test", "https://www.shop.example/", CREATED);
        try (WaczWriter writer = WaczWriter.create(wacz, metadata, new SecureRandom())) {
            writer.add(WaczNames.WARC, warc);
            writer.add(WaczNames.INDEX, index);
            writer.add(
                    WaczNames.PAGES,
                    Pages.toJsonl(
                            List.of(new Pages.Page("https://www.shop.example/", CREATED, "商品页 \"1\"", "正文\n第二行"))));
            writer.add("evidence/capture.json", "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return writer.finish();
        }
    }

    private static JsonNode json(CanonicalZipReader zip, String name) throws IOException {
        return JsonMapper.shared()
                .readTree(zip.readSmall(zip.member(name).orElseThrow(), 1 << 20).orElseThrow());
    }

    @Test
    void theWaczIsACanonicalZipInTheOrderOfTheFormat() throws IOException {
        Path wacz = folder.resolve("capture.wacz");
        Digests digests = write(folder, wacz);
        assertThat(digests.sha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(wacz)));
        assertThat(digests.sm3()).isEqualTo(Digest.of(Digest.Algorithm.SM3, Files.readAllBytes(wacz)));
        try (FileChannel channel = FileChannel.open(wacz)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.findings()).isEmpty();
            assertThat(zip.members())
                    .extracting(Member::name)
                    .containsExactly(
                            "archive/data.warc.gz",
                            "indexes/index.cdx",
                            "pages/pages.jsonl",
                            "evidence/capture.json",
                            "datapackage.json",
                            "datapackage-digest.json");
            JsonNode datapackage = json(zip, "datapackage.json");
            assertThat(datapackage.get("profile").asString()).isEqualTo("data-package");
            assertThat(datapackage.get("wacz_version").asString()).isEqualTo("1.1.1");
            assertThat(datapackage.get("created").asString()).isEqualTo("2026-11-21T08:00:00.123Z");
            JsonNode warc = datapackage.get("resources").get(0);
            byte[] bytes = zip.open(zip.members().get(0)).readAllBytes();
            assertThat(warc.get("path").asString()).isEqualTo("archive/data.warc.gz");
            assertThat(warc.get("bytes").asInt()).isEqualTo(bytes.length);
            assertThat(warc.get("hash").asString())
                    .isEqualTo("sha256:"
                            + Digest.of(Digest.Algorithm.SHA256, bytes).hex());
            assertThat(warc.get("sm3").asString())
                    .isEqualTo("sm3:" + Digest.of(Digest.Algorithm.SM3, bytes).hex());
        }
    }

    @Test
    void everyLineOfPagesIsJson() throws IOException {
        Path wacz = folder.resolve("capture.wacz");
        write(folder, wacz);
        try (FileChannel channel = FileChannel.open(wacz)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            String pages = new String(
                    zip.open(zip.member("pages/pages.jsonl").orElseThrow()).readAllBytes(),
                    java.nio.charset.StandardCharsets.UTF_8);
            assertThat(pages.lines()
                            .map(line -> JsonMapper.shared().readTree(line))
                            .toList())
                    .hasSize(2)
                    .last()
                    .satisfies(page -> assertThat(page.get("text").asString()).isEqualTo("正文\n第二行"));
        }
    }

    @Test
    void webCryptoAcceptsTheAnonymousSignatureAndTheJsValidatorTheDatapackage() throws Exception {
        Path wacz = folder.resolve("capture.wacz");
        write(folder, wacz);
        OtherTools.run(folder, "unzip", "-q", "capture.wacz", "datapackage.json", "datapackage-digest.json")
                .succeeded();
        assertThat(Judges.node("", "wacz-auth.mjs", folder.toString()).strip())
                .isEqualTo("signature true, datapackage true");
        Path digest = folder.resolve("datapackage-digest.json");
        String text = Files.readString(digest);
        int first = text.indexOf("\"signature\" : \"") + "\"signature\" : \"".length();
        String other = text.charAt(first) == 'A' ? "B" : "A";
        Files.writeString(digest, text.substring(0, first) + other + text.substring(first + 1));
        // The judge can say no: a damaged signature does not pass.
        assertThat(Judges.node("", "wacz-auth.mjs", folder.toString()).strip())
                .isEqualTo("signature false, datapackage true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"datapackage.json", "evidence/a/b.png", "evidence/noextension", "other/x.json", "evidence/../x.y"
            })
    void onlyTwoPartNamesInKnownFoldersAreTaken(String name) throws IOException {
        WaczWriter.Metadata metadata = new WaczWriter.Metadata("t", CREATED, "s", null, null);
        try (WaczWriter writer = WaczWriter.create(folder.resolve("x.wacz"), metadata, new SecureRandom())) {
            assertThatThrownBy(() -> writer.add(name, new byte[0])).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
