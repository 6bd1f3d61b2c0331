package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API of agents and of programs, over HTTP. */
class JobsHttpTest extends ServerTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private Jobs jobs;

    @Autowired
    private TransactionTemplate transactions;

    private final String host = "h" + UUID.randomUUID() + ".example";
    private final String agentName = "agent-" + UUID.randomUUID();
    private TestUsers.User second;
    private String officer;
    private String agent;

    @BeforeEach
    void people() {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        officer = TestUsers.token(tokens, first, Scope.CAPTURES_READ, Scope.CAPTURES_WRITE);
        agent = TestUsers.token(tokens, TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR), Scope.AGENT);
    }

    @Test
    void jobGoesFromSubmitToArchive() throws Exception {
        JsonNode made = submit("/item");
        long id = made.path("id").asLong();
        JsonNode lease = leaseOf(id);
        assertThat(lease.path("request").path("urls").get(0).asString()).isEqualTo("https://" + host + "/item");
        assertThat(lease.path("request").path("profile").asString()).isEqualTo("phone");
        assertThat(lease.path("request").path("video").asBoolean()).isFalse();
        assertThat(lease.path("officers").size()).isEqualTo(2);
        assertThat(lease.path("context").path("clueNo").asString()).isEqualTo("线索-1");
        long epoch = lease.path("epoch").asLong();

        HttpResponse<String> beat = agent(
                "/jobs/" + id + "/heartbeat",
                "{\"epoch\":" + epoch + ",\"step\":\"load\",\"stepsDone\":[{\"name\":\"browser\",\"millis\":900,"
                        + "\"outcome\":\"ok\"}],\"bytes\":12345,\"elapsedMillis\":2000}");
        assertThat(beat.statusCode()).as(beat.body()).isEqualTo(200);
        assertThat(JSON.readTree(beat.body()).path("cancel").asBoolean()).isFalse();
        byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 1};
        assertThat(picture(id, epoch, jpeg).statusCode()).isEqualTo(204);
        assertThat(picture(id, epoch, "<svg/>".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(415);
        assertThat(picture(id, epoch, new byte[200_001]).statusCode()).isEqualTo(413);
        assertThat(picture(id, epoch + 1, jpeg).statusCode()).isEqualTo(409);

        JsonNode shown = JSON.readTree(officer("/api/v1/jobs/" + id).body());
        assertThat(shown.path("job").path("state").asString()).isEqualTo("LEASED");
        assertThat(shown.path("live").path("step").asString()).isEqualTo("load");
        assertThat(shown.path("live").path("bytes").asLong()).isEqualTo(12345);
        assertThat(shown.path("live").path("steps").get(0).path("name").asString())
                .isEqualTo("browser");

        UUID evidence = UUID.randomUUID();
        Boolean archived = transactions.execute(status -> jobs.archived(id, epoch, evidence));
        assertThat(archived).isTrue();
        HttpResponse<String> late =
                agent("/jobs/" + id + "/fail", "{\"epoch\":" + epoch + ",\"code\":\"X\",\"retryable\":true}");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(late.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode done = JSON.readTree(officer("/api/v1/jobs/" + id).body()).path("job");
        assertThat(done.path("evidenceId").asString()).isEqualTo(evidence.toString());
    }

    @Test
    void waitingAgentGetsAJobAsSoonAsItIsSubmitted() throws Exception {
        // Whatever other tests left waiting goes first.
        while (agent("/lease", leaseBody(0)).statusCode() == 200) {
            Thread.onSpinWait();
        }
        CompletableFuture<HttpResponse<String>> waiting = waitForAJob();
        long id = submit("/later").path("id").asLong();
        long leased = jobOf(waiting);
        for (int i = 0; i < 20 && leased != id; i++) {
            // A retry that another test left behind has just become due.
            leased = jobOf(waitForAJob());
        }
        assertThat(leased).isEqualTo(id);
    }

    private CompletableFuture<HttpResponse<String>> waitForAJob() {
        return client().sendAsync(
                        request("/api/agent/lease", agent)
                                .POST(BodyPublishers.ofString(leaseBody(20)))
                                .timeout(Duration.ofSeconds(40))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static long jobOf(CompletableFuture<HttpResponse<String>> waiting) throws Exception {
        HttpResponse<String> answer = waiting.get(40, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(200);
        return JSON.readTree(answer.body()).path("jobId").asLong();
    }

    @Test
    void agentsAndOfficersCannotDoEachOthersWork() throws Exception {
        assertThat(send(request("/api/agent/lease", officer).POST(BodyPublishers.ofString(leaseBody(0))))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/api/v1/jobs", agent).GET()).statusCode()).isEqualTo(403);
        assertThat(send(HttpRequest.newBuilder(uri("/api/agent/lease")).POST(BodyPublishers.ofString(leaseBody(0))))
                        .statusCode())
                .isIn(401, 403);
    }

    @Test
    void hostileBodiesAreRefusedInWords() throws Exception {
        for (String body : new String[] {
            "",
            "null",
            "[]",
            "{",
            "{\"agent\":\"x\"}",
            "{\"agent\":\"../x\",\"version\":\"1\",\"slots\":1,\"waitSeconds\":0}",
            "{\"agent\":\"x\",\"version\":\"1\",\"slots\":-1,\"waitSeconds\":0}",
            "{\"agent\":\"x\",\"version\":\"1\",\"slots\":1,\"waitSeconds\":0,\"other\":1}"
        }) {
            HttpResponse<String> answer = agent("/lease", body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(JSON.readTree(answer.body()).path("title").asString()).isNotBlank();
        }
        HttpResponse<String> large = agent("/lease", "{\"agent\":\"" + "x".repeat(70_000) + "\"}");
        assertThat(large.statusCode()).isEqualTo(413);
    }

    @Test
    void repeatedSubmitIsOneJobAndAnotherBodyAConflict() throws Exception {
        String key = UUID.randomUUID().toString();
        JsonNode one = JSON.readTree(submit("/a", key).body());
        JsonNode two = JSON.readTree(submit("/a", key).body());
        assertThat(two.path("id").asLong()).isEqualTo(one.path("id").asLong());
        HttpResponse<String> other = submit("/b", key);
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(JSON.readTree(other.body()).path("title").asString()).isNotBlank();
    }

    @Test
    void listIsPagedAndAnUnchangedJobIsNotSentAgain() throws Exception {
        for (int i = 0; i < 5; i++) {
            submit("/page/" + i);
        }
        JsonNode first = JSON.readTree(officer("/api/v1/jobs?mine=true&limit=3").body());
        assertThat(first.path("rows").size()).isEqualTo(3);
        JsonNode rest = JSON.readTree(officer("/api/v1/jobs?mine=true&limit=3&cursor="
                        + first.path("next").asString())
                .body());
        assertThat(rest.path("rows").size()).isEqualTo(2);
        assertThat(rest.path("next").isNull()).isTrue();
        assertThat(officer("/api/v1/jobs?cursor=nonsense").statusCode()).isEqualTo(400);
        assertThat(officer("/api/v1/jobs?state=WHATEVER").statusCode()).isEqualTo(400);

        String path = "/api/v1/jobs/" + first.path("rows").get(0).path("id").asLong();
        String tag = officer(path).headers().firstValue("ETag").orElseThrow();
        assertThat(send(request(path, officer).header("If-None-Match", tag).GET())
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    void badListIsNamedLineByLine() throws Exception {
        String list = "https://" + host + "/1\nnonsense\n";
        HttpResponse<String> refused = send(request("/api/v1/batches?name=x&secondOfficer=" + second.id(), officer)
                .header("Content-Type", "text/csv")
                .POST(BodyPublishers.ofString(list)));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        assertThat(JSON.readTree(refused.body())
                        .path("problems")
                        .get(0)
                        .path("line")
                        .asInt())
                .isEqualTo(2);
        HttpResponse<String> taken =
                send(request("/api/v1/batches?name=x&skipBad=true&secondOfficer=" + second.id(), officer)
                        .header("Content-Type", "text/csv")
                        .POST(BodyPublishers.ofString(list)));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(201);
        String batch = taken.headers().firstValue("Location").orElseThrow();
        assertThat(JSON.readTree(officer(batch).body())
                        .path("counts")
                        .path("READY")
                        .asInt())
                .isEqualTo(1);
        HttpResponse<String> cancelled =
                send(request(batch + "/cancel", officer).POST(BodyPublishers.noBody()));
        assertThat(JSON.readTree(cancelled.body()).path("jobs").asInt()).isEqualTo(1);
        assertThat(JSON.readTree(officer(batch).body())
                        .path("counts")
                        .path("CANCELLED")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void bodiesAreInTheDescriptionOfTheInterface() throws Exception {
        JsonNode paths = JSON.readTree(officer("/api/v1/openapi").body()).path("paths");
        for (String path : new String[] {"/api/v1/jobs", "/api/v1/batches", "/api/v1/schedules"}) {
            JsonNode content = paths.path(path).path("post").path("requestBody").path("content");
            assertThat(content.size()).as(path).isPositive();
        }
    }

    @Test
    void anothersJobCannotBeCancelled() throws Exception {
        long id = submit("/mine").path("id").asLong();
        String stranger = TestUsers.token(
                tokens,
                TestUsers.officer(accounts, officers, Role.INSPECTOR),
                Scope.CAPTURES_READ,
                Scope.CAPTURES_WRITE);
        assertThat(send(request("/api/v1/jobs/" + id + "/cancel", stranger).POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/api/v1/jobs/" + id + "/cancel", officer).POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(200);
    }

    private JsonNode submit(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = submit(path, UUID.randomUUID().toString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> submit(String path, String key) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(JSON.createObjectNode()
                .put("url", "https://" + host + path)
                .put("profile", "phone")
                .put("videoSeconds", 0)
                .put("clueNo", "线索-1")
                .put("priority", 1)
                .put("secondOfficer", second.id()));
        return send(
                request("/api/v1/jobs", officer).header("Idempotency-Key", key).POST(BodyPublishers.ofString(body)));
    }

    /** The lease of this job; jobs of other tests that come before it are left to their time-out. */
    private JsonNode leaseOf(long id) throws IOException, InterruptedException {
        for (int i = 0; i < 50; i++) {
            HttpResponse<String> answer = agent("/lease", leaseBody(2));
            assertThat(answer.statusCode()).isEqualTo(200);
            JsonNode lease = JSON.readTree(answer.body());
            if (lease.path("jobId").asLong() == id) {
                return lease;
            }
        }
        throw new AssertionError("job " + id + " was never leased");
    }

    private String leaseBody(int seconds) {
        return "{\"agent\":\"" + agentName + "\",\"version\":\"1\",\"slots\":500,\"waitSeconds\":" + seconds + "}";
    }

    private HttpResponse<String> agent(String path, String body) throws IOException, InterruptedException {
        return send(request("/api/agent" + path, agent).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> picture(long id, long epoch, byte[] bytes) throws IOException, InterruptedException {
        return send(request("/api/agent/jobs/" + id + "/thumbnail?epoch=" + epoch, agent)
                .header("Content-Type", "image/jpeg")
                .PUT(BodyPublishers.ofByteArray(bytes)));
    }

    private HttpResponse<String> officer(String path) throws IOException, InterruptedException {
        return send(request(path, officer).GET());
    }

    private HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token);
    }
}
