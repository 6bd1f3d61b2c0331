package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.agent.Agent;
import org.tiezheng.capture.agent.AgentEvent;
import org.tiezheng.capture.agent.AgentSettings;
import org.tiezheng.capture.agent.ProtocolServer;
import org.tiezheng.capture.agent.ProtocolServer.ServerJob;
import org.tiezheng.capture.browser.FolderTree;
import org.tiezheng.capture.environment.LoopbackNtp;
import org.tiezheng.demo.DemoShop;
import org.tiezheng.demo.Origin;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.PageSet;

/** The worker with real Chromium, against a server that speaks the protocol. */
class StationTest {
    private static Origin origin;
    private static LoopbackNtp timeServer;
    private static ProtocolServer server;
    /** Chromium's sockets live below it, and the path of a Unix socket has at most 107 bytes. */
    private static Path tempRoot;

    @TempDir
    Path folder;

    private final List<AgentEvent> events = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        tempRoot = Files.createDirectory(Path.of(
                "/tmp", "s" + Integer.toString(new SecureRandom().nextInt(36 * 36 * 36 * 36), 36)));
        Files.setPosixFilePermissions(tempRoot, PosixFilePermissions.fromString("rwxr-xr-x"));
        origin = Origin.start(new DemoShop().or(new PageSet()));
        timeServer = new LoopbackNtp(Clock.systemUTC(), Duration.ZERO);
        server = ProtocolServer.started();
        server.trustSpki(origin.spkiPins());
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        origin.close();
        timeServer.close();
        FolderTree.delete(tempRoot);
    }

    private static String page(String path) {
        return origin.url(Listener.HTTPS_H2).replaceAll("/$", "") + path;
    }

    private Agent agent() throws IOException {
        Path data = folder.resolve("data");
        Station station = Station.open(
                data,
                new Station.Options(List.of(), List.of(), true, List.of(timeServer.address()), null),
                tempRoot,
                Clock.systemUTC());
        return Agent.open(
                new AgentSettings(
                        URI.create(server.url()),
                        () -> ProtocolServer.TOKEN,
                        "station",
                        1,
                        Duration.ofSeconds(1),
                        null),
                station,
                data,
                "test",
                events::add,
                Clock.systemUTC());
    }

    @Test
    void shopIsCapturedShownAndDelivered() throws Exception {
        try (Agent agent = agent()) {
            agent.start();
            ServerJob job = server.add(1, page("/"));
            server.await("archived; " + events, Duration.ofMinutes(2), () -> job.state.equals("DONE"));
            assertThat(job.thumbnails).isPositive();
            assertThat(job.heartbeats).isGreaterThan(1);
            assertThat(server.problems()).isEmpty();
            byte[] sent = server.uploads("ARCHIVED").get(0).bytes.toByteArray();
            assertThat(names(sent))
                    .contains(
                            "mimetype", "wacz/capture.wacz", "META-INF/timestamp002.tst", "META-INF/signature001.p7s");
        }
        assertThat(folder.resolve("data/work")).isEmptyDirectory();
    }

    @Test
    void captureUnderWayIsCancelledAndNothingRunsOn() throws Exception {
        try (Agent agent = agent()) {
            agent.start();
            ServerJob job = server.add(2, page("/p/drip"));
            server.await("loading; " + events, Duration.ofMinutes(1), () -> job.steps.contains("load"));
            server.cancel(job);
            server.await("cancelled; " + events, Duration.ofMinutes(2), () -> job.state.equals("CANCELLED"));
            server.await("cleared away", Duration.ofSeconds(10), () -> agent.openJobs() == 0);
        }
        assertThat(folder.resolve("data/work")).isEmptyDirectory();
        try (var left = Files.list(tempRoot)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void addressesThatMayNotBeCapturedAreRefusedForGood() throws Exception {
        try (Agent agent = agent()) {
            agent.start();
            ServerJob internal = server.add(3, "http://169.254.169.254/latest/meta-data/");
            server.await("refused; " + events, Duration.ofMinutes(1), () -> internal.state.equals("FAILED"));
            assertThat(internal.code).isEqualTo("ADDRESS_REFUSED");
            ServerJob file = server.add(4, "file:///etc/passwd");
            server.await("refused; " + events, Duration.ofMinutes(1), () -> file.state.equals("FAILED"));
            assertThat(file.code).isEqualTo("ADDRESS_REFUSED");
        }
    }

    private static List<String> names(byte[] zip) throws IOException {
        List<String> names = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
            }
        }
        return names;
    }
}
