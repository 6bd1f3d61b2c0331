package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.wire.Direction;

/** Bytes go through unchanged, are on record before they arrive, and every bound holds. */
class RelayCopyTest {
    private static final EgressPolicy LOOPBACK =
            new EgressPolicy(List.of(AllowedTarget.parse("127.0.0.0/8")), Set.of());

    private final RememberingSpool spool = new RememberingSpool();

    private Relay.Settings settings() {
        return Relay.Settings.of(LOOPBACK, spool, Clock.systemUTC()).withDnsServers(List.of());
    }

    private static SocksClient connect(Relay relay, LoopbackServer server) throws IOException {
        SocksClient client = new SocksClient(relay.address());
        assertThat(client.connect("127.0.0.1", server.port())).isZero();
        return client;
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    @Test
    void halfCloseGoesThroughInBothDirections() throws Exception {
        try (LoopbackServer echo = new LoopbackServer(socket -> {
                    byte[] all =
                            socket.getInputStream().readAllBytes(); // returns only if the client's FIN comes through
                    socket.getOutputStream().write(("got " + all.length).getBytes(StandardCharsets.UTF_8));
                });
                Relay relay = Relay.start(settings());
                SocksClient client = connect(relay, echo)) {
            client.send("hello");
            client.socket.shutdownOutput();
            assertThat(client.readAll()).isEqualTo("got 5");
            client.close();
            relay.close();

            assertThat(spool.text(1, Direction.CLIENT_TO_SERVER)).isEqualTo("hello");
            assertThat(spool.text(1, Direction.SERVER_TO_CLIENT)).isEqualTo("got 5");
            assertThat(spool.events)
                    .containsExactly(
                            "1 open 127.0.0.1:" + echo.port(), "1 end CLIENT_TO_SERVER", "1 end SERVER_TO_CLIENT");
            ConnectionRecord record = relay.report().connections().get(0);
            assertThat(record.outcome()).isEqualTo("closed");
            assertThat(record.endedBy()).isEqualTo("client");
            assertThat(record.bytesToServer()).isEqualTo(5);
            assertThat(record.bytesDelivered()).isEqualTo(5);
            assertThat(relay.report().recordedAll()).isTrue();
            assertThat(spool.closed).isTrue();
        }
    }

    @Test
    void bytesSentTogetherWithTheRequestAreNotLost() throws Exception {
        try (LoopbackServer echo = new LoopbackServer(socket -> {
                    byte[] all = socket.getInputStream().readNBytes(5);
                    socket.getOutputStream().write(all);
                });
                Relay relay = Relay.start(settings());
                Socket socket = new Socket("127.0.0.1", relay.address().getPort())) {
            socket.setSoTimeout(20_000);
            int port = echo.port();
            socket.getOutputStream().write(new byte[] {
                5, 2, 0, 2, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port, 'h', 'e', 'l', 'l', 'o'
            });
            byte[] expected = new byte[] {5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};
            assertThat(socket.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
        }
        assertThat(spool.text(1, Direction.CLIENT_TO_SERVER)).isEqualTo("hello");
    }

    @Test
    void whatIsNotSocks5ConnectIsRefused() throws Exception {
        try (Relay relay = Relay.start(settings())) {
            try (Socket http = new Socket("127.0.0.1", relay.address().getPort())) {
                http.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                http.setSoTimeout(20_000);
                assertThat(readToEnd(http)).isZero();
            }
            try (SocksClient bind = new SocksClient(relay.address())) {
                assertThat(bind.ask(new byte[] {5, 2, 0, 1, 127, 0, 0, 1, 0, 80}))
                        .isEqualTo(7);
            }
            try (SocksClient udp = new SocksClient(relay.address())) {
                assertThat(udp.ask(new byte[] {5, 3, 0, 1, 127, 0, 0, 1, 0, 80}))
                        .isEqualTo(7);
            }
            try (SocksClient type = new SocksClient(relay.address())) {
                assertThat(type.ask(new byte[] {5, 1, 0, 9, 127, 0, 0, 1, 0, 80}))
                        .isEqualTo(8);
            }
            try (Socket password = new Socket("127.0.0.1", relay.address().getPort())) {
                password.setSoTimeout(20_000);
                password.getOutputStream().write(new byte[] {5, 1, 2});
                assertThat(password.getInputStream().readNBytes(2)).isEqualTo(new byte[] {5, (byte) 0xff});
            }
            relay.close();
            assertThat(relay.report().connections())
                    .hasSize(5)
                    .extracting(ConnectionRecord::outcome)
                    .containsOnly("protocol-error");
        }
    }

    private static long readToEnd(Socket socket) throws IOException {
        try {
            return SocksClient.drain(socket.getInputStream());
        } catch (SocketException e) {
            return 0; // a reset is a refusal too
        }
    }

    @Test
    void aSlowReaderSlowsTheSenderDownInsteadOfFillingMemory() throws Exception {
        long size = 300L << 20;
        spool.countOnly = true;
        try (LoopbackServer big = new LoopbackServer(socket -> {
                    byte[] block = new byte[1 << 16];
                    OutputStream out = socket.getOutputStream();
                    for (long sent = 0; sent < size; sent += block.length) {
                        out.write(block);
                    }
                });
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withCaptureBytes(2 * size)));
                SocksClient client = connect(relay, big)) {
            // the client reads nothing: what is on record is bounded by the sockets' buffers, not by what the server
            // has
            eventually(() -> relay.activity().undelivered() == 1
                    && relay.activity().quietFor().toMillis() > 500);
            long stalledAt = relay.activity().bytesToClient();
            assertThat(stalledAt).isLessThan(size / 4);
            assertThat(relay.activity().inFlight()).isEqualTo(1);

            assertThat(SocksClient.drain(client.in)).isEqualTo(size);
            client.close();
            relay.close();
            ConnectionRecord record = relay.report().connections().get(0);
            assertThat(record.bytesToClient()).isEqualTo(size);
            assertThat(record.bytesDelivered()).isEqualTo(size);
            assertThat(spool.bytes).isEqualTo(size);
        }
    }

    @Test
    void aHundredConnectionsAtOnceStaySeparate() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(100);
        try (LoopbackServer echo = new LoopbackServer(socket -> {
                    byte[] block = new byte[8192];
                    for (int n = socket.getInputStream().read(block);
                            n >= 0;
                            n = socket.getInputStream().read(block)) {
                        socket.getOutputStream().write(block, 0, n);
                    }
                });
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withConcurrent(40)))) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String text = ("connection " + i + ";").repeat(2000);
                results.add(clients.submit(() -> {
                    try (SocksClient client = connect(relay, echo)) {
                        client.send(text);
                        client.socket.shutdownOutput();
                        return client.readAll().equals(text);
                    }
                }));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isTrue();
            }
            relay.close();
            RelayReport report = relay.report();
            assertThat(report.connections())
                    .hasSize(300)
                    .allSatisfy(record -> assertThat(record.outcome()).isEqualTo("closed"));
            assertThat(report.limitsReached()).isEmpty();
            for (int number = 1; number <= 300; number++) {
                assertThat(spool.text(number, Direction.CLIENT_TO_SERVER))
                        .isEqualTo(spool.text(number, Direction.SERVER_TO_CLIENT));
            }
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void aServerResetReachesTheBrowserAsOneWithAllThatCameBefore() throws Exception {
        try (LoopbackServer rude = new LoopbackServer(socket -> {
                    socket.getInputStream().readNBytes(1);
                    socket.getOutputStream().write("partial".getBytes(StandardCharsets.UTF_8));
                    socket.getInputStream().readNBytes(1);
                    socket.setSoLinger(true, 0);
                });
                Relay relay = Relay.start(settings());
                SocksClient client = connect(relay, rude)) {
            client.send("a");
            assertThat(new String(client.in.readNBytes(7), StandardCharsets.UTF_8))
                    .isEqualTo("partial");
            client.send("b");
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> client.in.read())
                    .isInstanceOf(SocketException.class);
            relay.close();

            assertThat(spool.events).last().isEqualTo("1 reset SERVER_TO_CLIENT");
            assertThat(relay.report().connections().get(0))
                    .extracting(ConnectionRecord::outcome, ConnectionRecord::endedBy)
                    .containsExactly("reset", "server");
        }
    }

    @Test
    void whenTheBrowserGivesUpTheServerIsToldAtOnce() throws Exception {
        CountDownLatch serverSawIt = new CountDownLatch(1);
        try (LoopbackServer endless = endless(serverSawIt);
                Relay relay = Relay.start(settings());
                SocksClient client = connect(relay, endless)) {
            client.in.readNBytes(100_000);
            client.socket.setSoLinger(true, 0);
            client.close();

            assertThat(serverSawIt.await(30, TimeUnit.SECONDS)).isTrue();
            eventually(() -> relay.activity().open() == 0);
            relay.close();
            assertThat(relay.report().connections().get(0))
                    .extracting(ConnectionRecord::outcome, ConnectionRecord::endedBy)
                    .containsExactly("reset", "client");
            assertThat(relay.report().recordedAll()).isTrue();
        }
    }

    @Test
    void drainingGoesOnUpToItsCapIfWanted() throws Exception {
        spool.countOnly = true;
        CountDownLatch serverSawIt = new CountDownLatch(1);
        long cap = 20L << 20;
        try (LoopbackServer endless = endless(serverSawIt);
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withDrainAfterAbortBytes(cap)));
                SocksClient client = connect(relay, endless)) {
            client.in.readNBytes(100_000);
            client.socket.setSoLinger(true, 0);
            client.close();

            assertThat(serverSawIt.await(30, TimeUnit.SECONDS)).isTrue();
            eventually(() -> relay.activity().open() == 0);
            relay.close();
            ConnectionRecord record = relay.report().connections().get(0);
            assertThat(record.bytesToClient() - record.bytesDelivered()).isBetween(cap, cap + (1 << 17));
            assertThat(record.endedBy()).isEqualTo("client");
        }
    }

    private static LoopbackServer endless(CountDownLatch left) throws IOException {
        return new LoopbackServer(socket -> {
            byte[] block = new byte[1 << 16];
            try {
                while (true) {
                    socket.getOutputStream().write(block);
                }
            } finally {
                left.countDown();
            }
        });
    }

    @Test
    void theByteLimitOfACaptureStopsEverythingExactlyThere() throws Exception {
        long limit = 1_000_000;
        try (LoopbackServer endless = endless(new CountDownLatch(1));
                LoopbackServer quiet =
                        new LoopbackServer(socket -> socket.getInputStream().read());
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withCaptureBytes(limit)))) {
            try (SocksClient other = connect(relay, quiet);
                    SocksClient client = connect(relay, endless)) {
                try {
                    SocksClient.drain(client.in);
                } catch (SocketException e) {
                    assertThat(e).hasMessageContaining("reset");
                }
                eventually(() -> relay.activity().open() == 0);
                assertThat(other.socket.isClosed()).isFalse();
                try (Socket late = new Socket("127.0.0.1", relay.address().getPort())) {
                    late.setSoTimeout(20_000);
                    assertThat(readToEnd(late)).isZero();
                }
            }
            relay.close();
            RelayReport report = relay.report();
            assertThat(report.limitsReached())
                    .extracting(LimitReached::limit, LimitReached::allowed)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("capture-bytes", limit));
            assertThat(report.recordedAll()).isFalse();
            assertThat(spool.bytes).isEqualTo(limit);
            assertThat(report.connections())
                    .extracting(ConnectionRecord::outcome)
                    .containsOnly("limit");
            assertThat(report.turnedAway()).isEqualTo(1);
        }
    }

    @Test
    void theByteLimitOfAConnectionStopsThatOneOnly() throws Exception {
        List<LimitReached> heard = new ArrayList<>();
        RelayListener listener = new RelayListener() {
            @Override
            public void limitReached(LimitReached limit) {
                heard.add(limit);
            }
        };
        try (LoopbackServer endless = endless(new CountDownLatch(1));
                LoopbackServer polite = LoopbackServer.answering("ok");
                Relay relay = Relay.start(settings()
                        .withListener(listener)
                        .withLimits(RelayLimits.defaults().withConnectionBytes(200_000)));
                SocksClient first = connect(relay, polite)) {
            try (SocksClient client = connect(relay, endless)) {
                SocksClient.drain(client.in);
            } catch (SocketException e) {
                assertThat(e).hasMessageContaining("reset");
            }
            first.send("x");
            assertThat(first.readAll()).isEqualTo("ok");
            relay.close();
            assertThat(relay.report().limitsReached())
                    .isEqualTo(heard)
                    .singleElement()
                    .satisfies(limit -> {
                        assertThat(limit.limit()).isEqualTo("connection-bytes");
                        assertThat(limit.connection()).isEqualTo(2);
                    });
            assertThat(relay.report().connections().get(1).bytesToClient()).isEqualTo(200_000);
        }
    }

    @Test
    void connectionsBeyondTheLimitAreTurnedAwayAndCounted() throws Exception {
        try (LoopbackServer polite = LoopbackServer.answering("ok");
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withConnections(2)))) {
            for (int i = 0; i < 2; i++) {
                connect(relay, polite).close();
            }
            for (int i = 0; i < 3; i++) {
                try (Socket late = new Socket("127.0.0.1", relay.address().getPort())) {
                    late.setSoTimeout(20_000);
                    assertThat(readToEnd(late)).isZero();
                }
            }
            relay.close();
            assertThat(relay.report().turnedAway()).isEqualTo(3);
            assertThat(relay.report().connections()).hasSize(2);
            assertThat(relay.report().limitsReached())
                    .extracting(LimitReached::limit)
                    .containsExactly("connections");
        }
    }

    @Test
    void anIdleConnectionIsCutAndSaidSo() throws Exception {
        try (LoopbackServer quiet =
                        new LoopbackServer(socket -> socket.getInputStream().read());
                Relay relay =
                        Relay.start(settings().withLimits(RelayLimits.defaults().withIdle(Duration.ofMillis(300))));
                SocksClient client = connect(relay, quiet)) {
            assertThat(readToEnd(client.socket)).isZero();
            relay.close();
            assertThat(relay.report().limitsReached())
                    .extracting(LimitReached::limit)
                    .containsExactly("connection-idle");
        }
    }

    @Test
    void aFullDiskEndsTheRecordingAndSaysSo() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        RelayListener listener = new RelayListener() {
            @Override
            public void failed(RelayFailure failure) {
                told.countDown();
            }
        };
        spool.failAfterBytes = 500_000;
        try (LoopbackServer endless = endless(new CountDownLatch(1));
                Relay relay = Relay.start(settings().withListener(listener));
                SocksClient client = connect(relay, endless)) {
            long received = 0;
            try {
                byte[] block = new byte[65_536];
                for (int n = client.in.read(block); n >= 0; n = client.in.read(block)) {
                    received += n;
                }
            } catch (SocketException e) {
                assertThat(e).hasMessageContaining("reset");
            }
            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
            // nothing reached the browser that is not on record
            assertThat(received).isLessThanOrEqualTo(500_000);
            relay.close();
            RelayReport report = relay.report();
            assertThat(report.failure()).isNotNull().satisfies(failure -> {
                assertThat(failure.reason()).isEqualTo("spool-write");
                assertThat(failure.detail()).contains("No space left");
            });
            assertThat(report.connections().get(0).outcome()).isEqualTo("failed");
            assertThat(report.recordedAll()).isFalse();
        }
    }

    @Test
    void closingCutsWhatIsStillOpenAndLeavesNoThread() throws Exception {
        Relay relay = Relay.start(settings());
        try (LoopbackServer quiet =
                        new LoopbackServer(socket -> socket.getInputStream().read());
                SocksClient open = connect(relay, quiet);
                SocksClient negotiating = new SocksClient(relay.address())) {
            relay.close();
            relay.close();
            assertThat(relay.report().connections())
                    .extracting(ConnectionRecord::outcome)
                    .containsExactly("recording-ended", "recording-ended");
            assertThat(relay.report().endedAt()).isNotNull();
            assertThat(readToEnd(open.socket)).isZero();
            assertThat(readToEnd(negotiating.socket)).isZero();
            eventually(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("relay")));
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> new Socket("127.0.0.1", relay.address().getPort()).close())
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void theTailIsRecordedWhenTheBrowserQuitsFirst() throws Exception {
        try (LoopbackServer server = new LoopbackServer(socket -> {
                    socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write("last words".getBytes(StandardCharsets.UTF_8));
                });
                Relay relay = Relay.start(settings())) {
            SocksClient client = connect(relay, server);
            client.send("bye");
            client.socket.shutdownOutput();
            relay.close();
            assertThat(spool.text(1, Direction.SERVER_TO_CLIENT)).isEqualTo("last words");
            client.close();
        }
    }

    @Test
    void anotherAccountOnTheMachineCannotPutTrafficIntoTheRecord() throws Exception {
        int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        try (LoopbackServer polite = LoopbackServer.answering("ok")) {
            try (Relay relay = Relay.start(settings().withBrowserUid(own));
                    SocksClient client = connect(relay, polite)) {
                client.send("x");
                assertThat(client.readAll()).isEqualTo("ok");
            }
            try (Relay relay = Relay.start(settings().withBrowserUid(own + 1));
                    Socket stranger = new Socket("127.0.0.1", relay.address().getPort())) {
                stranger.setSoTimeout(20_000);
                assertThat(readToEnd(stranger)).isZero();
                relay.close();
                assertThat(relay.report().connections())
                        .extracting(ConnectionRecord::outcome)
                        .containsExactly("foreign-process");
            }
            assertThat(polite.accepted).hasValue(1);
        }
    }

    @Test
    void aServerThatNeverClosesDoesNotHoldTheEndUp() throws Exception {
        try (LoopbackServer stubborn = new LoopbackServer(socket -> {
                    socket.getInputStream().readAllBytes();
                    try {
                        TimeUnit.MINUTES.sleep(2);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Relay relay = Relay.start(settings())) {
            SocksClient client = connect(relay, stubborn);
            client.send("bye");
            client.close();
            relay.close();
            assertThat(relay.report().connections().get(0))
                    .extracting(ConnectionRecord::outcome, ConnectionRecord::endedBy)
                    .containsExactly("recording-ended", "client");
            assertThat(spool.text(1, Direction.CLIENT_TO_SERVER)).isEqualTo("bye");
        }
    }
}
