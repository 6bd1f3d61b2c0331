package org.tiezheng.capture.agent;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The agent's side of {@code /api/agent}; docs/agent.md describes it. One call is one request, without retry: what to do
 * after an {@link ArchiveException} is the caller's business. Any thread may call.
 *
 * <p>Redirects are not followed, so that the token goes to the configured server only. The token is in no message.
 */
final class ArchiveClient {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofSeconds(20);
    private static final Duration CHUNK = Duration.ofSeconds(120);
    private static final int LONGEST_MESSAGE = 300;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final AgentSettings settings;
    private final String version;
    private final HttpClient http;

    /** @param version of this program, for the server's list of agents */
    ArchiveClient(AgentSettings settings, String version) {
        this.settings = settings;
        this.version = version;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        if (settings.tls() != null) {
            builder.sslContext(settings.tls());
        }
        this.http = builder.build();
    }

    // ---- jobs ----

    /**
     * Asks for a job; the server may take {@code wait} to answer.
     *
     * @param slots jobs this agent can have at the same time, those it has included
     */
    Optional<Lease> lease(int slots, Duration wait) throws ArchiveException, InterruptedException {
        ObjectNode body = JSON.createObjectNode()
                .put("agent", settings.name())
                .put("version", version)
                .put("slots", slots)
                .put("waitSeconds", wait.toSeconds());
        HttpResponse<byte[]> answer = exchange(post("/lease", body), wait.plus(SHORT));
        if (answer.statusCode() == 204) {
            return Optional.empty();
        }
        expect(answer, 200);
        return Optional.of(readLease(json(answer)));
    }

    /** What the server says to a heartbeat. */
    record Pulse(boolean cancel) {}

    /** @param steps those that have ended, in order */
    Pulse heartbeat(long jobId, long epoch, String step, List<StepDone> steps, long bytes, Duration elapsed)
            throws ArchiveException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("epoch", epoch).put("step", step);
        ArrayNode done = body.putArray("stepsDone");
        for (StepDone each : steps) {
            done.addObject()
                    .put("name", each.name())
                    .put("millis", each.took().toMillis())
                    .put("outcome", each.outcome());
        }
        body.put("bytes", bytes).put("elapsedMillis", elapsed.toMillis());
        HttpResponse<byte[]> answer = exchange(post("/jobs/" + jobId + "/heartbeat", body), SHORT);
        expectJob(answer, 200);
        return new Pulse(json(answer).path("cancel").asBoolean(false));
    }

    record StepDone(String name, Duration took, String outcome) {}

    void thumbnail(long jobId, long epoch, byte[] jpeg) throws ArchiveException, InterruptedException {
        HttpRequest.Builder request = request("/jobs/" + jobId + "/thumbnail?epoch=" + epoch)
                .header("Content-Type", "image/jpeg")
                .PUT(BodyPublishers.ofByteArray(jpeg));
        expectJob(exchange(request, SHORT), 200, 202, 204);
    }

    void fail(long jobId, long epoch, Captures.Failed failed) throws ArchiveException, InterruptedException {
        ObjectNode body = JSON.createObjectNode()
                .put("epoch", epoch)
                .put("code", failed.code())
                .put("message", failed.reason())
                .put("retryable", failed.retryable());
        expectJob(exchange(post("/jobs/" + jobId + "/fail", body), SHORT), 200, 202, 204);
    }

    void cancelled(long jobId, long epoch) throws ArchiveException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("epoch", epoch);
        expectJob(exchange(post("/jobs/" + jobId + "/cancelled", body), SHORT), 200, 202, 204);
    }

    // ---- uploads ----

    /**
     * Where an upload stands.
     *
     * @param uploadId null if the package is in the archive already
     * @param offset bytes the server has
     * @param evidenceId of the archived package; null as long as it is not
     */
    record Begun(
            @Nullable String uploadId,
            long offset,
            @Nullable String evidenceId) {}

    /** Begins an upload, or finds the one begun earlier for the same bytes. */
    Begun beginUpload(long jobId, long epoch, String fileName, long sizeBytes, Digest sha256)
            throws ArchiveException, InterruptedException {
        ObjectNode body = JSON.createObjectNode()
                .put("jobId", jobId)
                .put("epoch", epoch)
                .put("fileName", fileName)
                .put("sizeBytes", sizeBytes)
                .put("sha256", sha256.hex());
        HttpResponse<byte[]> answer = exchange(post("/uploads", body).header("Late-Result", "409"), SHORT);
        // With an uploadId 409 says: too late, and wanted all the same, to be kept as an orphan.
        if (answer.statusCode() != 409 || !namesUpload(answer)) {
            expectJob(answer, 200, 201);
        }
        JsonNode json = json(answer);
        String evidence = text(json, "evidenceId");
        String upload = text(json, "uploadId");
        if (evidence == null && upload == null) {
            throw nonsense(answer, "neither uploadId nor evidenceId");
        }
        if (upload != null) {
            checkId(answer, upload);
        }
        return new Begun(upload, json.path("offset").asLong(0), evidence);
    }

    private static boolean namesUpload(HttpResponse<byte[]> answer) {
        try {
            return text(JSON.readTree(answer.body()), "uploadId") != null;
        } catch (JacksonException e) {
            return false;
        }
    }

    /** How many bytes of an upload the server has. */
    long uploadOffset(String uploadId) throws ArchiveException, InterruptedException {
        HttpResponse<byte[]> answer =
                exchange(request("/uploads/" + uploadId).method("HEAD", BodyPublishers.noBody()), SHORT);
        expectUpload(answer, 200, 204);
        return offset(answer);
    }

    /**
     * Sends the bytes from {@code offset} on.
     *
     * @return the offset the server has now; not {@code offset + bytes.length} if it disagreed about where to go on
     */
    long send(String uploadId, long offset, byte[] bytes) throws ArchiveException, InterruptedException {
        HttpRequest.Builder request = request("/uploads/" + uploadId)
                .header("Content-Type", "application/octet-stream")
                .header("Upload-Offset", Long.toString(offset))
                .method("PATCH", BodyPublishers.ofByteArray(bytes));
        HttpResponse<byte[]> answer = exchange(request, CHUNK);
        if (answer.statusCode() != 409) {
            expectUpload(answer, 200, 204);
        }
        return offset(answer);
    }

    void complete(String uploadId) throws ArchiveException, InterruptedException {
        HttpRequest.Builder request =
                request("/uploads/" + uploadId + "/complete").POST(BodyPublishers.noBody());
        expectUpload(exchange(request, SHORT), 200, 202, 204);
    }

    /** What became of a complete upload. */
    enum UploadState {
        RECEIVING,
        VERIFYING,
        STORING,
        ARCHIVED,
        QUARANTINED,
        ORPHANED,
        /** What arrived is not what was announced, or too late: nothing was kept. */
        REJECTED,
        /** A person decided that it is not kept. */
        DISCARDED;

        boolean isEnd() {
            return compareTo(ARCHIVED) >= 0;
        }
    }

    record UploadStatus(
            UploadState state,
            @Nullable String evidenceId,
            @Nullable String detail) {}

    UploadStatus uploadStatus(String uploadId) throws ArchiveException, InterruptedException {
        HttpResponse<byte[]> answer = exchange(request("/uploads/" + uploadId).GET(), SHORT);
        expectUpload(answer, 200);
        JsonNode json = json(answer);
        String word = String.valueOf(text(json, "state"));
        UploadState state;
        try {
            state = UploadState.valueOf(word);
        } catch (IllegalArgumentException e) {
            throw nonsense(answer, "state " + word);
        }
        JsonNode report = json.path("report");
        return new UploadStatus(
                state, text(json, "evidenceId"), report.isMissingNode() || report.isNull() ? null : report.toString());
    }

    // ---- HTTP ----

    private HttpRequest.Builder post(String path, ObjectNode body) throws ArchiveException {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body), StandardCharsets.UTF_8));
    }

    private HttpRequest.Builder request(String path) throws ArchiveException {
        String token;
        try {
            token = settings.token().token().strip();
        } catch (IOException e) {
            throw new ArchiveException.Unavailable("the token cannot be read: " + e.getMessage(), null, e);
        }
        try {
            return HttpRequest.newBuilder(URI.create(settings.server() + "/api/agent" + path))
                    .header("Accept", "application/json")
                    .header("Authorization", "Bearer " + token);
        } catch (IllegalArgumentException e) {
            // The JDK's message would hold the token.
            throw new ArchiveException.Unavailable("the token holds characters a token cannot have", null, null);
        }
    }

    private HttpResponse<byte[]> exchange(HttpRequest.Builder request, Duration limit)
            throws ArchiveException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> future =
                http.sendAsync(request.timeout(limit).build(), information -> new LimitedBody());
        HttpResponse<byte[]> answer;
        try {
            // The request's own time-out ends with the header; this one covers the body too.
            answer = future.get(limit.toMillis() + 1000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ArchiveException.Unavailable(describe(cause), null, cause);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new ArchiveException.Unavailable("no answer within " + limit.toSeconds() + " s", null, e);
        } catch (InterruptedException e) {
            future.cancel(true);
            throw e;
        }
        int status = answer.statusCode();
        if (status >= 500 || status == 429 || status == 408) {
            throw new ArchiveException.Unavailable("HTTP " + status + said(answer), retryAfter(answer), null);
        }
        return answer;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank()
                ? cause.getClass().getSimpleName()
                : cause.getClass().getSimpleName() + ": " + message;
    }

    private static void expect(HttpResponse<byte[]> answer, int... wanted) throws ArchiveException {
        for (int each : wanted) {
            if (answer.statusCode() == each) {
                return;
            }
        }
        throw new ArchiveException.Refused(answer.statusCode(), "HTTP " + answer.statusCode() + said(answer));
    }

    /** For calls about a job: 409, 404 and 410 mean that it is not ours any more. */
    private static void expectJob(HttpResponse<byte[]> answer, int... wanted) throws ArchiveException {
        int status = answer.statusCode();
        if (status == 409 || status == 404 || status == 410) {
            throw new ArchiveException.Lost("HTTP " + status + said(answer));
        }
        expect(answer, wanted);
    }

    private static void expectUpload(HttpResponse<byte[]> answer, int... wanted) throws ArchiveException {
        int status = answer.statusCode();
        if (status == 404 || status == 410) {
            throw new ArchiveException.UnknownUpload("HTTP " + status + said(answer));
        }
        expect(answer, wanted);
    }

    /** Title and detail of problem+json (RFC 9457), if that is what came. */
    private static String said(HttpResponse<byte[]> answer) {
        try {
            JsonNode json = JSON.readTree(answer.body());
            String title = text(json, "title");
            String detail = text(json, "detail");
            String all = (title == null ? "" : " " + title) + (detail == null ? "" : ": " + detail);
            return all.length() > LONGEST_MESSAGE ? all.substring(0, LONGEST_MESSAGE) + "…" : all;
        } catch (JacksonException e) {
            return "";
        }
    }

    private static @Nullable Duration retryAfter(HttpResponse<byte[]> answer) {
        String given = answer.headers().firstValue("Retry-After").orElse("");
        return given.matches("\\d{1,5}") ? Duration.ofSeconds(Long.parseLong(given)) : null;
    }

    private static long offset(HttpResponse<byte[]> answer) throws ArchiveException {
        String given = answer.headers().firstValue("Upload-Offset").orElse("");
        if (!given.matches("\\d{1,18}")) {
            throw nonsense(answer, "no Upload-Offset");
        }
        return Long.parseLong(given);
    }

    /** An answer that is not of the protocol: a proxy's page, or another program. It may be right again later. */
    private static ArchiveException nonsense(HttpResponse<byte[]> answer, String what) {
        return new ArchiveException.Unavailable(
                "HTTP " + answer.statusCode() + " with an answer that is not of this protocol (" + what + ")",
                null,
                null);
    }

    private static void checkId(HttpResponse<byte[]> answer, String id) throws ArchiveException {
        if (!id.matches("[A-Za-z0-9._-]{1,100}") || id.contains("..")) {
            throw nonsense(answer, "uploadId");
        }
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws ArchiveException {
        try {
            JsonNode json = JSON.readTree(answer.body());
            if (json != null && json.isObject()) {
                return json;
            }
        } catch (JacksonException e) {
            throw nonsense(answer, "no JSON");
        }
        throw nonsense(answer, "no JSON object");
    }

    // ---- reading a lease ----

    private static Lease readLease(JsonNode json) throws ArchiveException {
        JsonNode id = json.path("jobId");
        JsonNode epoch = json.path("epoch");
        JsonNode request = json.path("request");
        if (!id.isIntegralNumber() || !epoch.isIntegralNumber() || !request.isObject()) {
            throw new ArchiveException.Unavailable("a lease without jobId, epoch or request", null, null);
        }
        JsonNode context = json.path("context");
        boolean video = request.path("video").asBoolean(true);
        long videoSeconds = request.path("videoSeconds").asLong(60);
        long timeout = request.path("timeoutSeconds").asLong(0);
        String caseNo = text(context, "caseNo");
        return new Lease(
                id.asLong(),
                epoch.asLong(),
                Duration.ofSeconds(Math.max(1, json.path("leaseSeconds").asLong(60))),
                new JobRequest(
                        String.join("", texts(request.path("urls"))),
                        orElse(text(request, "profile"), "desktop"),
                        orElse(text(request, "language"), "zh-CN"),
                        video ? Duration.ofSeconds(Math.max(0, videoSeconds)) : Duration.ZERO,
                        timeout < 1 ? null : Duration.ofSeconds(timeout),
                        texts(request.path("allowHosts")),
                        texts(request.path("trustSpki")),
                        caseNo == null ? text(context, "clueNo") : caseNo,
                        text(context, "purpose"),
                        officers(json)));
    }

    private static List<String> officers(JsonNode json) {
        JsonNode given = json.has("officers") ? json.path("officers") : json.path("officer");
        List<String> officers = new ArrayList<>();
        for (JsonNode each : given.isArray() ? given : JSON.createArrayNode().add(given)) {
            String name = each.isString() ? each.asString() : text(each, "name");
            if (name != null && !name.isBlank()) {
                String number = text(each, "certNo");
                officers.add(number == null ? name : name + " " + number);
            }
        }
        return officers;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : array) {
            if (each.isString()) {
                texts.add(each.asString());
            }
        }
        return texts;
    }

    private static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        if (value.isString()) {
            return value.asString();
        }
        return value.isIntegralNumber() ? value.toString() : null;
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value == null || value.isBlank() ? otherwise : value;
    }
}
