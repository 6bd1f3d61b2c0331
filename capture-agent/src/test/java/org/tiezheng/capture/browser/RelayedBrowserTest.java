package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.ConnectionRecord;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.PcapngSpool;
import org.tiezheng.capture.relay.Relay;
import org.tiezheng.demo.Origin;
import org.tiezheng.demo.PageSet;
import org.tiezheng.evidence.wire.PcapngWriter;

/** Chromium behind the real relay, against an origin with real TLS. */
class RelayedBrowserTest {
    private static Relay relay(Path folder, String... allowed) throws Exception {
        return Relay.start(Relay.Settings.of(
                        EgressPolicy.ofThisMachine(List.of(allowed).stream()
                                .map(AllowedTarget::parse)
                                .toList()),
                        new PcapngSpool(PcapngWriter.create(folder.resolve("packets.spool"))),
                        Clock.systemUTC())
                .withBrowserUid(Chromium.uidOf(null)));
    }

    private static LaunchOptions options(Path folder, Relay relay) throws Exception {
        return LaunchOptions.of(
                BrowserPrograms.find(), DeviceProfile.laptop(), relay.address().getPort(), folder.resolve("keys.log"));
    }

    @Test
    void anIdleBrowserAsksForNothing(@TempDir Path folder) throws Exception {
        try (Relay relay = relay(folder);
                Bench bench = new Bench(folder, options(folder, relay))) {
            Pause.millis(15_000);
            assertThat(relay.report().connections()).isEmpty();
            assertThat(relay.report().denials()).isEmpty();
            assertThat(bench.journal.requests()).isEmpty();
        }
    }

    @Test
    void aPageOverHttp2LeavesItsKeysAndNothingButItsOwnRequests(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.start(new PageSet(), Map.of(Origin.Listener.HTTPS_H2, 0));
                Relay relay = relay(folder, "localhost")) {
            Bench bench = new Bench(folder, options(folder, relay).withTrustedSpki(origin.spkiPins()));
            try (bench) {
                String url = origin.url(Origin.Listener.HTTPS_H2) + "/p/plain";
                assertThat(bench.load(url).loaded()).isTrue();
                RequestEntry main = bench.journal.requests().get(0);
                assertThat(main.url()).isEqualTo(url);
                assertThat(main.protocol()).isEqualTo("h2");
                assertThat(main.securityDetails()).isNotNull();
                assertThat(main.securityDetails().get("protocol").stringValue()).isEqualTo("TLS 1.3");
                assertThat(bench.journal.requests()).allMatch(r -> r.status() == 200 || r.status() == 404);
                assertThat(relay.report().connections()).allMatch(c -> "localhost".equals(c.host()));
                CloseReport end = bench.chromium.end();
                assertThat(end.leftovers()).isEmpty();
                assertThat(end.keyLogBytes()).isPositive();
            }
            assertThat(Files.readString(folder.resolve("keys.log")))
                    .contains("CLIENT_TRAFFIC_SECRET_0 ")
                    .contains("SERVER_TRAFFIC_SECRET_0 ");
            assertThat(origin.sent()).anyMatch(s -> s.toString().contains("/p/plain"));
        }
    }

    /** Every test here shows that the browser itself is served. */
    @Test
    void aProgramOfAnotherAccountIsNotServed(@TempDir Path folder) throws Exception {
        int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assumeThat(Chromium.uidOf(null))
                .as("without root the browser has our account")
                .isNotEqualTo(own);
        try (Relay relay = relay(folder);
                Socket stranger = new Socket("127.0.0.1", relay.address().getPort())) {
            stranger.setSoTimeout(20_000);
            assertThat(endsWithoutAByte(stranger)).isTrue();
            relay.close();
            assertThat(relay.report().connections())
                    .extracting(ConnectionRecord::outcome)
                    .containsExactly("foreign-process");
        }
    }

    private static boolean endsWithoutAByte(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true; // reset
        }
    }

    @Test
    void aBadCertificateIsRefusedUnlessItIsToBeRecorded(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.start(new PageSet(), Map.of(Origin.Listener.HTTPS_EXPIRED, 0));
                Relay relay = relay(folder, "localhost")) {
            String url = origin.url(Origin.Listener.HTTPS_EXPIRED) + "/p/plain";
            Path first = Files.createDirectory(folder.resolve("refused"));
            try (Bench bench = new Bench(first, options(first, relay))) {
                Navigation navigation = bench.page.navigate(url, Bench.TEN);
                assertThat(navigation.errorText()).startsWith("net::ERR_CERT_");
                bench.page.waitLoad(navigation, Bench.TEN);
                assertThat(bench.page
                                .viewportScreenshot(first.resolve("v.png"), Bench.TEN)
                                .sizeBytes())
                        .isPositive();
            }
            Path second = Files.createDirectory(folder.resolve("recorded"));
            try (Bench bench = new Bench(second, options(second, relay).withRecordInvalidTls(true))) {
                assertThat(bench.load(url).loaded()).isTrue();
                RequestEntry main = bench.journal.requests().get(0);
                assertThat(main.status()).isEqualTo(200);
                assertThat(main.securityState()).isEqualTo("insecure");
            }
        }
    }

    @Test
    void loopbackIsAskedThroughTheRelayAndDenied(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Relay relay = relay(folder);
                Bench bench = new Bench(folder, options(folder, relay))) {
            site.page("/", "<title>must not be seen</title>");
            Navigation navigation = bench.page.navigate(site.url("/"), Bench.TEN);
            assertThat(navigation.errorText()).startsWith("net::ERR_");
            assertThat(site.asked()).isEmpty();
            assertThat(relay.report().denials()).isNotEmpty();
            assertThat(bench.page
                            .networkIdle(() -> relay.activity().quietFor().toNanos(), Duration.ofMillis(300), Bench.TEN)
                            .idle())
                    .isTrue();
        }
    }

    /** What the browser reports is what the completeness verdict is made from: it must know all that was asked for. */
    @Test
    void theJournalKnowsEveryRequestTheOriginAnswered(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.start(new PageSet(), Map.of(Origin.Listener.HTTPS_H2, 0));
                Relay relay = relay(folder, "localhost", "other.localhost");
                Bench bench = new Bench(folder, options(folder, relay).withTrustedSpki(origin.spkiPins()))) {
            String base = origin.url(Origin.Listener.HTTPS_H2);
            for (String name :
                    List.of("everything", "service-worker", "worker", "download", "popup", "lazy", "posts")) {
                Navigation navigation = bench.page.navigate(base + "/p/" + name, Bench.TEN);
                bench.page.waitLoad(navigation, Duration.ofSeconds(3));
                bench.page.autoScroll(new ScrollBounds(3_000, Duration.ofSeconds(2), Duration.ofMillis(20)));
                bench.page.networkIdle(() -> Long.MAX_VALUE, Duration.ofMillis(500), Duration.ofSeconds(3));
            }
            bench.page.navigate("about:blank", Bench.TEN);
            bench.page.networkIdle(() -> Long.MAX_VALUE, Duration.ofMillis(500), Bench.TEN);
            Set<String> known = bench.journal.requests().stream()
                    .map(r -> r.method() + " " + r.url().replaceFirst("^[a-z]+://[^/]*", ""))
                    .collect(Collectors.toSet());
            Set<String> answered = origin.sent().stream()
                    .map(x -> x.method() + " " + x.target())
                    .collect(Collectors.toSet());
            assertThat(answered).hasSizeGreaterThan(50);
            answered.removeAll(known);
            // Chromium reports no beacon that is sent while its page is torn down; the wire has it.
            answered.remove("POST /r/take?k=unload");
            assertThat(answered)
                    .as("sent by the origin, unknown to the journal")
                    .isEmpty();
        }
    }
}
