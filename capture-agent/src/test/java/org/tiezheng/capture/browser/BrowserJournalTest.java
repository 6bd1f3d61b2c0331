package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.CdpEvent;
import org.tiezheng.capture.browser.cdp.Json;

class BrowserJournalTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T08:00:00Z"), ZoneOffset.UTC);

    private static CdpEvent event(String method, String json) {
        return new CdpEvent("S", method, Json.MAPPER.readTree(json), false);
    }

    private static CdpEvent sent(String id, String url) {
        return event(
                "Network.requestWillBeSent",
                "{\"requestId\":\"" + id
                        + "\",\"loaderId\":\"L\",\"timestamp\":10,\"wallTime\":1795248000.5,\"type\":\"Fetch\","
                        + "\"request\":{\"url\":\"" + url + "\",\"method\":\"POST\",\"postData\":\"geheim\"}}");
    }

    private static BrowserJournal journal(Path folder, JournalLimits limits) throws Exception {
        return new BrowserJournal(folder.resolve("e.ndjson"), folder.resolve("c.ndjson"), limits, CLOCK);
    }

    @Test
    void aFullFileEndsWithWhatWasLeftOut(@TempDir Path folder) throws Exception {
        BrowserJournal journal = journal(folder, new JournalLimits(1_000, 300, 3));
        for (int i = 0; i < 50; i++) {
            journal.onEvent(sent("r" + i, "http://shop.example/" + i));
            journal.onEvent(event("Runtime.consoleAPICalled", "{\"type\":\"error\"}"));
        }
        BrowserJournal.Counts counts = journal.counts();
        journal.close();
        List<String> lines = Files.readAllLines(folder.resolve("e.ndjson"));
        assertThat(lines).hasSize((int) counts.events() + 1);
        assertThat(counts.events() + counts.eventsDropped()).isEqualTo(100);
        assertThat(lines.get(lines.size() - 1))
                .isEqualTo(
                        "{\"method\":\"Tiezheng.truncated\",\"params\":{\"dropped\":" + counts.eventsDropped() + "}}");
        assertThat(Files.readAllLines(folder.resolve("c.ndjson")))
                .last()
                .asString()
                .contains("truncated");
        assertThat(counts.requests()).isEqualTo(3);
        assertThat(counts.requestsDropped()).isEqualTo(47);
        assertThat(counts.consoleErrors()).isEqualTo(50);
    }

    @Test
    void bodiesStayOutAndLongStringsAreCut(@TempDir Path folder) throws Exception {
        BrowserJournal journal = journal(folder, JournalLimits.DEFAULT);
        journal.onEvent(sent("r", "http://shop.example/" + "长".repeat(20_000)));
        journal.close();
        String line = Files.readString(folder.resolve("e.ndjson"));
        assertThat(line)
                .startsWith(
                        "{\"t\":\"2026-11-21T08:00:00Z\",\"session\":\"S\",\"method\":\"Network.requestWillBeSent\"")
                .doesNotContain("geheim")
                .contains("[tiezheng:cut, 20020 characters in all]");
        assertThat(line.length()).isLessThan(10_000);
    }

    @Test
    void redirectsAreHopsWithTheirOwnStatus(@TempDir Path folder) throws Exception {
        try (BrowserJournal journal = journal(folder, JournalLimits.DEFAULT)) {
            journal.onEvent(sent("r", "http://a.example/"));
            assertThat(journal.inFlight()).isEqualTo(1);
            journal.onEvent(event("Network.responseReceivedExtraInfo", "{\"requestId\":\"r\",\"statusCode\":302}"));
            journal.onEvent(event(
                    "Network.requestWillBeSent",
                    "{\"requestId\":\"r\",\"timestamp\":10.25,\"wallTime\":1795248000.75,\"type\":\"Fetch\","
                            + "\"request\":{\"url\":\"https://b.example/\",\"method\":\"GET\"},"
                            + "\"redirectResponse\":{\"status\":302,\"protocol\":\"http/1.1\"}}"));
            journal.onEvent(event("Network.responseReceivedExtraInfo", "{\"requestId\":\"r\",\"statusCode\":304}"));
            journal.onEvent(event(
                    "Network.responseReceived",
                    "{\"requestId\":\"r\",\"response\":{\"status\":200,\"fromDiskCache\":true,\"protocol\":\"h2\","
                            + "\"remoteIPAddress\":\"127.0.0.1\",\"remotePort\":9,\"securityState\":\"secure\"}}"));
            journal.onEvent(event(
                    "Network.loadingFinished", "{\"requestId\":\"r\",\"timestamp\":11.25,\"encodedDataLength\":77}"));
            assertThat(journal.inFlight()).isZero();
            assertThat(journal.requests()).hasSize(2);
            RequestEntry first = journal.requests().get(0);
            assertThat(first.status()).isEqualTo(302);
            assertThat(first.wireStatus()).isEqualTo(302);
            assertThat(first.finished()).isTrue();
            RequestEntry second = journal.requests().get(1);
            assertThat(second.hop()).isEqualTo(1);
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.wireStatus()).isEqualTo(304);
            assertThat(second.fromCache()).isTrue();
            assertThat(second.encodedDataLength()).isEqualTo(77);
            assertThat(second.remoteAddress()).isEqualTo("127.0.0.1:9");
            assertThat(second.started()).isEqualTo(Instant.parse("2026-11-21T08:00:00.750Z"));
            assertThat(second.ended()).isEqualTo(Instant.parse("2026-11-21T08:00:01.750Z"));
        }
    }

    @Test
    void eventsOfAnyShapeAreTaken(@TempDir Path folder) throws Exception {
        try (BrowserJournal journal = journal(folder, JournalLimits.DEFAULT)) {
            List<String> values = List.of(
                    "null", "{}", "[]", "\"x\"", "1e400", "-1", "12345678901234567890123", "true", "{\"a\":[null,{}]}");
            for (String method : List.of(
                    "Network.requestWillBeSent",
                    "Network.responseReceived",
                    "Network.loadingFinished",
                    "Network.webSocketCreated",
                    "Target.detachedFromTarget",
                    "Log.entryAdded")) {
                for (String value : values) {
                    for (String member : List.of(
                            "requestId", "request", "response", "redirectResponse", "timestamp", "wallTime", "entry")) {
                        journal.onEvent(event(
                                method,
                                "{\"requestId\":\"r\",\"" + member + "\":" + value
                                        + "}".replace("\"requestId\":\"r\",\"requestId\"", "\"requestId\"")));
                    }
                }
            }
            assertThat(journal.requests())
                    .allSatisfy(r -> assertThat(r.toString()).isNotEmpty());
        }
    }
}
