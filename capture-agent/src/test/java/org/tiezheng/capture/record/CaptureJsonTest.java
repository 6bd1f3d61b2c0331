package org.tiezheng.capture.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CaptureJsonTest {
    private static final Instant AT = Instant.parse("2026-11-21T08:00:00.123456789Z");
    private static final Digest SHA = Digest.sha256("ab".repeat(32));

    @Test
    void fullRecordFollowsTheSchema() throws IOException {
        assertThat(CaptureSchema.faults(text(full()))).isEmpty();
    }

    @Test
    void sparsestRecordFollowsTheSchema() throws IOException {
        assertThat(CaptureSchema.faults(text(sparse()))).isEmpty();
    }

    @Test
    void schemaRefusesUnknownKeysWrongTimesAndWrongDigests() throws IOException {
        String good = text(full());
        assertThat(CaptureSchema.faults(good.replace("\"request\" :", "\"requests\" :")))
                .isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("08:00:00.123456Z", "08:00:00Z")))
                .isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("abababab", "ABABABAB"))).isNotEmpty();
        assertThat(CaptureSchema.faults(good.replace("\"ok\"", "\"fine\""))).isNotEmpty();
    }

    @Test
    void readingGivesBackWhatWasWritten() throws IOException {
        String text = text(full());
        assertThat(text(read(text))).isEqualTo(text);
        assertThat(read(text).artefacts().get(0).sm3().algorithm()).isEqualTo(Digest.Algorithm.SM3);
    }

    @Test
    void keysStandInTheOrderOfTheRecords() throws IOException {
        assertThat(new JsonMapper().readTree(text(full())).propertyNames())
                .containsExactly(Arrays.stream(CaptureRecord.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toArray(String[]::new));
    }

    @Test
    void everyKeyOfTheRecordsIsDescribedInTheSchemaAndNoOther() throws IOException {
        compare(CaptureRecord.class, new JsonMapper().readTree(CaptureSchema.text()));
    }

    @Test
    void hostileTextEndsAsACheckedException() {
        for (String bad : List.of("", "null", "[]", "{\"format\":1}", "{\"format\":\"x\"", "{\"id\":\"\"}", "\u0000")) {
            assertThatThrownBy(() -> read(bad)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> read(text(full()).replace("\"no\" : 1", "\"no\" : 1, \"no\" : 2")))
                .isInstanceOf(IOException.class);
    }

    private static void compare(Class<?> type, JsonNode schema) {
        assertThat(schema.get("properties").propertyNames())
                .as(type.getSimpleName())
                .containsExactly(Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toArray(String[]::new));
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode property = schema.get("properties").get(component.getName());
            assertThat(property.has("description")).as(component.toString()).isTrue();
            Type shape = component.getGenericType();
            if (shape instanceof ParameterizedType list) {
                shape = list.getActualTypeArguments()[0];
                property = property.get("items");
            }
            if (shape instanceof Class<?> inner && inner.isRecord() && inner != Digest.class) {
                compare(inner, property);
            }
        }
    }

    private static String text(CaptureRecord capture) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CaptureJson.write(capture, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static CaptureRecord read(String text) throws IOException {
        return CaptureJson.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static CaptureRecord sparse() {
        return new CaptureRecord(
                CaptureRecord.FORMAT,
                new UUID(1, 2),
                new Request(
                        "http://shop.example/",
                        AT,
                        "web",
                        "public",
                        "desktop",
                        "zh-CN",
                        "Asia/Shanghai",
                        180,
                        0,
                        1,
                        1,
                        List.of(),
                        List.of(),
                        false,
                        List.of(),
                        null,
                        null,
                        List.of()),
                new Target("http://shop.example/", null, List.of(), null, null, null, List.of(), null, null),
                List.of(),
                new Environment(
                        new Environment.Device("h", "o", "k", "a", 2, null, "u", "zh-CN", "UTC", null),
                        List.of(),
                        null,
                        new Environment.Fonts(0, null, List.of()),
                        new Environment.HostsFile(null, List.of(), "not readable"),
                        List.of(),
                        List.of(),
                        List.of()),
                new Clock(1000, List.of(), List.of(), 0),
                new Network(null, "not asked", List.of(), null, List.of(), List.of(), 0, 0, 0, List.of(), null),
                List.of(),
                new TimeBracket(null, List.of(new TimeBracket.Failure("tsa", "no route"))),
                new Completeness(
                        Completeness.Verdict.FAILED,
                        List.of(new Completeness.Reason("NO_DOCUMENT", "net::ERR_NAME_NOT_RESOLVED", null)),
                        List.of(),
                        new Completeness.Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
                List.of(),
                List.of(),
                new Tool("tiezheng", "0", null, "17"));
    }

    private static CaptureRecord full() {
        return new CaptureRecord(
                CaptureRecord.FORMAT,
                new UUID(1, 2),
                new Request(
                        "https://shop.example/商品?id=1",
                        AT,
                        "web",
                        "public",
                        "phone",
                        "zh-CN",
                        "Asia/Shanghai",
                        180,
                        60,
                        1L << 30,
                        60_000,
                        List.of("127.0.0.1"),
                        List.of("AAAA"),
                        true,
                        List.of("embedded"),
                        "42",
                        "价格",
                        List.of("A")),
                new Target(
                        "https://shop.example/",
                        "https://shop.example/home",
                        List.of(new Target.Redirect("https://shop.example/", "https://shop.example/home", 302, AT)),
                        "铁证",
                        "GET",
                        200,
                        List.of(new Target.Header("content-type", "text/html")),
                        "192.0.2.1",
                        "京ICP备00000000号"),
                List.of(new Step(1, "navigate", AT, AT, Step.Outcome.OK, "200")),
                new Environment(
                        new Environment.Device("h", "o", "k", "a", 2, 1L, "u", "zh-CN", "UTC", 2L),
                        List.of(new Environment.Software("chromium", "156", SHA, null)),
                        new Environment.Browser(
                                "Chrome/156",
                                "r",
                                "15",
                                "ua",
                                List.of("--headless=new"),
                                new Environment.Viewport(390, 844, 3, true, true),
                                "zh-CN",
                                "Asia/Shanghai",
                                true,
                                "namespace",
                                "capture"),
                        new Environment.Fonts(3, SHA, List.of("Noto Sans CJK SC")),
                        new Environment.HostsFile(SHA, List.of("127.0.0.1 localhost"), null),
                        List.of("http_proxy"),
                        List.of(new Environment.ProcessEntry(1, "init", "root")),
                        List.of(new Environment.Check("proxy-none", "failed", "http_proxy is set", AT))),
                new Clock(
                        1000,
                        List.of(new Clock.Sample("ntp.example", AT, true, 1.5, 20.25, 2, null)),
                        List.of(new Clock.Sample("ntp.example", AT, false, null, null, null, "timed out")),
                        -0.25),
                new Network(
                        "198.51.100.7",
                        null,
                        List.of("10.0.0.5"),
                        "10.0.0.1",
                        List.of("10.0.0.2"),
                        List.of(new Network.Dns("shop.example", List.of("192.0.2.1"), "10.0.0.2", AT, null)),
                        3,
                        10,
                        20,
                        List.of(new Network.Denied("localhost", 80, AT, "loopback")),
                        "bytes"),
                List.of(new Tls(
                        "shop.example",
                        "192.0.2.1",
                        443,
                        List.of(1, 3),
                        "tls/1.3",
                        "TLS_AES_128_GCM_SHA256",
                        "X25519",
                        "h2",
                        true,
                        List.of(new Tls.Certificate("CN=shop.example", "CN=ca", "0a", AT, AT, SHA)),
                        "secure")),
                new TimeBracket(new TimeBracket.NotBefore("00".repeat(32), "MA==", AT, "embedded", true), List.of()),
                new Completeness(
                        Completeness.Verdict.BLOCKED,
                        List.of(new Completeness.Reason("BLOCK_SUSPECTED", "HTTP status 403", "status-403")),
                        List.of(new Completeness.Reason("CANCELLED", "1 request", null)),
                        new Completeness.Counts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)),
                List.of(new Artefact(
                        "evidence/page.pdf", "application/pdf", 9, SHA, Digest.sm3("cd".repeat(32)), AT, "cut")),
                List.of(new Incident(AT, "TSA_FAILED", "no route")),
                new Tool("tiezheng", "0.1.0", SHA, "17"));
    }
}
