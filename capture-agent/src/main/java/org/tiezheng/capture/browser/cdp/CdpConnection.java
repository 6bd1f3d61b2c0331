package org.tiezheng.capture.browser.cdp;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The DevTools connection to one browser: calls with their own timeout, flat sessions, ordered events.
 *
 * <p>A message larger than {@link #SPILL_CHARS} goes through a temporary file, and {@link #callToStream} decodes one
 * string member of it straight to disk: a 60 MB screenshot costs no heap. Calls may come from any thread; results and
 * events are delivered on one dispatch thread in the order they came.
 *
 * <p>When the socket ends, every waiting call fails at once with {@link CdpException.ConnectionLost}. When a session
 * detaches or its renderer crashes, the calls waiting on that session fail with {@link CdpException.SessionGone}
 * (Chromium itself would leave them hanging).
 */
public final class CdpConnection implements AutoCloseable {
    /** Messages above this many UTF-16 units go through a file. */
    static final int SPILL_CHARS = 512 * 1024;

    /** Larger events are delivered by name only: a page can put megabytes into a {@code data:} URL. */
    public static final int MAX_EVENT_CHARS = 8 * 1024 * 1024;

    private static final long MAX_RESULT_CHARS = 64L * 1024 * 1024;
    private static final long MAX_MESSAGE_CHARS = 1L << 30;
    private static final int QUEUE = 64;

    private static final Logger LOG = LoggerFactory.getLogger(CdpConnection.class);

    /** How a string member is turned into the bytes of a file. */
    public enum Encoding {
        BASE64,
        TEXT
    }

    private record Sink(String member, Encoding encoding, OutputStream out) {}

    private record Pending(
            @Nullable String session,
            String method,
            @Nullable Sink sink,
            CompletableFuture<JsonNode> result) {}

    /** A whole message: in memory, or in a file when it was large. */
    private record Incoming(@Nullable String text, @Nullable Path file, long chars) {}

    private static final Incoming END = new Incoming(null, null, 0);

    private final Path spillFolder;
    private final AtomicLong nextId = new AtomicLong();
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<CdpListener> listeners = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Incoming> queue = new ArrayBlockingQueue<>(QUEUE);
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private final Object sendLock = new Object();
    private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null);
    private @Nullable WebSocket socket;

    private CdpConnection(Path spillFolder) {
        this.spillFolder = spillFolder;
    }

    /**
     * Connects to the address from {@code /json/version}.
     *
     * @param spillFolder where large messages are parked; each file lives only while it is read
     */
    public static CdpConnection open(URI address, Path spillFolder, Duration timeout) throws CdpException {
        CdpConnection connection = new CdpConnection(spillFolder);
        HttpClient client = HttpClient.newBuilder()
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(timeout)
                .build();
        Thread dispatcher = new Thread(connection::dispatch, "cdp-dispatch");
        dispatcher.setDaemon(true);
        try {
            connection.socket = client.newWebSocketBuilder()
                    .connectTimeout(timeout)
                    .buildAsync(address, connection.new Receiver())
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CdpException("cannot connect to " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CdpException("interrupted while connecting to " + address, e);
        }
        dispatcher.start();
        return connection;
    }

    /** Every event from now on. The listener lives as long as the connection. */
    public void listen(CdpListener listener) {
        listeners.add(listener);
    }

    /** Completes with the reason once the connection is lost or closed. */
    public CompletableFuture<String> closed() {
        return closed.copy();
    }

    /**
     * Calls and waits for the result.
     *
     * @param session null to talk to the browser itself
     * @throws CdpException one of its subclasses, see there
     */
    public JsonNode call(@Nullable String session, String method, ObjectNode params, Duration timeout)
            throws CdpException {
        return await(start(session, method, params, null), method, timeout);
    }

    /**
     * Calls and writes one string member of the result to a stream, without holding it in memory. The stream is
     * flushed, not closed; it is written by the dispatch thread until this returns, or shortly after on a timeout.
     *
     * @return the rest of the result, without that member
     */
    public JsonNode callToStream(
            @Nullable String session,
            String method,
            ObjectNode params,
            String member,
            Encoding encoding,
            OutputStream out,
            Duration timeout)
            throws CdpException {
        return await(start(session, method, params, new Sink(member, encoding, out)), method, timeout);
    }

    /** Calls without waiting; for event listeners. A failure of it is only logged. */
    public CompletableFuture<JsonNode> send(@Nullable String session, String method, ObjectNode params) {
        CompletableFuture<JsonNode> result = start(session, method, params, null).result;
        return result.whenComplete((ok, failure) -> {
            if (failure != null) {
                LOG.debug("{}: {}", method, failure.getMessage());
            }
        });
    }

    private record Call(long id, CompletableFuture<JsonNode> result) {}

    private Call start(@Nullable String session, String method, ObjectNode params, @Nullable Sink sink) {
        long id = nextId.incrementAndGet();
        CompletableFuture<JsonNode> result = new CompletableFuture<>();
        pending.put(id, new Pending(session, method, sink, result));
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("id", id);
        message.put("method", method);
        message.set("params", params);
        if (session != null) {
            message.put("sessionId", session);
        }
        String text = Json.MAPPER.writeValueAsString(message);
        WebSocket current = socket;
        synchronized (sendLock) {
            // The JDK's WebSocket allows one send at a time.
            if (current != null && !closed.isDone()) {
                lastSend = lastSend.handle((ok, e) -> null).thenCompose(ignored -> current.sendText(text, true));
            }
        }
        if (closed.isDone()) {
            // The end may have come between put and send; whoever removes it completes it.
            failAll();
        }
        return new Call(id, result);
    }

    private JsonNode await(Call call, String method, Duration timeout) throws CdpException {
        try {
            return call.result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            pending.remove(call.id);
            throw new CdpException.TimedOut(method + ": no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CdpException known) {
                throw known;
            }
            throw new CdpException(method + " failed", e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            pending.remove(call.id);
            Thread.currentThread().interrupt();
            throw new CdpException(method + ": interrupted", e);
        }
    }

    /** Fails the calls waiting on a session that can no longer answer. */
    private void sessionGone(String session, String why) {
        pending.forEach((id, p) -> {
            if (session.equals(p.session) && pending.remove(id) != null) {
                p.result.completeExceptionally(new CdpException.SessionGone(p.method + ": " + why));
            }
        });
    }

    private void lost(String why) {
        if (closed.complete(why)) {
            LOG.debug("DevTools connection ended: {}", why);
        }
        failAll();
        if (!queue.offer(END)) {
            // A full queue: make room, nothing in it matters any more but the end.
            queue.poll();
            boolean ignored = queue.offer(END);
        }
    }

    private void failAll() {
        String why = closed.getNow("closed");
        pending.forEach((id, p) -> {
            if (pending.remove(id) != null) {
                p.result.completeExceptionally(new CdpException.ConnectionLost(p.method + ": " + why));
            }
        });
    }

    /** Ends the connection. The browser is not touched. */
    @Override
    public void close() {
        WebSocket current = socket;
        if (current != null) {
            current.abort();
        }
        lost("closed by us");
    }

    // ---- receiving ----

    private final class Receiver implements WebSocket.Listener {
        private StringBuilder memory = new StringBuilder();
        private @Nullable Writer spill;
        private @Nullable Path spillFile;
        private long chars;

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket ws, CharSequence part, boolean last) {
            try {
                take(part);
                if (last) {
                    finish();
                }
            } catch (IOException e) {
                lost("cannot store a message: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                lost("interrupted");
            }
            ws.request(1);
            return null;
        }

        private void take(CharSequence part) throws IOException {
            chars += part.length();
            if (chars > MAX_MESSAGE_CHARS) {
                throw new IOException("message of more than " + MAX_MESSAGE_CHARS + " characters");
            }
            if (spill == null && memory.length() + part.length() > SPILL_CHARS) {
                spillFile = Files.createTempFile(spillFolder, "cdp-", ".json");
                spill = Files.newBufferedWriter(spillFile, StandardCharsets.UTF_8);
                spill.append(memory);
                memory = new StringBuilder();
            }
            if (spill != null) {
                spill.append(part);
            } else {
                memory.append(part);
            }
        }

        private void finish() throws IOException, InterruptedException {
            Incoming whole;
            if (spill != null) {
                spill.close();
                whole = new Incoming(null, spillFile, chars);
            } else {
                whole = new Incoming(memory.toString(), null, chars);
            }
            memory.setLength(0);
            spill = null;
            spillFile = null;
            chars = 0;
            while (!closed.isDone() && !queue.offer(whole, 1, TimeUnit.SECONDS)) {
                LOG.debug("DevTools events wait for the dispatcher");
            }
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket ws, int status, String reason) {
            lost("browser closed the connection (" + status + ")");
            return null;
        }

        @Override
        public void onError(WebSocket ws, Throwable error) {
            lost("connection lost: " + error);
        }
    }

    private void dispatch() {
        while (true) {
            Incoming message;
            try {
                message = queue.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            if (message == END) {
                return;
            }
            try {
                deliver(message);
            } catch (JacksonException | IOException e) {
                LOG.warn("unreadable DevTools message: {}", e.getMessage());
            } catch (RuntimeException e) {
                // A listener's fault must not end the delivery of all later events.
                LOG.error("DevTools listener failed", e);
            } finally {
                if (message.file != null) {
                    deleteQuietly(message.file);
                }
            }
        }
    }

    private void deliver(Incoming message) throws IOException {
        if (message.text != null) {
            JsonNode node = Json.MAPPER.readTree(message.text);
            if (node.has("id")) {
                answer(node);
            } else {
                event(node);
            }
            return;
        }
        if (message.file != null) {
            deliverFile(message.file, message.chars);
        }
    }

    private void deliverFile(Path file, long chars) throws IOException {
        Head head = Head.of(file);
        if (head.id == null) {
            if (chars <= MAX_EVENT_CHARS) {
                event(Json.MAPPER.readTree(file.toFile()));
            } else if (head.method != null) {
                // The session of an oversized event stands after its params; it is not worth reading that far.
                emit(new CdpEvent(null, head.method, JsonNodeFactory.instance.objectNode(), true));
            }
            return;
        }
        Pending waiting = pending.get(head.id);
        if (waiting == null) {
            return; // timed out meanwhile
        }
        if (waiting.sink == null) {
            if (chars > MAX_RESULT_CHARS) {
                pending.remove(head.id);
                waiting.result.completeExceptionally(
                        new CdpException(waiting.method + ": result of " + chars + " characters"));
            } else {
                answer(Json.MAPPER.readTree(file.toFile()));
            }
            return;
        }
        pending.remove(head.id);
        try {
            waiting.result.complete(sinkFromFile(file, waiting.sink));
        } catch (IOException | JacksonException e) {
            waiting.result.completeExceptionally(
                    new CdpException(waiting.method + ": cannot store the result: " + e.getMessage(), e));
        }
    }

    /** The id and method in front of a large message; Chromium writes them before result and params. */
    private record Head(@Nullable Long id, @Nullable String method) {
        static Head of(Path file) throws IOException {
            try (JsonParser p = Json.FACTORY.createParser(ObjectReadContext.empty(), file.toFile())) {
                if (p.nextToken() != JsonToken.START_OBJECT) {
                    throw new IOException("not an object");
                }
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    JsonToken value = p.nextToken();
                    if (name.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
                        return new Head(p.getLongValue(), null);
                    }
                    if (name.equals("method") && value == JsonToken.VALUE_STRING) {
                        return new Head(null, p.getString());
                    }
                    p.skipChildren();
                }
                return new Head(null, null);
            }
        }
    }

    private static JsonNode sinkFromFile(Path message, Sink sink) throws IOException {
        ObjectNode rest = JsonNodeFactory.instance.objectNode();
        boolean found = false;
        try (JsonParser p = Json.MAPPER.createParser(message.toFile())) {
            p.nextToken();
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean result = "result".equals(p.currentName());
                if (p.nextToken() != JsonToken.START_OBJECT || !result) {
                    p.skipChildren();
                    continue;
                }
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    JsonToken value = p.nextToken();
                    if (name.equals(sink.member) && value == JsonToken.VALUE_STRING) {
                        found = true;
                        store(p, sink);
                    } else {
                        rest.set(name, p.<JsonNode>readValueAsTree());
                    }
                }
            }
        }
        if (!found) {
            throw new IOException("the result has no " + sink.member);
        }
        return rest;
    }

    private static void store(JsonParser p, Sink sink) throws IOException {
        if (sink.encoding == Encoding.BASE64) {
            p.readBinaryValue(sink.out);
            sink.out.flush();
        } else {
            Writer text = new OutputStreamWriter(sink.out, StandardCharsets.UTF_8);
            p.getString(text);
            text.flush();
        }
    }

    private void answer(JsonNode node) {
        Pending waiting = pending.remove(node.get("id").asLong());
        if (waiting == null) {
            return;
        }
        JsonNode error = node.get("error");
        if (error != null) {
            waiting.result.completeExceptionally(
                    new CdpException.Refused(waiting.method + ": " + Json.text(error, "message")));
            return;
        }
        JsonNode result = Json.child(node, "result");
        if (waiting.sink == null) {
            waiting.result.complete(result);
            return;
        }
        try {
            waiting.result.complete(sinkFromTree(result, waiting.sink));
        } catch (IOException | IllegalArgumentException e) {
            waiting.result.completeExceptionally(
                    new CdpException(waiting.method + ": cannot store the result: " + e.getMessage(), e));
        }
    }

    private static JsonNode sinkFromTree(JsonNode result, Sink sink) throws IOException {
        JsonNode value = result.get(sink.member);
        if (value == null || !value.isString()) {
            throw new IOException("the result has no " + sink.member);
        }
        byte[] bytes = sink.encoding == Encoding.BASE64
                ? Base64.getDecoder().decode(value.stringValue())
                : value.stringValue().getBytes(StandardCharsets.UTF_8);
        sink.out.write(bytes);
        sink.out.flush();
        ObjectNode rest = JsonNodeFactory.instance.objectNode();
        result.properties().forEach(e -> {
            if (!e.getKey().equals(sink.member)) {
                rest.set(e.getKey(), e.getValue());
            }
        });
        return rest;
    }

    private void event(JsonNode node) {
        emit(new CdpEvent(
                Json.textOrNull(node, "sessionId"), Json.text(node, "method"), Json.child(node, "params"), false));
    }

    private void emit(CdpEvent event) {
        if (event.method().equals("Target.detachedFromTarget")) {
            sessionGone(Json.text(event.params(), "sessionId"), "the target is gone");
        } else if (event.method().equals("Inspector.targetCrashed") && event.session() != null) {
            sessionGone(event.session(), "the renderer crashed");
        }
        for (CdpListener listener : listeners) {
            listener.onEvent(event);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot delete {}", file);
        }
    }
}
