package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicContainer;
import org.tiezheng.evidence.asic.PackageContent;
import org.tiezheng.evidence.wacz.Cdxj;
import org.tiezheng.evidence.wacz.Pages;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * ReplayWeb.page in headless Chromium plays a page straight from the {@code .asice}: what the format relies on is known
 * from the player's code only, so this test holds it.
 */
class ReplayTest {
    private static final Path JUDGES = Path.of("judges").toAbsolutePath();
    private static final String URL = "https://www.shop.example/goods?id=1";
    private static final Instant AT = Instant.parse("2026-11-21T08:00:00Z");

    @TempDir
    Path folder;

    @Test
    void thePlayerShowsThePageOfThePackageReadingItByRange() throws Exception {
        Path wacz = folder.resolve("capture.wacz");
        Digests identity = writeWacz(wacz);
        Path asice = folder.resolve("x.asice");
        AsicContainer.write(asice, PackageContent.of(identity), wacz, List.of());

        JsonNode seen = replay(asice, URL, "来自脚本的价格 9.90");
        assertThat(seen.get("text").asString()).contains("特级龙井茶", "来自脚本的价格 9.90");
        // The player first asks for the whole file and hangs up once it has the headers; how much has passed by then
        // is a matter of time. What it reads the page from, it asks for by Range.
        assertThat(seen.get("byRange").asLong()).isBetween(1L, Files.size(asice) / 4);
    }

    private static JsonNode replay(Path file, String url, String text) throws IOException, InterruptedException {
        Judges.install();
        return JsonMapper.shared().readTree(run("node", "replay.mjs", file.toString(), url, text));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("judge", ".out");
        Path err = Files.createTempFile("judge", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(JUDGES.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            boolean ended = process.waitFor(180, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            String output = Files.readString(out);
            assertThat(ended && process.exitValue() == 0)
                    .as("%s\n%s", output, Files.readString(err))
                    .isTrue();
            return output;
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** A page with a script that a POST answers, and 32 MB that no player needs. */
    private Digests writeWacz(Path wacz) throws IOException {
        String html = "<!doctype html><meta charset=utf-8><title>茶</title><h1>特级龙井茶</h1><p id=p></p>"
                + "<script>fetch('/api/price', {method: 'POST', headers: {'content-type': 'application/json'}, "
                + "body: JSON.stringify({sku: [1, '茶'], n: 2})}).then(r => r.text())"
                + ".then(t => { document.getElementById('p').textContent = '来自脚本的价格 ' + t; })</script>";
        String api = "https://www.shop.example/api/price";
        byte[] filler = new byte[32 << 20];
        new Random(1).nextBytes(filler);
        ByteArrayOutputStream warc = new ByteArrayOutputStream();
        exchange(warc, URL, "GET", "", "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
        exchange(
                warc,
                api,
                "POST",
                "{\"sku\":[1,\"茶\"],\"n\":3}",
                "text/plain",
                "0.00".getBytes(StandardCharsets.UTF_8));
        exchange(
                warc,
                api,
                "POST",
                "{\"sku\":[1,\"茶\"],\"n\":2}",
                "text/plain",
                "9.90".getBytes(StandardCharsets.UTF_8));
        exchange(warc, "https://www.shop.example/filler", "GET", "", "application/octet-stream", filler);
        Path data = Files.write(folder.resolve("data.warc.gz"), warc.toByteArray());
        Path index = folder.resolve("index.cdx");
        Cdxj.write(data, "data.warc.gz", index);
        WaczWriter.Metadata metadata = new WaczWriter.Metadata("茶", AT, "test", URL, AT);
        try (WaczWriter writer = WaczWriter.create(wacz, metadata, new SecureRandom())) {
            writer.add(WaczNames.WARC, data);
            writer.add(WaczNames.INDEX, index);
            writer.add(WaczNames.PAGES, Pages.toJsonl(List.of(new Pages.Page(URL, AT, "茶", null))));
            return writer.finish();
        }
    }

    private static void exchange(
            ByteArrayOutputStream warc, String url, String method, String body, String type, byte[] answer)
            throws IOException {
        String path = url.substring("https://www.shop.example".length());
        record(
                warc,
                "response",
                url,
                concat(
                        "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + answer.length
                                + "\r\n\r\n",
                        answer),
                "WARC-Payload-Digest: " + Digest.of(Digest.Algorithm.SHA256, answer) + "\r\n");
        record(
                warc,
                "request",
                url,
                concat(
                        method + " " + path + " HTTP/1.1\r\nHost: www.shop.example\r\n"
                                + (body.isEmpty() ? "" : "Content-Type: application/json\r\n") + "\r\n",
                        body.getBytes(StandardCharsets.UTF_8)),
                "");
    }

    private static void record(ByteArrayOutputStream warc, String type, String url, byte[] block, String more)
            throws IOException {
        String header = "WARC/1.1\r\nWARC-Type: " + type + "\r\nWARC-Target-URI: " + url + "\r\nWARC-Date: " + AT
                + "\r\nWARC-Record-ID: <urn:uuid:" + java.util.UUID.randomUUID()
                + ">\r\nContent-Type: application/http; msgtype=" + type + "\r\nContent-Length: " + block.length
                + "\r\n"
                + more + "\r\n";
        try (GZIPOutputStream gzip = new GZIPOutputStream(warc)) {
            gzip.write(header.getBytes(StandardCharsets.UTF_8));
            gzip.write(block);
            gzip.write("\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static byte[] concat(String head, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(body);
        return out.toByteArray();
    }
}
