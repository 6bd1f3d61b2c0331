package org.tiezheng.evidence.warc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.wacz.WarcGzReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** curl and Chromium against node, recorded: the server, tshark and jwarc judge the WARC. */
class WireDerivationTest {
    @TempDir
    static Path folder;

    private static RealTraffic.Recording recording;
    private static DerivationSummary summary;
    private static Path warc;

    @BeforeAll
    static void recordOnce() throws IOException, InterruptedException {
        recording = RealTraffic.record(folder, true);
        warc = folder.resolve("data.warc.gz");
        Path temp = Files.createDirectory(folder.resolve("temp"));
        summary = new WireDerivation("Tiezheng/test", Clock.systemUTC()).derive(recording.pcapng(), warc, temp);
        try (var left = Files.list(temp)) {
            assertThat(left).containsExactly(summary.exchanges());
        }
    }

    static List<ExchangeLine> exchanges() throws IOException {
        List<ExchangeLine> lines = new ArrayList<>();
        summary.forEachExchange(lines::add);
        return lines;
    }

    @Test
    void everyExchangeTheServerKnowsIsThereWithItsDigest() throws IOException {
        List<String> truths = new ArrayList<>();
        for (RealTraffic.Truth truth : recording.truths()) {
            truths.add(truth.url() + " " + truth.status() + " sha256:" + truth.body() + " " + truth.cut());
        }
        List<String> found = new ArrayList<>();
        for (ExchangeLine line : exchanges()) {
            String path = line.url().substring(line.url().indexOf('/', 8));
            found.add(path + " " + line.status() + " " + line.responsePayloadDigest() + " "
                    + (line.responseTruncated() != null));
        }
        assertThat(truths).hasSizeGreaterThan(60);
        assertThat(found).containsExactlyInAnyOrderElementsOf(truths);
    }

    @Test
    void tsharkReadsTheSameResponses() throws IOException, InterruptedException {
        List<String> theirs = new ArrayList<>();
        for (Tshark.Response r : tshark(true)) {
            theirs.add(r.conversation() + "/" + r.stream() + " " + r.status() + " " + r.body());
        }
        List<String> ours = new ArrayList<>();
        for (ExchangeLine line : exchanges()) {
            if (!endedByTheConnection(line)) {
                ours.add(line.conversation() + "/" + line.stream() + " " + line.status() + " "
                        + line.responsePayloadDigest());
            }
        }
        assertThat(theirs).containsExactlyInAnyOrderElementsOf(ours);
    }

    /** These tshark shows only when it does not join bodies. */
    private static boolean endedByTheConnection(ExchangeLine line) {
        boolean underTls = line.url().startsWith("https:");
        return line.stream() == 0
                && (line.url().contains("/cut") || (underTls && line.url().contains("/close")));
    }

    @Test
    void tsharkReadsTheResponsesThatOnlyTheConnectionEnded() throws IOException, InterruptedException {
        List<String> theirs = new ArrayList<>();
        for (Tshark.Response r : tshark(false)) {
            theirs.add(r.conversation() + "/" + r.stream() + " " + r.status());
        }
        List<String> ours = new ArrayList<>();
        for (ExchangeLine line : exchanges()) {
            if (endedByTheConnection(line)) {
                ours.add(line.conversation() + "/" + line.stream() + " " + line.status());
            }
        }
        assertThat(ours).hasSize(5);
        assertThat(theirs).containsAll(ours);
    }

    private static List<Tshark.Response> tshark(boolean wholeBodies) throws IOException, InterruptedException {
        return Tshark.responses(folder, recording.pcapng(), recording.securePort(), recording.plainPort(), wholeBodies);
    }

    @Test
    void jwarcFindsNothingWrong() throws IOException, InterruptedException {
        List<String> complaints = RealTraffic.jwarcComplaints(folder, warc);
        // jwarc holds Content-Length against the body also where HEAD and 304 have none, and where it was cut.
        assertThat(complaints).allMatch(line -> line.contains("invalid HTTP header Content-Length"));
        long headOrCut = exchanges().stream()
                .filter(line -> line.method().equals("HEAD") || line.url().contains("/cut"))
                .count();
        assertThat(complaints).hasSize((int) headOrCut);
    }

    @Test
    void recordsOfAnExchangeAreNeighboursAndNameEachOther() throws IOException {
        try (WarcGzReader reader = new WarcGzReader(Files.newInputStream(warc))) {
            WarcGzReader.Record record = reader.next();
            assertThat(record.type()).isEqualTo("warcinfo");
            int pairs = 0;
            String requestId = "";
            String requestNames = "";
            while ((record = reader.next()) != null) {
                WarcFields fields = WireComparison.fields(record);
                if ("request".equals(fields.first("WARC-Type"))) {
                    requestId = fields.first("WARC-Record-ID");
                    requestNames = fields.all("WARC-Concurrent-To").toString();
                } else if ("response".equals(fields.first("WARC-Type"))) {
                    assertThat(fields.all("WARC-Concurrent-To")).contains(requestId);
                    assertThat(requestNames).contains(fields.first("WARC-Record-ID"));
                    assertThat(fields.first("WARC-IP-Address")).isEqualTo("127.0.0.1");
                    assertThat(fields.first("WARC-Date")).matches("20..-..-..T..:..:..\\.\\d{6}Z");
                    pairs++;
                }
            }
            assertThat(pairs).isEqualTo(recording.truths().size());
        }
    }

    @Test
    void webSocketMessagesOfChromiumAreThere() throws IOException {
        List<String> messages = new ArrayList<>();
        try (WarcGzReader reader = new WarcGzReader(Files.newInputStream(warc))) {
            WarcGzReader.Record record;
            while ((record = reader.next()) != null) {
                if ("resource".equals(record.type())) {
                    byte[] content = record.block().readAllBytes();
                    messages.add(record.field("Tiezheng-WebSocket").orElseThrow() + " " + content.length);
                    assertThat(record.targetUri()).startsWith("wss://127.0.0.1:");
                }
            }
        }
        assertThat(messages)
                .containsExactlyInAnyOrder(
                        "client text inflated 700",
                        "client binary inflated 70000",
                        "server text 5",
                        "server text inflated 9000",
                        "server binary 300",
                        "client close 6",
                        "server close 2");
    }

    @Test
    void summarySaysWhatTheHandshakesShowed() throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        summary.writeJson(json);
        JsonNode read = new JsonMapper().readTree(json.toByteArray());

        assertThat(read.get("format").asString()).isEqualTo("tiezheng-wire/1");
        assertThat(read.get("counts").get("exchanges").asInt())
                .isEqualTo(recording.truths().size());
        JsonNode first = read.get("conversations").get(0);
        assertThat(first.get("tls").get("alpn").asString()).isEqualTo("h2");
        assertThat(first.get("opened").asString()).endsWith("Z");
        assertThat(read.has("certificates")).isFalse();
        ByteArrayOutputStream pem = new ByteArrayOutputStream();
        summary.writeCertificates(pem);
        assertThat(pem.toString(StandardCharsets.US_ASCII))
                .contains(first.get("tls").get("certificates").get(0).asString())
                .contains(Files.readString(folder.resolve("cert.pem")).strip());
    }

    @Test
    void derivedAgainTheRecordsAreTheSame() throws IOException {
        assertThat(compare(recording.pcapng(), warc))
                .containsExactlyInAnyOrder("W09 VALID", "W10 VALID", "W11 VALID", "W12 VALID");
    }

    @Test
    void changedRecordIsNamedWithItsField() throws IOException {
        assertThat(compare(recording.pcapng(), rewrite("date", (fields, block) -> {
                    replace(fields, "WARC-Date", "2020-01-01T00:00:00.000000Z");
                    return block;
                })))
                .containsExactly("W11 INVALID warc-date", "W09 VALID", "W10 VALID", "W12 VALID");
        assertThat(compare(recording.pcapng(), rewrite("body", (fields, block) -> {
                    block[block.length - 1] ^= 1;
                    return block;
                })))
                .containsExactly("W11 INVALID block", "W09 VALID", "W10 VALID", "W12 VALID");
        assertThat(compare(recording.pcapng(), rewrite("added", (fields, block) -> {
                    fields.add(Map.entry("WARC-Identified-Payload-Type", "text/plain"));
                    return block;
                })))
                .containsExactly("W11 INVALID warc-identified-payload-type", "W09 VALID", "W10 VALID", "W12 VALID");
        assertThat(compare(recording.pcapng(), rewrite("linked", (fields, block) -> {
                    replace(fields, "WARC-Concurrent-To", "<urn:uuid:00000000-0000-4000-8000-000000000000>");
                    return block;
                })))
                .startsWith("W11 INVALID warc-concurrent-to");
    }

    @Test
    void recordNobodySentAndRecordLeftOutAreFound() throws IOException {
        assertThat(compare(recording.pcapng(), rewrite("renumbered", (fields, block) -> {
                    replace(fields, "Tiezheng-Exchange", "9999");
                    return block;
                })))
                .contains("W09 INVALID", "W10 INVALID");
        assertThat(compare(recording.pcapng(), rewrite("dropped", (fields, block) -> null)))
                .contains("W10 INVALID", "W09 VALID");
        Path twice = folder.resolve("twice.warc.gz");
        byte[] bytes = Files.readAllBytes(warc);
        byte[] doubled = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, doubled, bytes.length, bytes.length);
        Files.write(twice, doubled);
        assertThat(compare(recording.pcapng(), twice)).contains("W09 INVALID").doesNotContain("W09 VALID");
        Path torn = folder.resolve("torn.warc.gz");
        Files.write(torn, Arrays.copyOf(bytes, bytes.length - 100));
        assertThat(compare(recording.pcapng(), torn)).contains("W09 INVALID");
    }

    @Test
    void recordingThatCannotBeReadLeavesTheVerdictOpen() throws IOException {
        assertThat(compare(folder.resolve("nowhere.pcapng"), warc)).containsExactly("W12 INDETERMINATE");
        byte[] bytes = Files.readAllBytes(recording.pcapng());
        Path torn = folder.resolve("torn.pcapng");
        Files.write(torn, Arrays.copyOf(bytes, bytes.length / 2));
        assertThat(compare(torn, warc)).contains("W12 INDETERMINATE").noneMatch(f -> f.startsWith("W09 INVALID"));
        // Zeros over the key log: nothing under TLS can be read any more, and nobody may say it is wrong.
        Path keyless = folder.resolve("keyless.pcapng");
        byte[] without = bytes.clone();
        String text = new String(bytes, 0, Math.min(bytes.length, 60_000), StandardCharsets.ISO_8859_1);
        for (String label : List.of("CLIENT_RANDOM", "CLIENT_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET")) {
            for (int at = text.indexOf(label); at >= 0; at = text.indexOf(label, at + 1)) {
                without[at] = '#';
            }
        }
        Files.write(keyless, without);
        assertThat(compare(keyless, warc)).contains("W12 INDETERMINATE").noneMatch(f -> f.startsWith("W09 INVALID"));
    }

    @Test
    void flippedByteOfTheRecordingIsSeen() throws IOException {
        byte[] bytes = Files.readAllBytes(recording.pcapng());
        bytes[bytes.length * 2 / 3] ^= 1;
        Path flipped = folder.resolve("flipped.pcapng");
        Files.write(flipped, bytes);
        assertThat(compare(flipped, warc)).anyMatch(f -> !f.endsWith(" VALID"));
    }

    private static List<String> compare(Path pcapng, Path warcFile) throws IOException {
        Path temp = Files.createTempDirectory(folder, "compare");
        List<String> found = new ArrayList<>();
        for (Finding finding : new WireComparison(temp)
                .compare(() -> Files.newInputStream(pcapng), () -> Files.newInputStream(warcFile))) {
            String field = finding.details().get("field");
            String text = finding.code() + " " + finding.verdict() + (field == null ? "" : " " + field);
            if (!found.contains(text)) {
                found.add(text);
            }
        }
        try (var left = Files.list(temp)) {
            assertThat(left).isEmpty();
        }
        return found;
    }

    /** Changes a record; null leaves it out. */
    private interface Change {
        byte @Nullable [] apply(List<Map.Entry<String, String>> fields, byte[] block);
    }

    private static void replace(List<Map.Entry<String, String>> fields, String name, String value) {
        fields.replaceAll(f -> f.getKey().equals(name) ? Map.entry(name, value) : f);
    }

    /** The WARC with its fifth response changed. */
    private static Path rewrite(String name, Change change) throws IOException {
        Path changed = folder.resolve(name + ".warc.gz");
        int responses = 0;
        try (WarcGzReader reader = new WarcGzReader(Files.newInputStream(warc));
                WarcFile out = new WarcFile(Files.newOutputStream(changed))) {
            WarcGzReader.Record record;
            while ((record = reader.next()) != null) {
                List<Map.Entry<String, String>> fields =
                        new ArrayList<>(WireComparison.fields(record).list());
                fields.removeIf(f -> f.getKey().equals("Content-Length"));
                byte[] block = record.block().readAllBytes();
                if ("response".equals(record.type()) && ++responses == 5) {
                    block = change.apply(fields, block);
                }
                if (block != null) {
                    WarcFields.Builder builder = new WarcFields.Builder();
                    fields.forEach(f -> builder.add(f.getKey(), f.getValue()));
                    out.write(builder.build(), new ByteArrayInputStream(block), block.length);
                }
            }
        }
        return changed;
    }
}
