package org.tiezheng.archive.evidencepage.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A package's author may write anything: the readers answer with what they can show, or with one known exception. */
class HostileCaptureTest {
    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{} {}",
                "\u0000",
                "{\"format\":\"other/1\"}",
                "{\"format\":\"tiezheng-capture/1\",\"format\":\"tiezheng-capture/1\"}",
                "{\"format\":\"tiezheng-capture/1\",\"steps\":{}}",
                "{\"format\":\"tiezheng-capture/1\",\"target\":7}",
                "{\"format\":\"tiezheng-capture/1\",\"target\":{\"status\":99999999999}}",
                "{\"format\":\"tiezheng-capture/1\",\"request\":{\"officers\":[[\"a\"]]}}"
            })
    void whatIsNotCaptureJsonIsUnreadable(String text) {
        assertThatThrownBy(() -> CaptureView.read(bytes(text))).isInstanceOf(UnreadableFileException.class);
    }

    @Test
    void deepNestingIsRefused() {
        String deep = "{\"format\":\"tiezheng-capture/1\",\"x\":" + "[".repeat(5000) + "]".repeat(5000) + "}";
        assertThatThrownBy(() -> CaptureView.read(bytes(deep))).isInstanceOf(UnreadableFileException.class);
    }

    @Test
    void whatIsMissingIsEmptyAndNotNull() throws Exception {
        CaptureView capture = CaptureView.read(
                bytes(
                        "{\"format\":\"tiezheng-capture/1\",\"steps\":[null],\"completeness\":{},\"tls\":null,\"unknown\":[1]}"));
        assertThat(capture.steps()).isEmpty();
        assertThat(capture.completeness().verdict()).isEmpty();
        assertThat(capture.completeness().counts().requests()).isZero();
        assertThat(capture.tls().servers()).isEmpty();
        assertThat(capture.target().inputUrl()).isEmpty();
        assertThat(capture.environment().survey()).isNull();
    }

    @Test
    void textsCannotHideOrReorderAndAreBounded() throws Exception {
        CaptureView capture =
                CaptureView.read(bytes("{\"format\":\"tiezheng-capture/1\",\"target\":{\"inputUrl\":\"https://a/"
                        + "x".repeat(100_000) + "\",\"title\":\"a\\u202Egpj.exe\\u0000<b>\"}}"));
        assertThat(capture.target().title()).isEqualTo("a\\u{202e}gpj.exe\\u{0}<b>");
        assertThat(capture.target().inputUrl()).hasSize(Shown.MAX_CHARS + 1).endsWith("…");
    }

    @Test
    void listsAreBounded() throws Exception {
        StringBuilder json = new StringBuilder("{\"format\":\"tiezheng-capture/1\",\"incidents\":[{\"code\":\"A\"}");
        for (int i = 0; i < 20_000; i++) {
            json.append(",{\"code\":\"A\"}");
        }
        assertThat(CaptureView.read(bytes(json + "]}")).incidents()).hasSize(5000);
    }

    @Test
    void aStoreThatFailsIsNotTheTextsFault() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the store is away");
            }
        };
        assertThatThrownBy(() -> CaptureView.read(failing)).isInstanceOf(IOException.class);
    }

    @Test
    void tilesThatDoNotJoinAreRefused() {
        for (String tiles : new String[] {
            "[]",
            "[{\"file\":\"../x.png\",\"top\":0,\"width\":9,\"height\":9}]",
            "[{\"file\":\"screenshot-001.png\",\"top\":1,\"width\":9,\"height\":9}]",
            "[{\"file\":\"screenshot-001.png\",\"top\":0,\"width\":8,\"height\":9}]",
            "[{\"file\":\"screenshot-001.png\",\"top\":0,\"width\":9,\"height\":8}]"
        }) {
            assertThatThrownBy(() -> ScreenshotTiles.read(bytes("{\"width\":9,\"height\":9,\"tiles\":" + tiles + "}")))
                    .isInstanceOf(UnreadableFileException.class);
        }
    }

    @Test
    void certificatesThatAreNoneAreLeftOut() throws Exception {
        String pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n%%%\n"
                + "-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n" + "A".repeat(1 << 20);
        assertThat(CertificateView.read(bytes(pem))).isEmpty();
    }

    /** Fixed seeds: the same bytes at every run. */
    @Test
    void flippedBytesNeverEndInAnotherException() throws Exception {
        String[] names = {
            "capture.json", "wire.json", "connections.json", "certificates.pem", "pages.jsonl", "data.warc.gz"
        };
        for (String name : names) {
            byte[] good = java.util.Objects.requireNonNull(
                            HostileCaptureTest.class.getResourceAsStream("/evidencepage/demo-shop/" + name))
                    .readAllBytes();
            Random random = new Random(name.hashCode());
            for (int round = 0; round < 60; round++) {
                byte[] bad = good.clone();
                for (int i = 0; i < 1 + round % 5; i++) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
                }
                InputStream in = new ByteArrayInputStream(bad);
                try {
                    Object unused = switch (name) {
                        case "capture.json" -> CaptureView.read(in);
                        case "wire.json" -> WireView.read(in);
                        case "connections.json" -> ConnectionsView.read(in);
                        case "certificates.pem" -> CertificateView.read(in);
                        case "pages.jsonl" -> PagesView.read(in);
                        default -> Exchanges.read(in);
                    };
                } catch (UnreadableFileException expected) {
                    assertThat(expected.getMessage()).isNotBlank();
                }
            }
        }
    }
}
