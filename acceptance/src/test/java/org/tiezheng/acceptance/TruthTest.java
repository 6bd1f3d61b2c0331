package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.netpreserve.jwarc.WarcReader;
import org.netpreserve.jwarc.WarcRecord;
import org.netpreserve.jwarc.WarcRequest;
import org.netpreserve.jwarc.WarcResponse;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.SentExchange;

/**
 * What the WARC says came, against what the origin says it sent: exchange by exchange, by the digest of every body,
 * over every protocol.
 */
class TruthTest {
    private static Station station;

    @BeforeAll
    static void open() throws IOException {
        station = Station.open();
    }

    @AfterAll
    static void close() throws IOException {
        station.close();
    }

    @BeforeEach
    void forget() {
        station.origin.forget();
    }

    /** One request and what was answered, as both sides can tell it. */
    private record Told(String method, String target, String requestSha256, int status, String responseSha256) {}

    @ParameterizedTest(name = "{1} over {0}")
    @CsvSource({
        "HTTPS_H2, everything",
        "HTTPS_H1, everything",
        "HTTPS_TLS12, everything",
        "HTTPS_CHACHA, everything",
        "HTTP, everything",
        "HTTPS_H2, many?n=300",
        "HTTPS_H2, service-worker",
        "HTTPS_H2, lazy",
        "HTTPS_H2, gbk",
        "HTTPS_H2, big?mb=50"
    })
    void everyBodySentIsInTheWarcAndNothingElse(Listener listener, String page) throws Exception {
        Station.Capture capture = station.capture(station.url(listener, "/p/" + page), "--no-video");
        Path warc = capture.unpack().resolve("inner/archive/data.warc.gz");
        List<Told> recorded = recorded(warc);
        List<Told> sent = station.origin.sent().stream()
                .filter(SentExchange::complete)
                .map(s -> new Told(s.method(), s.target(), s.requestSha256(), s.status(), s.responseSha256()))
                .toList();
        assertThat(sent).hasSizeGreaterThanOrEqualTo(page.startsWith("everything") ? 40 : 1);
        List<Told> missing = new ArrayList<>(sent);
        recorded.forEach(missing::remove);
        assertThat(missing).as("sent, and not in the WARC as sent").isEmpty();
        // A response the browser broke off is in the WARC, marked as cut, and in the origin's notes as incomplete.
        assertThat(recorded.size()).isBetween(sent.size(), station.origin.sent().size() + 1);
        station.verify(capture.only(), "--deep").orFail();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTPS_H2", "HTTPS_H1", "HTTP"})
    void whatTheBrowserBrokeOffIsInTheWarcAndMarkedAsCut(Listener listener) throws Exception {
        Station.Capture capture = station.capture(station.url(listener, "/p/broken-off"), "--no-video");
        Path warc = capture.unpack().resolve("inner/archive/data.warc.gz");
        List<String> cut = new ArrayList<>();
        try (WarcReader reader = new WarcReader(warc)) {
            for (WarcRecord record : reader) {
                if (record instanceof WarcResponse response
                        && response.headers().first("WARC-Truncated").isPresent()) {
                    cut.add(response.targetURI().getPath() + " "
                            + new String(response.body().stream().readAllBytes(), StandardCharsets.UTF_8)
                                    .contains("事件5"));
                }
            }
        }
        assertThat(cut).as(capture.ended().output()).containsExactly("/r/events true");
        station.verify(capture.only(), "--deep").orFail();
    }

    private static List<Told> recorded(Path warc) throws IOException {
        String nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        Map<String, WarcRequestFacts> requests = new HashMap<>();
        List<Told> told = new ArrayList<>();
        List<String[]> responses = new ArrayList<>();
        try (WarcReader reader = new WarcReader(warc)) {
            for (WarcRecord record : reader) {
                String conversation =
                        record.headers().first("Tiezheng-Conversation").orElse("?");
                if (record instanceof WarcRequest request) {
                    requests.put(
                            record.headers().first("WARC-Record-ID").orElseThrow(),
                            new WarcRequestFacts(
                                    request.http().method(),
                                    request.http().target(),
                                    record.headers()
                                            .first("WARC-Payload-Digest")
                                            .orElse("sha256:" + nothing)));
                } else if (record instanceof WarcResponse response
                        && response.http().status() != 101
                        && record.headers().first("WARC-Truncated").isEmpty()) {
                    responses.add(new String[] {
                        record.headers().first("WARC-Concurrent-To").orElse("none"),
                        Integer.toString(response.http().status()),
                        record.headers().first("WARC-Payload-Digest").orElse("sha256:" + nothing),
                        conversation
                    });
                }
            }
        }
        for (String[] response : responses) {
            WarcRequestFacts request = requests.get(response[0]);
            assertThat(request)
                    .as("request of the response in conversation %s", response[3])
                    .isNotNull();
            told.add(new Told(
                    request.method(),
                    pathOf(request.target()),
                    request.digest().substring("sha256:".length()),
                    Integer.parseInt(response[1]),
                    response[2].substring("sha256:".length())));
        }
        return told;
    }

    private static String pathOf(String target) {
        if (target.startsWith("/") || target.equals("*")) {
            return target;
        }
        URI uri = URI.create(target);
        return uri.getRawQuery() == null ? uri.getRawPath() : uri.getRawPath() + "?" + uri.getRawQuery();
    }

    private record WarcRequestFacts(String method, String target, String digest) {}
}
