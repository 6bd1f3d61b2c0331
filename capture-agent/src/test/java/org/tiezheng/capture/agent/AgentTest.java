package org.tiezheng.capture.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.capture.agent.ProtocolServer.Fault;
import org.tiezheng.capture.agent.ProtocolServer.ServerJob;
import org.tiezheng.evidence.Digest;

/** The worker against a server that breaks in every way the network knows. */
class AgentTest {
    private static final int SMALL = 100_000;

    @TempDir
    Path data;

    private ProtocolServer server;
    private final FakeCaptures captures = new FakeCaptures(SMALL);
    private final List<AgentEvent> events = new CopyOnWriteArrayList<>();
    private @Nullable Agent agent;
    private String token = ProtocolServer.TOKEN;

    @BeforeEach
    void start() throws IOException {
        server = ProtocolServer.started();
    }

    @AfterEach
    void stop() throws IOException {
        if (agent != null) {
            agent.close();
        }
        server.close();
    }

    private Agent agent(Captures made, Duration shutdown) throws IOException {
        Agent created = Agent.open(
                new AgentSettings(URI.create(server.url()), () -> token, "agent-1", 2, shutdown, null),
                made,
                data,
                "test",
                new LeasedJob.Rhythm(
                        Duration.ofMillis(60),
                        Duration.ofMillis(30),
                        Duration.ofMillis(10),
                        Duration.ofMillis(200),
                        Duration.ofMillis(10),
                        Duration.ofMillis(50)),
                events::add,
                Clock.systemUTC());
        agent = created;
        return created;
    }

    private void startAgent() throws IOException {
        agent(captures, Duration.ofSeconds(5)).start();
    }

    private ServerJob job(long id, String how) {
        return server.add(id, "https://shop.example/" + how);
    }

    private Set<AgentEvent.Kind> kinds() {
        Set<AgentEvent.Kind> kinds = ConcurrentHashMap.newKeySet();
        events.forEach(event -> kinds.add(event.kind()));
        return kinds;
    }

    private List<String> outbox() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("outbox"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lock"))
                    .sorted()
                    .toList();
        }
    }

    private long packages() {
        try {
            return outbox().stream().filter(name -> name.endsWith(".asice")).count();
        } catch (IOException e) {
            return -1;
        }
    }

    private void awaitEmptyOutbox() throws InterruptedException {
        server.await("empty outbox", () -> {
            try {
                return outbox().isEmpty();
            } catch (IOException e) {
                return false;
            }
        });
    }

    // ---- the ordinary way ----

    @Test
    void jobIsCapturedUploadedAndArchived() throws Exception {
        startAgent();
        ServerJob job = job(1, "ok");
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        JobRequest asked = captures.begun.get(0);
        assertThat(asked.url()).isEqualTo("https://shop.example/ok");
        assertThat(asked.video()).isZero();
        assertThat(asked.timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(asked.allowHosts()).containsExactly("localhost");
        assertThat(asked.officers()).containsExactly("甲 001");
        assertThat(asked.caseNo()).isEqualTo("X-1");
        assertThat(asked.purpose()).isEqualTo("测试");
        assertThat(kinds())
                .contains(
                        AgentEvent.Kind.CONNECTED,
                        AgentEvent.Kind.LEASED,
                        AgentEvent.Kind.SEALED,
                        AgentEvent.Kind.ARCHIVED);
        assertThat(server.problems()).isEmpty();
    }

    @Test
    void heartbeatsTellTheStepAndPicturesBecomeSmall() throws Exception {
        startAgent();
        ServerJob job = job(1, "hang");
        server.await("heartbeats and a thumbnail", () -> job.heartbeats > 3 && job.thumbnails > 0);
        assertThat(job.steps).contains("navigate");
        server.cancel(job);
        server.awaitState(job, "CANCELLED");
        assertThat(server.problems()).isEmpty();
    }

    @Test
    void twentyJobsInTwoSlotsAreEachCapturedOnce() throws Exception {
        startAgent();
        List<ServerJob> jobs = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            jobs.add(job(i, "ok"));
        }
        for (ServerJob job : jobs) {
            server.awaitState(job, "DONE");
            assertThat(job.epoch).isEqualTo(1);
        }
        assertThat(captures.begun).hasSize(20);
        assertThat(server.uploads("ARCHIVED")).hasSize(20);
    }

    // ---- broken networks ----

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = "HALF", mode = EnumSource.Mode.EXCLUDE)
    void everyRequestMayFailOnceOfEveryKindAndTheJobIsArchivedOnce(Fault fault) throws Exception {
        Set<String> failed = ConcurrentHashMap.newKeySet();
        server.faults(what -> failed.add(what) ? fault : null);
        startAgent();
        ServerJob job = job(1, "ok");
        // A lease whose answer was lost runs out on a real server; here somebody says so.
        server.await("lease tried twice", () -> failed.contains("POST lease"));
        if (fault == Fault.ANSWER_LOST) {
            server.await("leased to nobody", () -> job.state.equals("LEASED"));
            job.state = "READY";
        }
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(server.uploads("ARCHIVED")).hasSize(1);
        assertThat(failed)
                .contains(
                        "POST lease",
                        "POST heartbeat",
                        "POST uploads",
                        "HEAD upload",
                        "PATCH upload",
                        "POST complete",
                        "GET upload");
        assertThat(server.problems()).isEmpty();
    }

    @Test
    void uploadGoesOnWhereTheServerIs() throws Exception {
        FakeCaptures large = new FakeCaptures(19_500_000);
        AtomicInteger patches = new AtomicInteger();
        server.faults(what -> what.equals("PATCH upload") && patches.incrementAndGet() == 2 ? Fault.HALF : null);
        agent(large, Duration.ofSeconds(5)).start();
        ServerJob job = job(1, "ok");
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        // 8 MiB, half of 8 MiB, then smaller pieces: nothing was sent from the beginning again.
        assertThat(server.uploads("ARCHIVED").get(0).bytes.size()).isEqualTo(19_500_000);
        assertThat(patches.get()).isBetween(4, 20);
        assertThat(server.problems()).isEmpty();
    }

    @Test
    void serverThatIsAwayForAWhileGetsWhatWasCapturedMeanwhile() throws Exception {
        server.faults(what -> what.contains("upload") ? Fault.DROPPED : null);
        startAgent();
        ServerJob job = job(1, "ok");
        server.await("sealed", () -> kinds().contains(AgentEvent.Kind.SEALED));
        server.stop();
        server.faults(what -> null);
        server.await("noticed", () -> kinds().contains(AgentEvent.Kind.UNREACHABLE));
        assertThat(outbox()).hasSize(2);
        server.start();
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
    }

    @Test
    void serverThatForgetsAnUploadGetsItFromTheBeginning() throws Exception {
        AtomicInteger patches = new AtomicInteger();
        server.faults(what -> {
            if (what.equals("PATCH upload") && patches.getAndIncrement() == 0) {
                server.forgetUploads();
            }
            return null;
        });
        startAgent();
        ServerJob job = job(1, "ok");
        server.awaitState(job, "DONE");
        assertThat(patches.get()).isGreaterThan(1);
    }

    // ---- leases that are lost, jobs that are cancelled ----

    @Test
    void captureOfAJobSomebodyElseHasIsStopped() throws Exception {
        startAgent();
        ServerJob job = job(1, "hang");
        server.await("heartbeat", () -> job.heartbeats > 0);
        server.takeAway(job);
        server.await("stopped", () -> kinds().contains(AgentEvent.Kind.LOST));
        awaitEmptyOutbox();
        assertThat(server.uploads("ARCHIVED")).isEmpty();
        assertThat(job.state).isEqualTo("LEASED");
    }

    @Test
    void packageThatWasAsGoodAsSealedGoesToTheServerAsAnOrphan() throws Exception {
        startAgent();
        ServerJob job = job(1, "hang-late");
        server.await("heartbeat", () -> job.heartbeats > 0);
        server.takeAway(job);
        server.await("orphan", () -> server.uploads("ORPHANED").size() == 1);
        awaitEmptyOutbox();
        assertThat(kinds()).contains(AgentEvent.Kind.ORPHANED);
        assertThat(job.state).isEqualTo("LEASED");
    }

    @Test
    void cancelledJobStopsAndTheServerHearsIt() throws Exception {
        startAgent();
        ServerJob job = job(1, "hang");
        server.await("heartbeat", () -> job.heartbeats > 0);
        server.cancel(job);
        server.awaitState(job, "CANCELLED");
        awaitEmptyOutbox();
    }

    @Test
    void cancelledJobThatWaitsForItsSealIsDiscarded() throws Exception {
        captures.sealsThatFail = Integer.MAX_VALUE;
        startAgent();
        ServerJob job = job(1, "tsa-down");
        server.await("waits", () -> kinds().contains(AgentEvent.Kind.SEAL_WAITS));
        server.cancel(job);
        server.awaitState(job, "CANCELLED");
        awaitEmptyOutbox();
        assertThat(captures.discarded).hasSize(1);
    }

    // ---- captures that do not end in a package ----

    @ParameterizedTest
    @ValueSource(strings = {"fail", "refused"})
    void failureIsReportedWithItsCode(String how) throws Exception {
        Set<String> failed = ConcurrentHashMap.newKeySet();
        server.faults(what -> what.equals("POST fail") && failed.add(what) ? Fault.ANSWER_LOST : null);
        startAgent();
        ServerJob job = job(1, how);
        server.awaitState(job, how.equals("fail") ? "RETRY" : "FAILED");
        assertThat(job.code).isEqualTo(how.equals("fail") ? "CAPTURE_FAILED" : "ADDRESS_REFUSED");
        awaitEmptyOutbox();
    }

    @Test
    void authorityThatIsDownKeepsTheJobWaitingInSightOfTheServer() throws Exception {
        captures.sealsThatFail = 5;
        startAgent();
        ServerJob job = job(1, "tsa-down");
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(captures.sealTries.get()).isGreaterThan(5);
        assertThat(job.steps).contains("seal");
        assertThat(kinds()).contains(AgentEvent.Kind.SEAL_WAITS, AgentEvent.Kind.ARCHIVED);
    }

    @Test
    void withoutRoomNoJobIsTaken() throws Exception {
        captures.lacking = "1 MiB free";
        startAgent();
        ServerJob job = job(1, "ok");
        server.await("said", () -> kinds().contains(AgentEvent.Kind.NO_ROOM));
        assertThat(job.state).isEqualTo("READY");
    }

    // ---- restarts ----

    private Outbox.Ticket ticket(ServerJob job, UUID id, String ofServer) {
        job.state = "LEASED";
        job.epoch = 1;
        Lease lease = new Lease(
                job.id,
                job.epoch,
                Duration.ofSeconds(60),
                new JobRequest(
                        job.url, "desktop", "zh-CN", Duration.ZERO, null, List.of(), List.of(), null, null, List.of()));
        return Outbox.Ticket.of(id, ofServer, lease, Instant.EPOCH);
    }

    private void leave(Outbox.Ticket ticket, boolean sealed) throws IOException {
        try (Outbox outbox = Outbox.open(data.resolve("outbox")).orElseThrow()) {
            if (sealed) {
                captures.seal(ticket.captureId(), outbox.folder());
            }
            outbox.write(ticket);
        }
    }

    @Test
    void captureThatWaitedForItsSealWhenTheAgentDiedIsSealedAndSent() throws Exception {
        ServerJob job = job(1, "ok");
        leave(ticket(job, UUID.randomUUID(), server.url()), false);
        startAgent();
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(kinds()).contains(AgentEvent.Kind.RESUMED);
        assertThat(captures.begun).isEmpty();
    }

    @Test
    void packageSealedJustBeforeTheAgentDiedIsSent() throws Exception {
        ServerJob job = job(1, "ok");
        leave(ticket(job, UUID.randomUUID(), server.url()), true);
        startAgent();
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(server.uploads("ARCHIVED")).hasSize(1);
    }

    @Test
    void uploadTheAgentDiedInGoesOn() throws Exception {
        ServerJob job = job(1, "ok");
        UUID id = UUID.randomUUID();
        Outbox.Ticket ticket = ticket(job, id, server.url());
        Digest sha256;
        try (Outbox outbox = Outbox.open(data.resolve("outbox")).orElseThrow()) {
            sha256 = captures.seal(id, outbox.folder()).sha256();
            outbox.write(ticket.delivering(SMALL, sha256));
        }
        ArchiveClient dead = new ArchiveClient(
                new AgentSettings(URI.create(server.url()), () -> token, "agent-1", 1, Duration.ZERO, null), "test");
        String upload = String.valueOf(
                dead.beginUpload(1, 1, id + ".asice", SMALL, sha256).uploadId());
        byte[] first = new byte[60_000];
        try (var in = Files.newInputStream(data.resolve("outbox").resolve(id + ".asice"))) {
            assertThat(in.readNBytes(first, 0, first.length)).isEqualTo(first.length);
        }
        assertThat(dead.send(upload, 0, first)).isEqualTo(60_000);
        startAgent();
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(server.uploads("ARCHIVED")).hasSize(1);
    }

    @Test
    void answerTheAgentDiedBeforeGivingIsGiven() throws Exception {
        ServerJob failed = job(1, "ok");
        ServerJob cancelled = job(2, "ok");
        leave(
                ticket(failed, UUID.randomUUID(), server.url())
                        .reporting(new Captures.Failed("CAPTURE_FAILED", "x", false)),
                false);
        leave(ticket(cancelled, UUID.randomUUID(), server.url()).cancelling(), false);
        server.cancel(cancelled);
        startAgent();
        server.awaitState(failed, "FAILED");
        server.awaitState(cancelled, "CANCELLED");
        awaitEmptyOutbox();
    }

    @Test
    void whatWasDeliveredIsOnlyClearedAway() throws Exception {
        ServerJob job = job(1, "ok");
        leave(ticket(job, UUID.randomUUID(), server.url()).delivered(), true);
        startAgent();
        awaitEmptyOutbox();
        assertThat(server.uploads("RECEIVING")).isEmpty();
    }

    @Test
    void packageThatIsGoneIsReportedAndNotForgotten() throws Exception {
        ServerJob job = job(1, "ok");
        Outbox.Ticket ticket = ticket(job, UUID.randomUUID(), server.url());
        leave(ticket.delivering(5, Digest.of(Digest.Algorithm.SHA256, new byte[5])), false);
        startAgent();
        server.awaitState(job, "RETRY");
        assertThat(job.code).isEqualTo("PACKAGE_MISSING");
        awaitEmptyOutbox();
    }

    @Test
    void ticketsOfOtherServersAndBrokenOnesAreLeftAlone() throws Exception {
        ServerJob job = job(1, "ok");
        leave(ticket(job, UUID.randomUUID(), "https://elsewhere.example"), true);
        Path broken = data.resolve("outbox").resolve(UUID.randomUUID() + ".json");
        Files.writeString(broken, "{\"captureId\":");
        Path other = data.resolve("outbox").resolve(UUID.randomUUID() + ".json");
        Files.writeString(other, "{}");
        startAgent();
        ServerJob next = job(2, "ok");
        server.awaitState(next, "DONE");
        assertThat(kinds()).contains(AgentEvent.Kind.FOREIGN);
        assertThat(broken).exists();
        assertThat(other).exists();
        assertThat(job.state).isEqualTo("LEASED");
        server.await("the other package cleared away, this one kept", () -> packages() == 1);
    }

    // ---- being stopped ----

    @Test
    void stoppedAgentHandsBackWhatWillNotEnd() throws Exception {
        Agent stopped = agent(captures, Duration.ofMillis(100));
        stopped.start();
        ServerJob job = job(1, "hang");
        server.await("heartbeat", () -> job.heartbeats > 0);
        stopped.close();
        assertThat(job.state).isEqualTo("RETRY");
        assertThat(job.code).isEqualTo("AGENT_SHUTDOWN");
        assertThat(outbox()).isEmpty();
        job(2, "ok");
        assertThat(kinds()).contains(AgentEvent.Kind.HANDED_BACK);
        assertThat(captures.begun).hasSize(1);
    }

    @Test
    void stoppedAgentKeepsWhatTheServerCannotTakeNow() throws Exception {
        server.faults(what -> what.contains("upload") ? Fault.ERROR_500 : null);
        Agent stopped = agent(captures, Duration.ofSeconds(2));
        stopped.start();
        ServerJob job = job(1, "ok");
        server.await("sealed", () -> kinds().contains(AgentEvent.Kind.SEALED));
        stopped.close();
        assertThat(outbox()).hasSize(2);
        server.faults(what -> null);
        startAgent();
        server.awaitState(job, "DONE");
        awaitEmptyOutbox();
        assertThat(captures.begun).hasSize(1);
    }

    @Test
    void oneFolderHasOneAgent() throws Exception {
        startAgent();
        assertThatThrownBy(() -> agent(captures, Duration.ZERO)).isInstanceOf(Agent.FolderInUseException.class);
    }

    // ---- who we talk to ----

    @Test
    void wrongTokenIsSaidWithoutTheTokenAndANewOneIsUsedAtOnce() throws Exception {
        token = "tz-wrong-secret";
        startAgent();
        ServerJob job = job(1, "ok");
        server.await("refused", () -> kinds().contains(AgentEvent.Kind.REFUSED));
        assertThat(events.toString()).doesNotContain("wrong-secret");
        token = ProtocolServer.TOKEN;
        server.awaitState(job, "DONE");
    }

    @Test
    void tokenWithALineBreakIsNeitherSentNorPrinted() throws Exception {
        token = "tz-\nsecret";
        startAgent();
        server.await("said", () -> kinds().contains(AgentEvent.Kind.UNREACHABLE));
        assertThat(events.toString()).doesNotContain("secret").contains("characters a token cannot have");
    }

    @Test
    void plainHttpIsForThisMachineOnly() {
        assertThat(AgentSettings.server("https://archive.example/", false).toString())
                .isEqualTo("https://archive.example");
        for (String own : List.of("http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1")) {
            assertThat(AgentSettings.server(own, false).toString()).isEqualTo(own);
        }
        for (String other : List.of("http://archive.example", "http://10.0.0.1", "http://127.0.0.1.example")) {
            assertThatThrownBy(() -> AgentSettings.server(other, false)).hasMessage("plain-http");
            assertThat(AgentSettings.server(other, true).toString()).isEqualTo(other);
        }
        for (String bad : List.of("ftp://x", "archive.example", "https://a@b", "https://a?b", "https://a#b", "")) {
            assertThatThrownBy(() -> AgentSettings.server(bad, true)).hasMessage("syntax");
        }
    }
}
