package org.tiezheng.capture.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.wire.PcapngWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What lies on disk afterwards, read by somebody else's tool. */
class RelayRecordingTest {
    @TempDir
    Path folder;

    private String tshark(Path file, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
        command.addAll(List.of(arguments));
        Path errors = folder.resolve("tshark-errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        return text;
    }

    @Test
    void realTrafficOpensInTshark() throws Exception {
        Path spool = folder.resolve("spool.pcapng");
        ByteArrayOutputStream connections = new ByteArrayOutputStream();
        EgressPolicy policy = new EgressPolicy(List.of(AllowedTarget.parse("shop.test")), Set.of());
        try (LoopbackDns dns = new LoopbackDns().answer("shop.test", "127.0.0.1");
                LoopbackServer http = new LoopbackServer(socket -> {
                    socket.getInputStream().readNBytes(1);
                    byte[] body = "铁证".repeat(50_000).getBytes(StandardCharsets.UTF_8);
                    OutputStream out = socket.getOutputStream();
                    out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
                    out.write(body);
                    socket.getInputStream().readAllBytes();
                });
                Relay relay = Relay.start(
                        Relay.Settings.of(policy, new PcapngSpool(PcapngWriter.create(spool)), Clock.systemUTC())
                                .withDnsServers(List.of(dns.address())))) {
            try (SocksClient client = new SocksClient(relay.address())) {
                assertThat(client.connect("shop.test", http.port())).isZero();
                client.send("GET /goods?id=1 HTTP/1.1\r\nHost: shop.test\r\n\r\n");
                client.socket.shutdownOutput();
                assertThat(client.in.readAllBytes().length).isGreaterThan(300_000);
            }
            try (SocksClient client = new SocksClient(relay.address())) {
                assertThat(client.connect("127.0.0.1", http.port())).isEqualTo(2);
            }
            relay.close();
            assertThat(relay.report().failure()).isNull();
            ConnectionsJson.write(relay.report(), connections);

            String decode = "tcp.port==" + http.port() + ",http";
            assertThat(tshark(spool, "-d", decode, "-Y", "http.request", "-T", "fields", "-e", "http.request.full_uri"))
                    .contains("/goods?id=1");
            assertThat(tshark(spool, "-d", decode, "-Y", "http.response", "-T", "fields", "-e", "http.content_length"))
                    .isEqualTo("300000\n");
            assertThat(tshark(spool, "-d", "udp.port==" + dns.address().getPort() + ",dns", "-Y", "dns.a"))
                    .contains("shop.test");
            // synthesised packets must look sound to an expert: no lost segments, no bad checksums, FIN both ways
            assertThat(tshark(spool, "-Y", "tcp.analysis.flags || tcp.checksum.status==0 || _ws.malformed"))
                    .isEmpty();
            assertThat(tshark(spool, "-Y", "tcp.flags.fin==1").lines()).hasSize(2);
        }
        JsonNode json = JsonMapper.shared().readTree(connections.toByteArray());
        assertThat(json.get("format").asString()).isEqualTo("tiezheng-connections/1");
        assertThat(json.get("connections").size()).isEqualTo(2);
        assertThat(json.get("connections").get(0).get("host").asString()).isEqualTo("shop.test");
        assertThat(json.get("connections").get(0).get("conversation").asInt()).isEqualTo(1);
        assertThat(json.get("denials").get(0).get("rule").asString()).isEqualTo("loopback");
        assertThat(json.get("resolutions")
                        .get(0)
                        .get("lookups")
                        .get(0)
                        .get("response")
                        .asString())
                .isNotEmpty();
    }

    @Test
    void aKilledAgentLeavesAReadableSpoolWithAllThatTheBrowserGot() throws Exception {
        Path spool = folder.resolve("spool.pcapng");
        try (LoopbackServer endless = new LoopbackServer(socket -> {
            byte[] block = new byte[10_000];
            while (true) {
                socket.getOutputStream().write(block);
            }
        })) {
            Process agent = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Agent.class.getName(),
                            spool.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            long received = 0;
            try {
                BufferedReader said =
                        new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8));
                int port = Integer.parseInt(said.readLine());
                try (SocksClient client = new SocksClient(new java.net.InetSocketAddress("127.0.0.1", port))) {
                    assertThat(client.connect("127.0.0.1", endless.port())).isZero();
                    received += client.in.readNBytes(5_000_000).length;
                    agent.destroyForcibly();
                    received += drainUntilCut(client);
                }
            } finally {
                agent.destroyForcibly();
            }
            assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();

            Path whole = folder.resolve("network.pcapng");
            try (OutputStream out = Files.newOutputStream(whole)) {
                PcapngWriter.finish(
                        spool, folder.resolve("no-keys"), new PcapngWriter.Section("x", "y", "z"), null, out);
            }
            AtomicLong recorded = new AtomicLong();
            tshark(whole, "-Y", "tcp.srcport==" + endless.port(), "-T", "fields", "-e", "tcp.len")
                    .lines()
                    .forEach(length -> recorded.addAndGet(Long.parseLong(length)));
            assertThat(recorded.get()).isGreaterThanOrEqualTo(received);
            assertThat(tshark(whole, "-Y", "tcp.analysis.flags")).isEmpty();
        }
    }

    /** A limit on the file's size is to the writer what a full disk is. */
    @Test
    void aFullDiskEndsTheRecordingAndLeavesItReadable() throws Exception {
        Path spool = folder.resolve("spool.pcapng");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try (LoopbackServer endless = new LoopbackServer(socket -> {
            byte[] block = new byte[10_000];
            while (true) {
                socket.getOutputStream().write(block);
            }
        })) {
            Process agent = new ProcessBuilder(
                            "bash",
                            "-c",
                            "ulimit -f 3000; exec \"$@\"",
                            "limited",
                            java,
                            "-Xmx128m",
                            "-XX:-UsePerfData",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Agent.class.getName(),
                            spool.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                BufferedReader said =
                        new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8));
                int port = Integer.parseInt(said.readLine());
                try (SocksClient client = new SocksClient(new java.net.InetSocketAddress("127.0.0.1", port))) {
                    assertThat(client.connect("127.0.0.1", endless.port())).isZero();
                    assertThat(drainUntilCut(client)).isBetween(1L, 3000L * 1024);
                }
                assertThat(said.readLine()).startsWith("failed spool-write").contains("File too large");
            } finally {
                agent.destroyForcibly();
            }
            assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.size(spool)).isLessThanOrEqualTo(3000L * 1024);
            assertThat(tshark(spool, "-Y", "tcp.analysis.flags || _ws.malformed"))
                    .isEmpty();
            assertThat(tshark(spool, "-Y", "tcp.len>0").lines().count()).isGreaterThan(10);
        }
    }

    private static long drainUntilCut(SocksClient client) {
        long count = 0;
        try {
            byte[] block = new byte[65_536];
            for (int n = client.in.read(block); n >= 0; n = client.in.read(block)) {
                count += n;
            }
        } catch (IOException e) {
            return count; // cut, as it must be
        }
        return count;
    }

    /** A relay in a process of its own, to be killed. */
    static final class Agent {
        public static void main(String[] arguments) throws Exception {
            EgressPolicy policy = new EgressPolicy(List.of(AllowedTarget.parse("127.0.0.1")), Set.of());
            Relay relay = Relay.start(Relay.Settings.of(
                            policy, new PcapngSpool(PcapngWriter.create(Path.of(arguments[0]))), Clock.systemUTC())
                    .withListener(new RelayListener() {
                        @Override
                        public void failed(RelayFailure failure) {
                            System.out.println("failed " + failure.reason() + " " + failure.detail());
                        }
                    }));
            System.out.println(relay.address().getPort());
            TimeUnit.MINUTES.sleep(2);
        }
    }
}
