package org.tiezheng.capture.environment;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.environment.CleanlinessCheck.Item;
import org.tiezheng.capture.environment.CleanlinessCheck.Result;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.HostsFile;

class EnvironmentSurveyTest {
    private static final EgressPolicy POLICY = new EgressPolicy(List.of(), Set.of());

    @TempDir
    Path folder;

    private EnvironmentSurvey.Settings settings() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return EnvironmentSurvey.Settings.of(
                List.of(
                        Program.Query.of("java", java),
                        Program.Query.of("nowhere", folder.resolve("nowhere")),
                        Program.Query.ffmpeg(null)),
                folder.resolve("not-yet"));
    }

    @Test
    void theRecordSaysWhatThisMachineIs() throws Exception {
        EnvironmentRecord record = new EnvironmentSurvey(settings(), Clock.systemUTC()).survey(null, 0, POLICY);

        assertThat(record.machine().processors()).isPositive();
        assertThat(record.machine().memoryBytes()).isGreaterThan(1L << 28);
        assertThat(record.machine().os()).isNotEmpty();
        assertThat(record.machine().kernel()).isNotEmpty();
        assertThat(record.machine().freeDiskBytes()).isPositive();
        Program java = record.program("java").orElseThrow();
        assertThat(java.version()).containsIgnoringCase("openjdk");
        assertThat(java.reason()).isNull();
        assertThat(java.sha256()).hasToString("sha256:" + sha256sum(Path.of(java.path())));
        assertThat(record.program("nowhere").orElseThrow().reason()).isEqualTo("not-installed");
        assertThat(record.program("ffmpeg").orElseThrow().reason()).isEqualTo("not-installed");
        assertThat(record.processes().entries())
                .anySatisfy(entry -> assertThat(entry.pid())
                        .isEqualTo(ProcessHandle.current().pid()));
        assertThat(record.network().hostsFile().sha256()).hasToString("sha256:" + sha256sum(Path.of("/etc/hosts")));
        assertThat(record.network().egressIp()).isNull();
        assertThat(record.network().egressIpReason()).isEqualTo("not-asked");
        assertThat(record.cleanliness()).extracting(CleanlinessCheck::item).containsExactly(Item.values());
        assertThat(result(record, Item.DISK_FREE)).isNotEqualTo(Result.NOT_AVAILABLE);
        assertThat(result(record, Item.FRESH_PROFILE)).isEqualTo(Result.NOT_AVAILABLE);
    }

    private static String sha256sum(Path file) throws Exception {
        return Command.run(Duration.ofSeconds(30), 4096, List.of("sha256sum", file.toString()))
                .text()
                .substring(0, 64);
    }

    private static Result result(EnvironmentRecord record, Item item) {
        return record.cleanliness().stream()
                .filter(check -> check.item() == item)
                .findFirst()
                .orElseThrow()
                .result();
    }

    @Test
    void theJsonIsStableAndHoldsNoHostName() throws Exception {
        EnvironmentRecord record = new EnvironmentSurvey(settings(), Clock.systemUTC()).survey(null, 0, POLICY);
        String json = CaptureJson.mapper().writeValueAsString(record);

        assertThat(CaptureJson.mapper().writeValueAsString(record)).isEqualTo(json);
        assertThat(CaptureJson.mapper().readTree(json).propertyNames())
                .startsWith("takenAt", "tookMs", "tool", "machine", "programs");
        assertThat(CaptureJson.mapper().readTree(json).get("machine").propertyNames())
                .doesNotContain("hostName", "hostname");
    }

    @Test
    void whatTheBrowserKnowsIsFilledInLater() {
        EnvironmentRecord record = new EnvironmentSurvey(settings(), Clock.systemUTC()).survey(null, 0, POLICY);
        EnvironmentRecord filled =
                record.with(new CleanlinessCheck(Item.FRESH_PROFILE, Result.OK, "empty folder", record.takenAt()));

        assertThat(result(filled, Item.FRESH_PROFILE)).isEqualTo(Result.OK);
        assertThat(filled.cleanliness()).hasSameSizeAs(record.cleanliness());
    }

    @Test
    void aTargetNoNameServerKnowsIsNotOk() {
        EnvironmentRecord record =
                new EnvironmentSurvey(settings(), Clock.systemUTC()).survey("no-such-name.invalid", 443, POLICY);

        assertThat(result(record, Item.DNS)).isNotEqualTo(Result.OK);
    }

    @Test
    void aHangingProgramCostsItsTimeoutOnly() throws Exception {
        Path script = folder.resolve("hangs");
        Path pid = folder.resolve("pid");
        Files.writeString(script, "#!/bin/sh\nsleep 600 &\necho $! > " + pid + "\nwait\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> Command.run(Duration.ofSeconds(3), 100, List.of(script.toString())))
                .hasMessage("timeout");
        // nothing of it is left
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        long grandchild = Long.parseLong(Files.readString(pid).strip());
        while (ProcessHandle.of(grandchild).map(ProcessHandle::isAlive).orElse(false)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    @Test
    void aTalkativeProgramIsCutNotCollected() throws Exception {
        Command.Output output =
                Command.run(Duration.ofSeconds(30), 1000, List.of("head", "-c", "50000000", "/dev/zero"));

        assertThat(output.text()).hasSize(1000);
        assertThat(output.exitCode()).isZero();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> Command.run(Duration.ofSeconds(1), 10, List.of("/no/such/program")))
                .hasMessage("not-installed");
    }

    @Test
    void programsAreLookedAtAgainOnlyWhenTheyChange() throws Exception {
        Path counter = folder.resolve("count");
        Path script = folder.resolve("tool");
        Files.writeString(script, "#!/bin/sh\necho x >> " + counter + "\necho tool 1.0\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        ProgramInspector inspector = new ProgramInspector();

        Program first = inspector.inspect(Program.Query.of("tool", script));
        Program second = inspector.inspect(Program.Query.of("tool", script));
        assertThat(second).isEqualTo(first);
        assertThat(first.version()).isEqualTo("tool 1.0");
        assertThat(Files.readAllLines(counter)).hasSize(1);

        Files.writeString(script, "#!/bin/sh\necho x >> " + counter + "\necho tool 1.0.1\n");
        assertThat(inspector.inspect(Program.Query.of("tool", script)).version())
                .isEqualTo("tool 1.0.1");
    }

    @Test
    void theEgressAddressIsAskedOnlyWhereTheOperatorSays() throws Exception {
        HttpServer service =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        service.createContext("/ip", exchange -> {
            byte[] body = "198.51.100.7\n".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        service.createContext("/page", exchange -> {
            byte[] body = "<html>evil.test</html>".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        service.start();
        try {
            URI base = URI.create("http://127.0.0.1:" + service.getAddress().getPort());
            assertThat(NetworkSurvey.egressIp(base.resolve("/ip"), Duration.ofSeconds(10)))
                    .isEqualTo("198.51.100.7");
            EnvironmentRecord record = new EnvironmentSurvey(
                            settings().withEgressService(base.resolve("/page?key=secret")), Clock.systemUTC())
                    .survey(null, 0, POLICY);
            assertThat(record.network().egressIp()).isNull();
            assertThat(record.network().egressIpReason()).isEqualTo("the answer is no address");
            assertThat(record.network().egressService())
                    .isEqualTo(base.resolve("/page").toString());
            assertThat(record.unavailable()).extracting(Unavailable::item).contains("egress-ip");
        } finally {
            service.stop(0);
        }
    }

    @Test
    void gatewaysAreReadFromTheKernelsTables() throws Exception {
        Path net = Files.createDirectories(folder.resolve("net"));
        Files.writeString(
                net.resolve("route"),
                "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
                        + "eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                        + "eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\nnonsense\n");
        Files.writeString(
                net.resolve("ipv6_route"),
                "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
                        + " fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n"
                        + "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
                        + " 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n");

        assertThat(NetworkSurvey.gateways(folder)).containsExactly("192.168.2.1", "fe80::1");
        assertThat(NetworkSurvey.gateways(folder.resolve("nowhere"))).isEmpty();
    }

    @Test
    void proxiesAreFoundAndTheirPasswordsMasked() {
        Properties properties = new Properties();
        properties.setProperty("socksProxyHost", "10.0.0.9");

        assertThat(NetworkSurvey.proxies(
                        Map.of("HTTPS_PROXY", "http://user:secret@proxy.test:3128", "no_proxy", "x", "PATH", "/bin"),
                        properties))
                .containsExactly("HTTPS_PROXY=http://***@proxy.test:3128", "socksProxyHost=10.0.0.9");
        assertThat(NetworkSurvey.proxies(Map.of("http_proxy", " "), new Properties()))
                .isEmpty();
    }

    @Test
    void onlyHostsEntriesThatCouldMisleadAreUnusual() throws Exception {
        HostsFile hosts = HostsFile.parse(
                "127.0.0.1 localhost vm localhost.localdomain\n::1 localhost ip6-localhost\n"
                        + "fe00::0 ip6-localnet\nff02::1 ip6-allnodes\n172.17.0.2 3f2c\n127.0.0.1 shop.test\n10.1.1.1 pay.shop.test www\n");
        InetAddress own = InetAddress.getByAddress(new byte[] {(byte) 172, 17, 0, 2});

        assertThat(NetworkSurvey.unusual(hosts, Set.of(own)))
                .containsExactly("127.0.0.1 shop.test", "10.1.1.1 pay.shop.test", "10.1.1.1 www");
    }

    @Test
    void remoteControlAndProxiesAreFlaggedByTheKernelsShortNames() {
        ProcessList list = ProcessList.of(List.of(
                new ProcessList.Entry(1, "systemd", "root"),
                new ProcessList.Entry(7, "gnome-remote-de", "a"),
                new ProcessList.Entry(8, "mitmproxy", null),
                new ProcessList.Entry(9, "AnyDesk", "a")));

        assertThat(list.suspicious())
                .extracting(ProcessList.Suspicious::kind)
                .containsExactly("remote-control", "traffic-proxy", "remote-control");
        assertThat(list.total()).isEqualTo(4);
    }

    @Test
    void everyPrerequisiteHasItsTextInBothLanguages() {
        List<Prerequisite> list =
                Prerequisites.of(new EnvironmentSurvey(settings(), Clock.systemUTC()).survey(null, 0, POLICY));

        assertThat(list)
                .extracting(Prerequisite::name)
                .containsExactly("java", "chromium", "chromedriver", "ffmpeg", "cjk-fonts", "sandbox", "disk");
        assertThat(list.get(0).ok()).isTrue();
        assertThat(list.get(1).ok()).isFalse();
        assertThat(list.get(2).ok()).isFalse();
        for (Locale locale : List.of(Locale.SIMPLIFIED_CHINESE, Locale.ENGLISH)) {
            ResourceBundle texts = ResourceBundle.getBundle(
                    "org.tiezheng.capture.environment.prerequisites",
                    locale,
                    ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
            assertThat(list)
                    .allSatisfy(
                            each -> assertThat(texts.getString(each.fixKey())).isNotBlank());
        }
    }
}
