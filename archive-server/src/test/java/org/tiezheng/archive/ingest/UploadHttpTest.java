package org.tiezheng.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class UploadHttpTest extends ServerTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private ApiTokens tokens;

    @TempDir
    private Path folder;

    private HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    private String officerToken() {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        return TestUsers.token(tokens, officer, Scope.EVIDENCE_WRITE, Scope.EVIDENCE_READ);
    }

    private JsonNode awaitEnd(String path, String token) throws IOException, InterruptedException {
        Instant end = java.time.Clock.systemUTC().instant().plus(Duration.ofSeconds(60));
        while (true) {
            HttpResponse<String> answer = send(request(path, token).GET());
            JsonNode state = answer.statusCode() == 200
                    ? json(answer)
                    : JsonMapper.shared().createObjectNode();
            if (answer.statusCode() != 200
                    || UploadState.valueOf(state.path("state").asString()).isFinal()) {
                return state.isEmpty()
                        ? JsonMapper.shared().createObjectNode().put("http", answer.statusCode())
                        : state;
            }
            assertThat(java.time.Clock.systemUTC().instant()).as(answer.body()).isBefore(end);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    @Test
    void anAgentUploadsInPiecesAndALateResultIsAnOrphan() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        String token = TestUsers.token(tokens, user, Scope.AGENT);
        Path file = new TestPackages(folder, SEALED).make("茶", "http://shop.example/1", "文字");
        byte[] bytes = Files.readAllBytes(file);
        String body = "{\"jobId\":987654321,\"epoch\":1,\"fileName\":\"a.asice\",\"sizeBytes\":" + bytes.length
                + ",\"sha256\":\"" + TestPackages.sha256(file) + "\"}";
        HttpResponse<String> begun = send(request("/api/agent/uploads", token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
        String path = "/api/agent/uploads/" + json(begun).path("uploadId").asString();
        HttpResponse<String> first = send(request(path, token)
                .header("Upload-Offset", "0")
                .method("PATCH", BodyPublishers.ofByteArray(Arrays.copyOf(bytes, 5000))));
        assertThat(first.statusCode()).isEqualTo(204);
        assertThat(first.headers().firstValue("Upload-Offset")).contains("5000");
        HttpResponse<String> wrong = send(request(path, token)
                .header("Upload-Offset", "4000")
                .method("PATCH", BodyPublishers.ofByteArray(new byte[10])));
        assertThat(wrong.statusCode()).isEqualTo(409);
        assertThat(wrong.headers().firstValue("Upload-Offset")).contains("5000");
        HttpResponse<String> again = send(request("/api/agent/uploads", token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).path("offset").asInt()).isEqualTo(5000);
        HttpResponse<String> late = send(request("/api/agent/uploads", token)
                .header("Content-Type", "application/json")
                .header("Late-Result", "409")
                .POST(BodyPublishers.ofString(body)));
        assertThat(late.statusCode()).as("to an agent that understands it").isEqualTo(409);
        assertThat(json(late).path("uploadId")).isEqualTo(json(begun).path("uploadId"));
        assertThat(late.headers().firstValue("Upload-Offset")).contains("5000");
        HttpResponse<String> head = send(request(path, token).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.headers().firstValue("Upload-Offset")).contains("5000");
        HttpResponse<String> early = send(request(path + "/complete", token).POST(BodyPublishers.noBody()));
        assertThat(early.statusCode()).isEqualTo(409);
        assertThat(early.headers().firstValue("Content-Type").orElse("")).contains("problem+json");
        HttpResponse<String> rest = send(request(path, token)
                .header("Upload-Offset", "5000")
                .method("PATCH", BodyPublishers.ofByteArray(Arrays.copyOfRange(bytes, 5000, bytes.length))));
        assertThat(rest.statusCode()).isEqualTo(204);
        HttpResponse<String> complete = send(request(path + "/complete", token).POST(BodyPublishers.noBody()));
        assertThat(complete.statusCode()).isEqualTo(202);
        JsonNode end = awaitEnd(path, token);
        assertThat(end.path("state").asString()).isEqualTo("ORPHANED");
        assertThat(end.path("reasonCode").asString()).isEqualTo("STALE_LEASE");
    }

    @Test
    void aPersonSendsAPackageInOneRequestAndAgainIsToldTheEvidence() throws Exception {
        String token = officerToken();
        UUID id = UUID.randomUUID();
        Path file = new TestPackages(folder, SEALED).make(id, "茶", "http://shop.example/2", "文字", java.util.Map.of());
        String path = "/api/v1/packages?clueNo=XS-9&sha256=" + TestPackages.sha256(file);
        HttpResponse<String> sent = send(request(path, token).POST(BodyPublishers.ofFile(file)));
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
        String upload = sent.headers().firstValue("Location").orElseThrow();
        JsonNode end = awaitEnd(upload, token);
        assertThat(end.path("state").asString()).as(end.toString()).isEqualTo("ARCHIVED");
        assertThat(end.path("evidenceId").asString()).isEqualTo(id.toString());
        HttpResponse<String> again = send(request(path, token).POST(BodyPublishers.ofFile(file)));
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).path("evidenceId").asString()).isEqualTo(id.toString());
    }

    @Test
    void whatIsNotTheAnnouncedBytesIsGone() throws Exception {
        String token = officerToken();
        Path file = new TestPackages(folder, SEALED).make("茶", "http://shop.example/3", "文字");
        HttpResponse<String> sent =
                send(request("/api/v1/packages?sha256=" + "0".repeat(64), token).POST(BodyPublishers.ofFile(file)));
        assertThat(sent.statusCode()).isEqualTo(202);
        JsonNode end = awaitEnd(sent.headers().firstValue("Location").orElseThrow(), token);
        assertThat(end.path("http").asInt()).isEqualTo(410);
    }

    @Test
    void othersAreRefused() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        String token = TestUsers.token(tokens, auditor, Scope.EVIDENCE_WRITE, Scope.EVIDENCE_READ);
        HttpResponse<String> answer =
                send(request("/api/v1/packages?sha256=" + "0".repeat(64), token).POST(BodyPublishers.ofString("x")));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(get("/api/agent/uploads/" + UUID.randomUUID()).statusCode()).isEqualTo(401);
        String officer = officerToken();
        HttpResponse<String> notAgent =
                send(request("/api/agent/uploads/" + UUID.randomUUID(), officer).GET());
        assertThat(notAgent.statusCode()).isEqualTo(403);
        for (String body : new String[] {"", "{", "[]", "{\"fileName\":null,\"sizeBytes\":-1,\"sha256\":\"x\"}"}) {
            HttpResponse<String> bad = send(request("/api/v1/uploads", officer)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body)));
            assertThat(bad.statusCode()).as(body).isEqualTo(400);
        }
    }
}
