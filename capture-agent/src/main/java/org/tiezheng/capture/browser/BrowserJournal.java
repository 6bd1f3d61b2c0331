package org.tiezheng.capture.browser;

import java.io.Closeable;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpEvent;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the browser says happened: every Network, Page, Log, Security, Inspector, Target and download event, console
 * message and script exception, one JSON object per line, as it comes:
 *
 * <pre>{"t":"2026-11-21T08:00:00.123456Z","session":"…","method":"Network.requestWillBeSent","params":{…}}</pre>
 *
 * Lines named {@code Tiezheng.…} are our own actions (a dialog answered, a popup seen). Bodies are not in it, and a
 * string longer than {@link #MAX_STRING} characters is cut with a note of its length. In memory only a light index of
 * requests is kept.
 *
 * <p>For any thread. A write that fails does not stop the capture; it is remembered and thrown by {@link #close}.
 */
public final class BrowserJournal implements Closeable {
    /** Longest string kept whole, in UTF-16 units. */
    static final int MAX_STRING = 8192;

    private static final Logger LOG = LoggerFactory.getLogger(BrowserJournal.class);
    private static final Set<String> BODY_MEMBERS = Set.of("postData", "postDataEntries", "payloadData", "data");
    private static final List<String> DOMAINS =
            List.of("Network.", "Page.", "Log.", "Security.", "Inspector.", "Target.", "Browser.download", "Audits.");

    private final Clock clock;
    private volatile String mainFrame = "";
    private final JournalLimits limits;
    private final BoundedLines events;
    private final BoundedLines console;
    private final Map<String, List<Tracked>> requests = new HashMap<>();
    private final List<Tracked> inOrder = new ArrayList<>();
    private final Set<Tracked> open = new HashSet<>();
    private long requestsDropped;
    private long consoleErrors;
    private long lastActivityNanos = System.nanoTime();
    private @Nullable IOException failure;
    private boolean closed;

    public BrowserJournal(Path eventFile, Path consoleFile, JournalLimits limits, Clock clock) throws IOException {
        this.clock = clock;
        this.limits = limits;
        this.events = new BoundedLines(eventFile, limits.eventBytes());
        try {
            this.console = new BoundedLines(consoleFile, limits.consoleBytes());
        } catch (IOException e) {
            events.close();
            throw e;
        }
    }

    /**
     * Counts of the whole journal.
     *
     * @param events lines written
     * @param eventsDropped lines that did not fit
     * @param consoleLines written
     * @param consoleDropped lines that did not fit
     * @param consoleErrors messages of level error, and exceptions nobody caught
     * @param requests entries kept
     * @param requestsDropped entries that did not fit
     */
    public record Counts(
            long events,
            long eventsDropped,
            long consoleLines,
            long consoleDropped,
            long consoleErrors,
            long requests,
            long requestsDropped) {}

    public synchronized Counts counts() {
        return new Counts(
                events.lines(),
                events.dropped(),
                console.lines(),
                console.dropped(),
                consoleErrors,
                inOrder.size(),
                requestsDropped);
    }

    /** All requests so far, in the order they were first seen. */
    public synchronized List<RequestEntry> requests() {
        return inOrder.stream().map(Tracked::entry).toList();
    }

    /** Requests that are under way now; WebSockets, event streams and local ones do not count. */
    public synchronized int inFlight() {
        return open.size();
    }

    /** How long no request has started, moved or ended. */
    public synchronized long quietNanos() {
        return System.nanoTime() - lastActivityNanos;
    }

    /** Writes one of our own actions. */
    synchronized void note(String what, ObjectNode details) {
        writeEvent(null, "Tiezheng." + what, details);
    }

    synchronized void onEvent(CdpEvent event) {
        if (closed) {
            return;
        }
        String method = event.method();
        JsonNode params = event.params();
        if (method.equals("Runtime.consoleAPICalled")
                || method.equals("Runtime.exceptionThrown")
                || method.equals("Log.entryAdded")) {
            writeConsole(event);
        }
        if (method.equals("Page.screencastFrame")) {
            return; // the picture goes to the video, its time to screen-frames.json
        }
        if (method.startsWith("Network.")) {
            index(event.session() == null ? "" : event.session(), method, params);
        } else if (method.startsWith("Browser.download")) {
            download(method, params);
        } else if (method.equals("Target.detachedFromTarget")) {
            abandon(Json.text(params, "sessionId"), "target detached");
        } else if (method.equals("Inspector.targetCrashed")) {
            abandon(event.session() == null ? "" : event.session(), "renderer crashed");
        }
        if (event.oversized()) {
            writeEvent(event.session(), method, Json.object("tiezheng:oversized", true));
        } else if (DOMAINS.stream().anyMatch(method::startsWith)
                || method.equals("Runtime.consoleAPICalled")
                || method.equals("Runtime.exceptionThrown")) {
            writeEvent(event.session(), method, params);
        }
    }

    // ---- files ----

    private void writeEvent(@Nullable String session, String method, JsonNode params) {
        try {
            events.write(line(session, method, params));
        } catch (IOException e) {
            remember(e);
        }
    }

    private void writeConsole(CdpEvent event) {
        JsonNode params = event.params();
        String level = event.method().equals("Log.entryAdded")
                ? Json.text(Json.child(params, "entry"), "level")
                : Json.text(params, "type");
        if (level.equals("error") || event.method().equals("Runtime.exceptionThrown")) {
            consoleErrors++;
        }
        try {
            console.write(line(event.session(), event.method(), params));
        } catch (IOException e) {
            remember(e);
        }
    }

    private void remember(IOException e) {
        if (failure == null) {
            failure = e;
            LOG.error("cannot write the journal: {}", e.getMessage());
        }
    }

    private String line(@Nullable String session, String method, JsonNode params) {
        StringWriter text = new StringWriter();
        try (JsonGenerator g = Json.MAPPER.tokenStreamFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            g.writeStartObject();
            g.writeStringProperty("t", clock.instant().toString());
            if (session != null) {
                g.writeStringProperty("session", session);
            }
            g.writeStringProperty("method", method);
            g.writeName("params");
            write(g, params, method.startsWith("Network."));
            g.writeEndObject();
        }
        return text.toString();
    }

    /** Copies a tree, with long strings cut and, in Network events, bodies left out. */
    private static void write(JsonGenerator g, JsonNode node, boolean network) {
        if (node.isObject()) {
            g.writeStartObject();
            node.properties().forEach(e -> {
                g.writeName(e.getKey());
                if (network
                        && BODY_MEMBERS.contains(e.getKey())
                        && !e.getValue().isNumber()) {
                    g.writeString("tiezheng:left-out "
                            + (e.getValue().isString()
                                    ? e.getValue().stringValue().length()
                                    : e.getValue().size()));
                } else {
                    write(g, e.getValue(), network);
                }
            });
            g.writeEndObject();
        } else if (node.isArray()) {
            g.writeStartArray();
            node.forEach(element -> write(g, element, network));
            g.writeEndArray();
        } else if (node.isString()) {
            g.writeString(cut(node.stringValue(), MAX_STRING));
        } else if (node.isIntegralNumber() && node.canConvertToLong()) {
            g.writeNumber(node.asLong());
        } else if (node.isNumber()) {
            g.writeNumber(node.asDouble());
        } else if (node.isBoolean()) {
            g.writeBoolean(node.booleanValue());
        } else {
            g.writeNull();
        }
    }

    static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end) + "…[tiezheng:cut, " + text.length() + " characters in all]";
    }

    // ---- index ----

    /** Tells which frame is the page itself, before it is navigated; documents of iframes and popups are not its own. */
    void mainFrame(String frameId) {
        mainFrame = frameId;
    }

    private static final class Tracked {
        final String session;
        final String requestId;
        final int hop;
        final String url;
        final String method;
        final Instant started;
        final double startedMonotonic;
        String type = "";
        String frameId = "";
        boolean documentNavigation;
        int status;
        int wireStatus;
        String mimeType = "";
        boolean fromCache;
        boolean fromServiceWorker;

        @Nullable
        String failure;

        boolean canceled;

        @Nullable
        String blockedReason;

        boolean finished;

        @Nullable
        String remoteAddress;

        @Nullable
        String protocol;

        @Nullable
        String securityState;

        @Nullable
        JsonNode securityDetails;

        long encodedDataLength = -1;

        @Nullable
        Instant ended;

        Tracked(String session, String requestId, int hop, String url, String method, Instant started, double at) {
            this.session = session;
            this.requestId = requestId;
            this.hop = hop;
            this.url = url;
            this.method = method;
            this.started = started;
            this.startedMonotonic = at;
        }

        boolean local() {
            return !(url.startsWith("http:")
                    || url.startsWith("https:")
                    || url.startsWith("ws:")
                    || url.startsWith("wss:"));
        }

        /** Those that never end by themselves do not keep a page from being idle. */
        boolean counts() {
            return !local() && !type.equals("WebSocket") && !type.equals("EventSource") && !type.equals("Ping");
        }

        void end(double monotonic) {
            finished = true;
            if (ended == null && startedMonotonic >= 0 && monotonic >= startedMonotonic) {
                ended = started.plusNanos((long) ((monotonic - startedMonotonic) * 1e9));
            } else if (ended == null) {
                ended = started;
            }
        }

        RequestEntry entry() {
            return new RequestEntry(
                    requestId,
                    hop,
                    url,
                    method,
                    type,
                    frameId,
                    documentNavigation,
                    status,
                    wireStatus,
                    mimeType,
                    fromCache,
                    fromServiceWorker,
                    local(),
                    failure,
                    canceled,
                    blockedReason,
                    finished,
                    remoteAddress,
                    protocol,
                    securityState,
                    securityDetails,
                    encodedDataLength,
                    started,
                    ended);
        }
    }

    private void index(String session, String method, JsonNode p) {
        lastActivityNanos = System.nanoTime();
        String id = Json.text(p, "requestId");
        double at = Json.number(p, "timestamp", -1);
        switch (method) {
            case "Network.requestWillBeSent" -> sent(session, id, p, at);
            case "Network.webSocketCreated" -> {
                Tracked t = add(session, id, Json.text(p, "url"), "GET", clock.instant(), at);
                if (t != null) {
                    t.type = "WebSocket";
                    open.remove(t);
                }
            }
            default -> {
                Tracked t = latest(id);
                if (t != null) {
                    update(t, id, method, p, at);
                }
            }
        }
    }

    private void sent(String session, String id, JsonNode p, double at) {
        JsonNode request = Json.child(p, "request");
        Tracked before = latest(id);
        JsonNode redirect = p.get("redirectResponse");
        if (before != null && redirect == null) {
            return; // the same request told to two sessions (a worker's script)
        }
        if (before != null) {
            response(before, redirect);
            before.end(at);
            open.remove(before);
        }
        Instant wall = seconds(Json.number(p, "wallTime", -1));
        Tracked t = add(session, id, Json.text(request, "url"), Json.text(request, "method"), wall, at);
        if (t == null) {
            return;
        }
        t.type = Json.text(p, "type");
        t.frameId = Json.text(p, "frameId");
        t.documentNavigation = t.type.equals("Document")
                && id.equals(Json.text(p, "loaderId"))
                && (mainFrame.isEmpty() || mainFrame.equals(t.frameId));
        if (!t.counts()) {
            open.remove(t);
        }
    }

    private @Nullable Tracked add(String session, String id, String url, String method, Instant started, double at) {
        if (inOrder.size() >= limits.requests()) {
            requestsDropped++;
            return null;
        }
        List<Tracked> hops = requests.computeIfAbsent(id, k -> new ArrayList<>(1));
        String kept = url.startsWith("data:") ? cut(url, 64) : cut(url, MAX_STRING);
        Tracked t = new Tracked(session, id, hops.size(), kept, method, started, at);
        hops.add(t);
        inOrder.add(t);
        open.add(t);
        return t;
    }

    private @Nullable Tracked latest(String id) {
        List<Tracked> hops = requests.get(id);
        return hops == null ? null : hops.get(hops.size() - 1);
    }

    private void update(Tracked t, String id, String method, JsonNode p, double at) {
        switch (method) {
            case "Network.responseReceived" -> {
                if (t.type.isEmpty()) {
                    t.type = Json.text(p, "type");
                }
                response(t, Json.child(p, "response"));
                if (t.fromServiceWorker) {
                    // Ends only when the page reads the body, which it may never do; the network has no part in it.
                    open.remove(t);
                }
            }
            case "Network.responseReceivedExtraInfo" -> {
                // One per hop, in order, but it may come before or after the hop's own event.
                for (Tracked hop : requests.getOrDefault(id, List.of())) {
                    if (hop.wireStatus == 0) {
                        hop.wireStatus = (int) Json.integer(p, "statusCode", 0);
                        break;
                    }
                }
            }
            case "Network.requestServedFromCache" -> t.fromCache = true;
            case "Network.loadingFinished" -> {
                t.encodedDataLength = Json.integer(p, "encodedDataLength", t.encodedDataLength);
                t.end(at);
                open.remove(t);
            }
            case "Network.loadingFailed" -> {
                t.failure = Json.text(p, "errorText");
                t.canceled = Json.flag(p, "canceled");
                t.blockedReason = Json.textOrNull(p, "blockedReason");
                t.end(at);
                open.remove(t);
            }
            case "Network.webSocketHandshakeResponseReceived" ->
                t.status = (int) Json.integer(Json.child(p, "response"), "status", 0);
            case "Network.webSocketFrameError" -> t.failure = Json.text(p, "errorMessage");
            case "Network.webSocketClosed" -> t.end(at);
            default -> {
                // headers and progress are in the file only
            }
        }
    }

    private static void response(Tracked t, JsonNode r) {
        t.status = (int) Json.integer(r, "status", 0);
        t.mimeType = Json.text(r, "mimeType");
        t.fromCache |= Json.flag(r, "fromDiskCache") || Json.flag(r, "fromPrefetchCache");
        t.fromServiceWorker = Json.flag(r, "fromServiceWorker");
        t.protocol = Json.textOrNull(r, "protocol");
        t.securityState = Json.textOrNull(r, "securityState");
        t.securityDetails = r.get("securityDetails");
        String ip = Json.text(r, "remoteIPAddress");
        t.remoteAddress = ip.isEmpty() ? null : ip + ":" + Json.integer(r, "remotePort", 0);
        t.encodedDataLength = Json.integer(r, "encodedDataLength", t.encodedDataLength);
    }

    /** A link with the download attribute is fetched without any Network event: its entry is made from these. */
    private void download(String method, JsonNode p) {
        lastActivityNanos = System.nanoTime();
        String id = "download-" + Json.text(p, "guid");
        if (method.equals("Browser.downloadWillBegin")) {
            String url = Json.text(p, "url");
            if (inOrder.stream().noneMatch(t -> t.url.equals(url))) {
                Tracked t = add("", id, url, "GET", clock.instant(), -1);
                if (t != null) {
                    t.type = "Download";
                    t.frameId = Json.text(p, "frameId");
                }
            }
            return;
        }
        Tracked t = latest(id);
        if (t != null && !Json.text(p, "state").equals("inProgress")) {
            t.canceled = Json.text(p, "state").equals("canceled");
            t.finished = true;
            t.ended = clock.instant();
            open.remove(t);
        }
    }

    /** Requests of a session that ended will hear nothing more. */
    private void abandon(String session, String why) {
        for (Tracked t : List.copyOf(open)) {
            if (t.session.equals(session)) {
                t.failure = why;
                t.canceled = true;
                t.finished = true;
                t.ended = clock.instant();
                open.remove(t);
            }
        }
    }

    private Instant seconds(double epochSeconds) {
        if (!(epochSeconds > 0 && epochSeconds < 1e11)) {
            return clock.instant();
        }
        long micros = (long) (epochSeconds * 1e6);
        return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1000);
    }

    /**
     * Ends both files; when something did not fit, their last line says how much.
     *
     * @throws IOException if any line could not be written
     */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (events;
                console) {
            end(events);
            end(console);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void end(BoundedLines lines) throws IOException {
        if (lines.dropped() > 0) {
            lines.writeEnd("{\"method\":\"Tiezheng.truncated\",\"params\":{\"dropped\":" + lines.dropped() + "}}");
        }
    }
}
