package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;

/** A captured page tries to reach what it should not. The name server and the targets are real and on loopback. */
class RelayEgressTest {
    private LoopbackDns dns;
    private LoopbackServer target;
    private final RememberingSpool spool = new RememberingSpool();

    @BeforeEach
    void start() throws IOException {
        dns = new LoopbackDns();
        target = LoopbackServer.answering("secret");
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
        target.close();
    }

    private Relay.Settings settings(String... allowed) {
        EgressPolicy policy =
                new EgressPolicy(Stream.of(allowed).map(AllowedTarget::parse).toList(), Set.of());
        return Relay.Settings.of(policy, spool, Clock.systemUTC())
                .withDnsServers(List.of(dns.address()))
                .withLimits(RelayLimits.defaults().withConnect(Duration.ofMillis(700)));
    }

    private int ask(Relay relay, String host, int port) throws IOException {
        try (SocksClient client = new SocksClient(relay.address())) {
            return client.connect(host, port);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "LOCALHOST.",
                "a.localhost",
                "0x7f000001",
                "2130706433",
                "0177.0.0.1",
                "127.1",
                "0",
                "[::1]",
                "::1",
                "[::]",
                "::ffff:127.0.0.1",
                "[::ffff:7f00:1]",
                "169.254.169.254",
                "[::ffff:169.254.169.254]",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "127.0.0.1.",
                "256.0.0.1",
                "a%00b"
            })
    void noNotationOfAnInternalAddressGetsThrough(String host) throws Exception {
        try (Relay relay = Relay.start(settings())) {
            assertThat(ask(relay, host, target.port())).isEqualTo(2);

            relay.close();
            RelayReport report = relay.report();
            assertThat(report.denials()).singleElement().satisfies(denial -> {
                assertThat(denial.host()).isEqualTo(host);
                assertThat(denial.port()).isEqualTo(target.port());
            });
            assertThat(report.connections()).singleElement().satisfies(connection -> {
                assertThat(connection.outcome()).isEqualTo("denied");
                assertThat(connection.attempts()).isEmpty();
                assertThat(connection.conversation()).isNull();
            });
        }
        assertThat(target.accepted).hasValue(0);
        assertThat(dns.queries()).isEmpty();
    }

    @Test
    void binaryAddressesAreJudgedLikeText() throws Exception {
        try (Relay relay = Relay.start(settings())) {
            for (byte[] address : List.of(
                    new byte[] {127, 0, 0, 1},
                    new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                    new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 127, 0, 0, 1},
                    new byte[] {(byte) 169, (byte) 254, (byte) 169, (byte) 254})) {
                try (SocksClient client = new SocksClient(relay.address())) {
                    assertThat(client.connect(address, target.port())).isEqualTo(2);
                }
            }
            relay.close();
            assertThat(relay.report().denials())
                    .extracting(Denial::rule)
                    .containsExactly("loopback", "loopback", "loopback", "metadata");
        }
        assertThat(target.accepted).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "93.184.215.14 127.0.0.1",
                "127.0.0.1 93.184.215.14",
                "93.184.215.14 10.0.0.1",
                "93.184.215.14 ::1",
                "93.184.215.14 ::ffff:127.0.0.1",
                "93.184.215.14 fd00::1",
                "93.184.215.14 64:ff9b::a00:1"
            })
    void oneInternalAddressAmongPublicOnesRefusesTheName(String answer) throws Exception {
        dns.answer("rebind.test", answer.split(" "));
        try (Relay relay = Relay.start(settings())) {
            assertThat(ask(relay, "rebind.test", target.port())).isEqualTo(2);

            relay.close();
            assertThat(relay.report().connections().get(0).attempts()).isEmpty();
            Resolution resolution = relay.report().resolutions().get(0);
            assertThat(resolution.seen()).hasSize(2);
            assertThat(resolution.lookups()).hasSize(2);
        }
        assertThat(target.accepted).hasValue(0);
    }

    @Test
    void anInternalAddressBehindAnAliasIsRefused() throws Exception {
        dns.alias("cdn.shop.test", "inner.test").answer("inner.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings())) {
            assertThat(ask(relay, "cdn.shop.test", target.port())).isEqualTo(2);
            relay.close();
            assertThat(relay.report().resolutions().get(0).canonicalName()).isEqualTo("inner.test");
        }
        assertThat(target.accepted).hasValue(0);
    }

    @Test
    void rebindingCannotWin() throws Exception {
        // 127.0.0.2 stands for a public address; a second look-up would give 127.0.0.1, where the target listens
        try (LoopbackServer outside = new LoopbackServer(new byte[] {127, 0, 0, 2}, socket -> {
                    socket.getInputStream().readNBytes(1);
                    socket.getOutputStream().write("outside".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                });
                Relay relay = Relay.start(settings("127.0.0.2"))) {
            dns.answer("rebind.test", "127.0.0.2").answer("rebind.test", "127.0.0.1");

            try (SocksClient client = new SocksClient(relay.address())) {
                assertThat(client.connect("rebind.test", outside.port())).isZero();
                client.send("x");
                assertThat(client.readAll()).isEqualTo("outside");
            }
            assertThat(dns.timesAsked("rebind.test")).isEqualTo(1);
            assertThat(ask(relay, "rebind.test", target.port())).isEqualTo(2);
            assertThat(dns.timesAsked("rebind.test")).isEqualTo(2);

            relay.close();
            assertThat(relay.report().connections())
                    .extracting(ConnectionRecord::outcome)
                    .containsExactly("closed", "denied");
            assertThat(relay.report().connections().get(0).address()).isEqualTo("127.0.0.2");
        }
        assertThat(target.accepted).hasValue(0);
    }

    @Test
    void anAnswerIsUsedAgainWhileItsTtlLasts() throws Exception {
        dns.ttl = 60;
        dns.answer("shop.test", "127.0.0.1").answer("shop.test", "10.0.0.1");
        try (Relay relay = Relay.start(settings("127.0.0.1"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(ask(relay, "shop.test", target.port())).isZero();
            }
            relay.close();
            assertThat(relay.report().resolutions()).hasSize(1);
            assertThat(relay.report().connections())
                    .extracting(ConnectionRecord::resolution)
                    .containsOnly(1);
        }
        assertThat(dns.timesAsked("shop.test")).isEqualTo(1);
    }

    @Test
    void aRedirectToAnInternalAddressIsAnotherConnectionAndRefused() throws Exception {
        dns.answer("shop.test", "127.0.0.1");
        try (LoopbackServer shop = LoopbackServer.answering(
                        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + target.port() + "/\r\n\r\n");
                Relay relay = Relay.start(settings("shop.test"))) {
            try (SocksClient client = new SocksClient(relay.address())) {
                assertThat(client.connect("shop.test", shop.port())).isZero();
                client.send("GET / HTTP/1.1\r\n\r\n");
                assertThat(client.readAll()).contains("302");
            }
            assertThat(ask(relay, "127.0.0.1", target.port())).isEqualTo(2);
        }
        assertThat(target.accepted).hasValue(0);
    }

    @Test
    void namedExceptionsWork() throws Exception {
        dns.answer("shop.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings("shop.test:" + target.port(), "127.0.0.1:1"))) {
            try (SocksClient client = new SocksClient(relay.address())) {
                assertThat(client.connect("shop.test", target.port())).isZero();
                client.send("x");
                assertThat(client.readAll()).isEqualTo("secret");
            }
            assertThat(ask(relay, "127.0.0.1", target.port())).isEqualTo(2);
            assertThat(ask(relay, "shop.test", 22)).isEqualTo(2);
        }
    }

    @Test
    void theHostsFileIsHonouredSaidSoAndJudged() throws Exception {
        HostsFile hosts = HostsFile.parse("# c\n127.0.0.1 localhost shop.test # x\n10.0.0.1\tInner.Test\nnonsense\n");
        try (Relay relay = Relay.start(settings("shop.test").withHosts(hosts))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
            assertThat(ask(relay, "inner.test", target.port())).isEqualTo(2);
            relay.close();
            assertThat(relay.report().resolutions())
                    .extracting(Resolution::source)
                    .containsOnly("hosts");
        }
        assertThat(dns.queries()).isEmpty();
    }

    @Test
    void dnsMessagesAreKeptAsTheyWereOnTheWire() throws Exception {
        dns.answer("shop.test", "127.0.0.1", "::1");
        try (Relay relay = Relay.start(settings("127.0.0.0/8", "::1"))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
            relay.close();
            Resolution resolution = relay.report().resolutions().get(0);
            assertThat(resolution.source()).isEqualTo("dns");
            assertThat(resolution.candidates())
                    .extracting(InetAddress::getHostAddress)
                    .containsExactly("127.0.0.1", "0:0:0:0:0:0:0:1");
            assertThat(resolution.lookups()).hasSize(2).allSatisfy(lookup -> {
                assertThat(lookup.server())
                        .isEqualTo("127.0.0.1:" + dns.address().getPort());
                assertThat(lookup.outcome()).isEqualTo("NOERROR");
                assertThat(lookup.answeredAt()).isNotNull();
                byte[] query = java.util.Base64.getDecoder().decode(lookup.query());
                byte[] response = java.util.Base64.getDecoder().decode(lookup.response());
                assertThat(new Message(response).getHeader().getID())
                        .isEqualTo(new Message(query).getHeader().getID());
                // the record that is no address shows that the whole message is kept
                assertThat(new Message(response).toString()).contains("not an address");
            });
            assertThat(spool.datagrams).isEqualTo(2);
        }
    }

    @Test
    void answersThatDoNotFitTheQuestionAreIgnored() throws Exception {
        dns.forgesFirst = true;
        dns.answer("shop.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings("shop.test"))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
        }
    }

    @Test
    void truncatedAnswersAreAskedAgainByTcp() throws Exception {
        dns.truncatesUdp = true;
        dns.answer("shop.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings("shop.test"))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
            relay.close();
            assertThat(relay.report().resolutions().get(0).lookups())
                    .extracting(lookup -> lookup.transport() + " " + lookup.outcome())
                    .containsExactly("udp truncated", "tcp NOERROR", "udp truncated", "tcp NOERROR");
        }
    }

    @Test
    void serversWithoutEdnsAreAskedInTheOldWay() throws Exception {
        dns.refusesEdns = true;
        dns.answer("shop.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings("shop.test"))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
        }
    }

    @Test
    void aServerSilentToAaaaStillGivesTheIpv4Address() throws Exception {
        dns.silentToAaaa = true;
        dns.answer("shop.test", "127.0.0.1");
        try (Relay relay = Relay.start(settings("shop.test"))) {
            assertThat(ask(relay, "shop.test", target.port())).isZero();
            relay.close();
            assertThat(relay.report().resolutions().get(0).lookups())
                    .extracting(DnsLookup::outcome)
                    .containsExactly("NOERROR", "timeout");
        }
    }

    @Test
    void theNextServerIsAskedWhenOneIsDead() throws Exception {
        dns.answer("shop.test", "127.0.0.1");
        try (LoopbackDns dead = new LoopbackDns();
                Relay relay = Relay.start(settings("shop.test")
                        .withDnsServers(List.of(dead.address(), dns.address()))
                        .withDnsTimeout(Duration.ofMillis(300)))) {
            dead.dead = true;
            assertThat(ask(relay, "shop.test", target.port())).isZero();
        }
    }

    @Test
    void namesThatDoNotExistAreUnreachableAndRecorded() throws Exception {
        try (Relay relay = Relay.start(settings())) {
            assertThat(ask(relay, "nowhere.test", 80)).isEqualTo(4);
            relay.close();
            assertThat(relay.report().connections().get(0))
                    .extracting(ConnectionRecord::outcome, ConnectionRecord::error)
                    .containsExactly("name-error", "NXDOMAIN");
            assertThat(relay.report().denials()).isEmpty();
        }
    }

    @Test
    void theNextAddressIsTriedAndRefusalIsSaidSo() throws Exception {
        int closedPort;
        try (LoopbackServer gone = LoopbackServer.answering("x")) {
            closedPort = gone.port();
        }
        dns.answer("shop.test", "127.0.0.3", "127.0.0.1");
        try (LoopbackServer second = LoopbackServer.answering("second");
                Relay relay = Relay.start(settings("127.0.0.0/8"))) {
            assertThat(ask(relay, "shop.test", second.port())).isZero();
            assertThat(ask(relay, "shop.test", closedPort)).isEqualTo(5);
            relay.close();
            assertThat(relay.report().connections().get(0).attempts())
                    .extracting(ConnectionRecord.Attempt::address, ConnectionRecord.Attempt::result)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("127.0.0.3", "connect-refused"),
                            org.assertj.core.groups.Tuple.tuple("127.0.0.1", "connected"));
            assertThat(relay.report().connections().get(1).outcome()).isEqualTo("connect-refused");
        }
    }

    /** Whatever a name server answers, the connection ends with a reply and the relay lives. */
    @Test
    void hostileAnswersNeverStopTheRelay() throws Exception {
        Random random = new Random(20261121);
        int rounds = 150;
        for (int round = 0; round < rounds; round++) {
            dns.answer("a" + round + ".test", "127.0.0.1", "::1").alias("b" + round + ".test", "a" + round + ".test");
        }
        dns.spoil = wire -> {
            int flips = 1 + random.nextInt(4);
            for (int i = 0; i < flips; i++) {
                wire[2 + random.nextInt(wire.length - 2)] = (byte) random.nextInt(256); // the id stays right
            }
            return random.nextInt(4) == 0 ? Arrays.copyOf(wire, 2 + random.nextInt(wire.length - 2)) : wire;
        };
        try (Relay relay = Relay.start(settings("127.0.0.1", "::1").withDnsTimeout(Duration.ofMillis(20)))) {
            for (int round = 0; round < rounds; round++) {
                String name = (round % 2 == 0 ? "a" : "b") + round + ".test";
                assertThat(ask(relay, name, target.port())).isBetween(0, 5);
            }
            relay.close();
            assertThat(relay.report().failure()).isNull();
            assertThat(relay.report().connections())
                    .extracting(ConnectionRecord::outcome)
                    .doesNotContain("protocol-error", "failed", "open")
                    .contains("closed", "name-error");
            assertThat(relay.report().resolutions()).hasSize(rounds);
        }
    }
}
