package org.tiezheng.capture.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The server's side of {@code /api/agent}, written from docs/agent.md and not from the server's code: a second opinion on the
 * protocol. Real HTTP on loopback; breaks when told to. What it knows survives {@link #stop} and {@link #start}, as a database
 * would.
 */
public final class ProtocolServer implements AutoCloseable {
    public static final String TOKEN = "tz-test-token";
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern JOB = Pattern.compile("/api/agent/jobs/(\\d+)/(heartbeat|thumbnail|fail|cancelled)");
    private static final Pattern UPLOAD = Pattern.compile("/api/agent/uploads/(u\\d+)(/complete)?");

    /** What goes wrong with one request. */
    public enum Fault {
        /** The request is not carried out, the connection breaks. */
        DROPPED,
        /** The request is carried out, the answer is lost. */
        ANSWER_LOST,
        /** 500, not carried out. */
        ERROR_500,
        /** 503 with Retry-After, not carried out. */
        BUSY,
        /** 200 with a page of HTML, not carried out: somebody's proxy. */
        PROXY_PAGE,
        /** Half the body of an upload is kept, then the connection breaks. */
        HALF
    }

    @FunctionalInterface
    public interface Faults {
        /** @param what such as {@code POST lease}, {@code PATCH upload}; @return null if nothing goes wrong */
        @Nullable
        Fault of(String what);
    }

    /** A job as the server has it. */
    public static final class ServerJob {
        public final long id;
        public final String url;
        long epoch;
        public String state = "READY";
        boolean cancel;

        public @Nullable String code;

        public final List<String> steps = new ArrayList<>();
        public int heartbeats;
        public int thumbnails;

        ServerJob(long id, String url) {
            this.id = id;
            this.url = url;
        }
    }

    public static final class ServerUpload {
        final String id;
        final long job;
        final long epoch;
        final long size;
        final String sha256;
        public final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String state = "RECEIVING";
        int polls;

        ServerUpload(String id, long job, long epoch, long size, String sha256) {
            this.id = id;
            this.job = job;
            this.epoch = epoch;
            this.size = size;
            this.sha256 = sha256;
        }
    }

    private final Map<Long, ServerJob> jobs = new LinkedHashMap<>();
    private final Map<String, ServerUpload> uploads = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private volatile Faults faults = what -> null;
    private @Nullable HttpServer server;
    private @Nullable ExecutorService threads;
    private int port;

    public static ProtocolServer started() throws IOException {
        ProtocolServer server = new ProtocolServer();
        server.start();
        return server;
    }

    /** On the same port as before. */
    public void start() throws IOException {
        HttpServer created = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        ExecutorService pool = Executors.newCachedThreadPool();
        created.setExecutor(pool);
        created.createContext("/", this::handle);
        created.start();
        server = created;
        threads = pool;
        port = created.getAddress().getPort();
    }

    public void stop() {
        if (server != null) {
            server.stop(0);
            server = null;
        }
        if (threads != null) {
            threads.shutdownNow();
        }
    }

    @Override
    public void close() {
        stop();
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public void faults(Faults given) {
        faults = given;
    }

    // ---- what tests do and see ----

    public synchronized ServerJob add(long id, String url) {
        ServerJob job = new ServerJob(id, url);
        jobs.put(id, job);
        notifyAll();
        return job;
    }

    /** Another agent has it now. */
    public synchronized void takeAway(ServerJob job) {
        job.epoch++;
        job.state = "LEASED";
    }

    public synchronized void cancel(ServerJob job) {
        job.cancel = true;
    }

    /** As after a restore from a backup. */
    public synchronized void forgetUploads() {
        uploads.clear();
    }

    public synchronized List<ServerUpload> uploads(String state) {
        return uploads.values().stream()
                .filter(each -> each.state.equals(state))
                .toList();
    }

    /** Requests that no agent should send. */
    public synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    /** @throws AssertionError if it does not come true within half a minute */
    public void await(String what, BooleanSupplier condition) throws InterruptedException {
        await(what, Duration.ofSeconds(30), condition);
    }

    public synchronized void await(String what, Duration limit, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("did not happen: " + what + "; problems " + problems);
            }
            wait(Math.min(left, 20));
        }
    }

    public void awaitState(ServerJob job, String state) throws InterruptedException {
        await("job " + job.id + " " + state + ", is " + job.state + " " + job.code, () -> job.state.equals(state));
    }

    // ---- HTTP ----

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Matcher job = JOB.matcher(path);
        Matcher upload = UPLOAD.matcher(path);
        String what = exchange.getRequestMethod() + " "
                + (job.matches()
                        ? job.group(2)
                        : upload.matches()
                                ? upload.group(2) == null ? "upload" : "complete"
                                : path.substring(path.lastIndexOf('/') + 1));
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault fault = faults.of(what);
            if (fault == Fault.DROPPED) {
                return;
            } else if (fault == Fault.ERROR_500) {
                answer(exchange, 500, "");
                return;
            } else if (fault == Fault.BUSY) {
                exchange.getResponseHeaders().set("Retry-After", "0");
                answer(exchange, 503, "");
                return;
            } else if (fault == Fault.PROXY_PAGE) {
                answer(exchange, 200, "<html>login</html>");
                return;
            } else if (fault == Fault.HALF) {
                half(upload, exchange, body);
                return;
            }
            Answer answer = carryOut(exchange, path, body, job, upload);
            if (fault == Fault.ANSWER_LOST) {
                return;
            }
            if (answer.offset >= 0) {
                exchange.getResponseHeaders().set("Upload-Offset", Long.toString(answer.offset));
            }
            answer(exchange, answer.status, answer.body);
        } catch (InterruptedException e) {
            // Stopping: the connection breaks.
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        boolean none = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, none ? -1 : bytes.length);
        if (!none) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private record Answer(int status, String body, long offset) {
        static Answer of(int status) {
            return new Answer(status, "", -1);
        }

        static Answer of(int status, String json) {
            return new Answer(status, json, -1);
        }
    }

    private synchronized void half(Matcher path, HttpExchange exchange, byte[] body) {
        ServerUpload upload = uploads.get(path.group(1));
        if (upload != null && upload.bytes.size() == offset(exchange)) {
            upload.bytes.write(body, 0, body.length / 2);
        }
    }

    private static long offset(HttpExchange exchange) {
        return Long.parseLong(exchange.getRequestHeaders().getFirst("Upload-Offset"));
    }

    private synchronized Answer carryOut(HttpExchange exchange, String path, byte[] body, Matcher job, Matcher upload)
            throws IOException, InterruptedException {
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return Answer.of(401, "{\"title\":\"no such token\"}");
        }
        String method = exchange.getRequestMethod();
        notifyAll();
        if (path.equals("/api/agent/lease") && method.equals("POST")) {
            return lease(JSON.readTree(body));
        } else if (path.equals("/api/agent/uploads") && method.equals("POST")) {
            return beginUpload(
                    JSON.readTree(body),
                    "409".equals(exchange.getRequestHeaders().getFirst("Late-Result")));
        } else if (job.matches()) {
            return job(job.group(2), Long.parseLong(job.group(1)), exchange, body);
        } else if (upload.matches()) {
            return upload(method, upload.group(1), upload.group(2) != null, exchange, body);
        }
        problems.add(method + " " + path);
        return Answer.of(404);
    }

    /** A newer request ends one that still waits: its agent does not listen any more. */
    private long polls;

    private Answer lease(JsonNode asked) throws InterruptedException {
        long mine = ++polls;
        notifyAll();
        if (asked.path("agent").asString().isEmpty()) {
            problems.add("lease " + asked);
        }
        if (asked.path("slots").asInt() < 1) {
            return Answer.of(204);
        }
        long end = System.nanoTime() + Duration.ofMillis(500).toNanos();
        while (mine == polls) {
            for (ServerJob job : jobs.values()) {
                if (job.state.equals("READY")) {
                    job.state = "LEASED";
                    job.epoch++;
                    return Answer.of(
                            200,
                            "{\"jobId\":" + job.id + ",\"epoch\":" + job.epoch
                                    + ",\"leaseSeconds\":60,\"request\":{\"urls\":[\"" + job.url
                                    + "\"],\"profile\":\"desktop\",\"video\":false,\"videoSeconds\":0,\"timeoutSeconds\":60,"
                                    + "\"language\":\"zh-CN\",\"allowHosts\":[\"localhost\"],\"trustSpki\":[" + spki()
                                    + "]},\"officers\":[{\"name\":\"甲\",\"certNo\":\"001\"}],"
                                    + "\"context\":{\"clueNo\":\"X-1\",\"purpose\":\"测试\"},\"someday\":true}");
                }
            }
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return Answer.of(204);
            }
            wait(left);
        }
        return Answer.of(204);
    }

    private volatile List<String> spki = List.of();

    public void trustSpki(List<String> pins) {
        spki = List.copyOf(pins);
    }

    private String spki() {
        return spki.stream().map(pin -> "\"" + pin + "\"").collect(Collectors.joining(","));
    }

    private Answer job(String what, long id, HttpExchange exchange, byte[] body) {
        ServerJob job = jobs.get(id);
        if (what.equals("thumbnail")) {
            if (body.length > 200_000 || body.length < 4 || (body[0] & 0xff) != 0xff || (body[1] & 0xff) != 0xd8) {
                problems.add("thumbnail of " + body.length + " bytes");
            }
            if (job != null) {
                job.thumbnails++;
            }
            return Answer.of(204);
        }
        JsonNode json = JSON.readTree(body);
        if (job == null || json.path("epoch").asLong() != job.epoch || !job.state.equals("LEASED")) {
            return Answer.of(409, "{\"title\":\"not yours\"}");
        }
        switch (what) {
            case "heartbeat" -> {
                job.heartbeats++;
                job.steps.add(json.path("step").asString());
                return Answer.of(200, "{\"leaseUntil\":\"2026-01-01T00:00:00Z\",\"cancel\":" + job.cancel + "}");
            }
            case "fail" -> {
                job.code = json.path("code").asString();
                job.state = json.path("retryable").asBoolean() ? "RETRY" : "FAILED";
            }
            default -> {
                if (!job.cancel) {
                    problems.add("cancelled, though nobody asked for it");
                }
                job.state = "CANCELLED";
            }
        }
        return Answer.of(204);
    }

    private Answer beginUpload(JsonNode json, boolean saysLate) {
        String sha256 = json.path("sha256").asString();
        long size = json.path("sizeBytes").asLong();
        long jobId = json.path("jobId").asLong();
        ServerUpload upload = uploads.values().stream()
                .filter(each -> each.sha256.equals(sha256) && each.size == size)
                .findFirst()
                .orElseGet(() -> {
                    ServerUpload created = new ServerUpload(
                            "u" + (uploads.size() + 1),
                            jobId,
                            json.path("epoch").asLong(),
                            size,
                            sha256);
                    uploads.put(created.id, created);
                    return created;
                });
        if (upload.state.equals("ARCHIVED")) {
            return Answer.of(200, "{\"evidenceId\":\"e-" + upload.id + "\"}");
        }
        ServerJob job = jobs.get(jobId);
        boolean late = job == null || job.epoch != json.path("epoch").asLong() || !job.state.equals("LEASED");
        return Answer.of(
                late && saysLate ? 409 : 201,
                "{\"uploadId\":\"" + upload.id + "\",\"offset\":" + upload.bytes.size() + "}");
    }

    private Answer upload(String method, String id, boolean complete, HttpExchange exchange, byte[] body)
            throws IOException {
        ServerUpload upload = uploads.get(id);
        if (upload == null) {
            return Answer.of(404);
        }
        if (complete) {
            return complete(upload);
        }
        switch (method) {
            case "HEAD" -> {
                return new Answer(200, "", upload.bytes.size());
            }
            case "PATCH" -> {
                if (offset(exchange) != upload.bytes.size()) {
                    return new Answer(409, "", upload.bytes.size());
                }
                upload.bytes.write(body);
                return new Answer(204, "", upload.bytes.size());
            }
            default -> {
                return status(upload);
            }
        }
    }

    private Answer complete(ServerUpload upload) {
        if (upload.bytes.size() != upload.size) {
            problems.add("complete with " + upload.bytes.size() + " of " + upload.size);
            return Answer.of(409);
        }
        if (upload.state.equals("RECEIVING")) {
            upload.state = "VERIFYING";
        }
        return Answer.of(202);
    }

    /** Verifies at the second look, so that agents have to come back. */
    private Answer status(ServerUpload upload) {
        if (upload.state.equals("VERIFYING") && upload.polls++ > 0) {
            String computed =
                    HexFormat.of().formatHex(Digest.Algorithm.SHA256.start().digest(upload.bytes.toByteArray()));
            ServerJob job = jobs.get(upload.job);
            if (!computed.equals(upload.sha256)) {
                upload.state = "QUARANTINED";
            } else if (job == null || job.epoch != upload.epoch || !job.state.equals("LEASED")) {
                upload.state = "ORPHANED";
            } else {
                upload.state = "ARCHIVED";
                job.state = "DONE";
            }
        }
        return Answer.of(
                200,
                "{\"state\":\"" + upload.state + "\""
                        + (upload.state.equals("ARCHIVED") ? ",\"evidenceId\":\"e-" + upload.id + "\"" : "") + "}");
    }
}
