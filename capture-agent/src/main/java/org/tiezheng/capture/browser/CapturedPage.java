package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpEvent;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The page being captured: load it, let it settle, scroll, look at it, write artefacts. Each step has its own timeout
 * and fails alone; after a failed step the next can be tried, unless the browser is gone.
 *
 * <p>Order that disturbs the page least: {@link #navigate}, {@link #waitLoad}, {@link #networkIdle},
 * {@link #viewportScreenshot}, {@link #autoScroll}, {@link #networkIdle}, {@link #facts}, {@link #dom}, {@link #text},
 * {@link #mhtml}, {@link #fullPageScreenshot}, {@link #pdf}.
 *
 * <p>Meanwhile it answers JavaScript dialogs, attaches to frames, workers and popups as they come, and hands every
 * event to the journal. Steps are called from one thread at a time.
 */
public final class CapturedPage {
    private static final Logger LOG = LoggerFactory.getLogger(CapturedPage.class);
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration SMALL = Duration.ofSeconds(5);
    private static final int MAX_POPUPS = 8;
    private static final int MAX_DIALOGS = 200;
    private static final int MAX_CHALLENGES = 200;

    /** A client-side redirect right after load is followed; a later one is a new page. */
    private static final Duration REDIRECT_GRACE = Duration.ofMillis(250);

    private final CdpConnection cdp;
    private final BrowserJournal journal;
    private final LaunchOptions options;
    private final Clock clock;
    private final int majorVersion;
    private final Lifecycle lifecycle = new Lifecycle();
    private final String browserContext;
    private final CompletableFuture<String> mainSession = new CompletableFuture<>();
    private final Map<String, String> frameSessions = new ConcurrentHashMap<>();
    private final List<DialogEntry> dialogs = new CopyOnWriteArrayList<>();
    private final List<ChallengeEntry> challenges = new CopyOnWriteArrayList<>();
    private final List<PopupEntry> popups = new CopyOnWriteArrayList<>();
    /** Sessions of popups whose first document is still to come, to their targets. Used by the dispatch thread. */
    private final Map<String, String> popupSessions = new HashMap<>();

    private final Map<String, DownloadEntry> downloads = new ConcurrentHashMap<>();
    private @Nullable Screencast screencast;
    private volatile @Nullable Preview preview;
    private volatile @Nullable PageSession session;
    private String mainFrame = "";

    private CapturedPage(
            CdpConnection cdp,
            BrowserJournal journal,
            LaunchOptions options,
            Clock clock,
            int majorVersion,
            String browserContext) {
        this.cdp = cdp;
        this.journal = journal;
        this.options = options;
        this.clock = clock;
        this.majorVersion = majorVersion;
        this.browserContext = browserContext;
    }

    static CapturedPage open(
            CdpConnection cdp,
            BrowserJournal journal,
            LaunchOptions options,
            Clock clock,
            Path downloadFolder,
            int majorVersion)
            throws CdpException {
        String context = Json.text(
                cdp.call(null, "Target.createBrowserContext", Json.object("disposeOnDetach", true), CALL),
                "browserContextId");
        CapturedPage page = new CapturedPage(cdp, journal, options, clock, majorVersion, context);
        page.start(downloadFolder);
        return page;
    }

    private void start(Path downloadFolder) throws CdpException {
        cdp.listen(this::onEvent);
        var ignored = cdp.closed().thenAccept(why -> lifecycle.connectionLost());
        // Allowed, so that the wire has the whole file; the copy goes with the browser's folder.
        cdp.call(
                null,
                "Browser.setDownloadBehavior",
                Json.object(
                        "behavior",
                        "allow",
                        "browserContextId",
                        browserContext,
                        "downloadPath",
                        downloadFolder.toString(),
                        "eventsEnabled",
                        true),
                CALL);
        cdp.call(null, "Target.setAutoAttach", autoAttach(), CALL);
        var ignoredTarget = cdp.call(
                null,
                "Target.createTarget",
                Json.object("url", "about:blank", "browserContextId", browserContext, "newWindow", true),
                CALL);
        String id = await(mainSession, "the new page");
        PageSession page = new PageSession(cdp, id);
        JsonNode tree = page.call("Page.getFrameTree", Json.object(), CALL);
        mainFrame = Json.text(Json.child(Json.child(tree, "frameTree"), "frame"), "id");
        lifecycle.mainFrame(mainFrame);
        journal.mainFrame(mainFrame);
        session = page;
        emulate(page);
    }

    private static String await(CompletableFuture<String> future, String what) throws CdpException {
        try {
            return future.get(CALL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new CdpException("no session for " + what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CdpException("interrupted", e);
        }
    }

    private static ObjectNode autoAttach() {
        ArrayNode filter = JsonNodeFactory.instance.arrayNode();
        filter.add(Json.object("type", "browser", "exclude", true));
        filter.add(Json.object("type", "tab", "exclude", true));
        filter.add(Json.object());
        // New targets wait until we have switched their events on, so nothing they do is missed.
        return Json.object("autoAttach", true, "waitForDebuggerOnStart", true, "flatten", true, "filter", filter);
    }

    private PageSession page() {
        PageSession current = session;
        if (current == null) {
            throw new IllegalStateException("the page is not open yet");
        }
        return current;
    }

    // ---- device ----

    private ObjectNode metrics() {
        DeviceProfile d = options.device();
        return Json.object(
                "width",
                d.width(),
                "height",
                d.height(),
                "deviceScaleFactor",
                d.scale(),
                "mobile",
                d.mobile(),
                "screenWidth",
                d.width(),
                "screenHeight",
                d.height());
    }

    private void emulate(PageSession page) throws CdpException {
        page.call("Emulation.setDeviceMetricsOverride", metrics(), CALL);
        page.call(
                "Emulation.setTimezoneOverride",
                Json.object("timezoneId", options.device().timeZone()),
                CALL);
    }

    private ObjectNode userAgentOverride() {
        DeviceProfile d = options.device();
        ArrayNode brands = JsonNodeFactory.instance.arrayNode();
        ArrayNode full = JsonNodeFactory.instance.arrayNode();
        for (String brand : List.of("Chromium", "Not;A=Brand")) {
            boolean real = brand.equals("Chromium");
            brands.add(Json.object("brand", brand, "version", real ? String.valueOf(majorVersion) : "8"));
            full.add(Json.object("brand", brand, "version", real ? majorVersion + ".0.0.0" : "8.0.0.0"));
        }
        return Json.object(
                "userAgent",
                d.userAgent(majorVersion),
                "acceptLanguage",
                String.join(",", d.languages()),
                "platform",
                d.mobile() ? "Linux armv81" : "Linux x86_64",
                "userAgentMetadata",
                Json.object(
                        "brands",
                        brands,
                        "fullVersionList",
                        full,
                        "platform",
                        d.platform(),
                        "platformVersion",
                        d.platformVersion(),
                        "architecture",
                        d.mobile() ? "" : "x86",
                        "model",
                        d.mobile() ? "K" : "",
                        "mobile",
                        d.mobile(),
                        "bitness",
                        d.mobile() ? "" : "64"));
    }

    // ---- events, on the dispatch thread: no waiting calls in here ----

    private void onEvent(CdpEvent event) {
        if (event.method().equals("Target.attachedToTarget")) {
            attached(event);
            return;
        }
        journal.onEvent(event);
        JsonNode p = event.params();
        String own = mainSession.getNow("");
        switch (event.method()) {
            case "Target.detachedFromTarget" -> {
                String gone = Json.text(p, "sessionId");
                frameSessions.values().removeIf(gone::equals);
            }
            case "Page.javascriptDialogOpening" -> dialog(event);
            case "Network.requestWillBeSent" -> {
                popupDocument(event);
                if (own.equals(event.session())) {
                    onMainEvent(event);
                }
            }
            case "Network.responseReceived" -> {
                challenge(Json.child(p, "response"));
                if (own.equals(event.session())) {
                    onMainEvent(event);
                }
            }
            case "Browser.downloadWillBegin" ->
                downloads.put(
                        Json.text(p, "guid"),
                        new DownloadEntry(
                                Json.text(p, "guid"),
                                BrowserJournal.cut(Json.text(p, "url"), BrowserJournal.MAX_STRING),
                                BrowserJournal.cut(Json.text(p, "suggestedFilename"), 500),
                                0,
                                "inProgress"));
            case "Browser.downloadProgress" ->
                downloads.computeIfPresent(
                        Json.text(p, "guid"),
                        (k, d) -> new DownloadEntry(
                                d.guid(),
                                d.url(),
                                d.suggestedName(),
                                Json.integer(p, "receivedBytes", 0),
                                Json.text(p, "state")));
            default -> {
                if (own.equals(event.session())) {
                    onMainEvent(event);
                }
            }
        }
    }

    private void onMainEvent(CdpEvent event) {
        PageSession current = session;
        if (current != null && event.method().equals("Inspector.targetCrashed")) {
            current.setCrashed(true);
        }
        if (current != null && event.method().equals("Page.frameNavigated")) {
            current.setCrashed(false);
        }
        Screencast cast = screencast;
        Preview shown = preview;
        if (cast != null && event.method().equals("Page.screencastFrame")) {
            cast.onFrame(event.params());
        } else if (shown != null && event.method().equals("Page.screencastFrame")) {
            shown.onFrame(event.params());
        }
        lifecycle.onEvent(event);
    }

    private void attached(CdpEvent event) {
        JsonNode p = event.params();
        String id = Json.text(p, "sessionId");
        JsonNode info = Json.child(p, "targetInfo");
        String type = Json.text(info, "type");
        boolean waiting = Json.flag(p, "waitingForDebugger");
        String context = Json.text(info, "browserContextId");
        if (!context.isEmpty() && !context.equals(browserContext)) {
            // chromedriver's own blank page and Chromium's hidden ones
            if (waiting) {
                send(id, "Runtime.runIfWaitingForDebugger", Json.object());
            }
            send(null, "Target.detachFromTarget", Json.object("sessionId", id));
            return;
        }
        journal.onEvent(event);
        boolean pageLike = type.equals("page") || type.equals("iframe");
        if (pageLike) {
            enablePage(id);
        }
        send(id, "Network.setAcceptedEncodings", acceptedEncodings());
        send(id, "Network.enable", Json.object());
        send(id, "Runtime.enable", Json.object());
        send(id, "Log.enable", Json.object());
        send(id, "Inspector.enable", Json.object());
        send(id, "Emulation.setUserAgentOverride", userAgentOverride());
        send(id, "Target.setAutoAttach", autoAttach());
        if (type.equals("page")) {
            newPage(id, Json.text(info, "targetId"), Json.text(info, "url"));
        } else if (type.equals("iframe")) {
            frameSessions.put(Json.text(info, "targetId"), id);
        }
        if (waiting) {
            send(id, "Runtime.runIfWaitingForDebugger", Json.object());
        }
    }

    private void enablePage(String id) {
        send(id, "Page.enable", Json.object());
        send(id, "Page.setLifecycleEventsEnabled", Json.object("enabled", true));
        send(id, "Security.enable", Json.object());
        if (options.recordInvalidTls()) {
            send(id, "Security.setIgnoreCertificateErrors", Json.object("ignore", true));
        }
        send(
                id,
                "Emulation.setTimezoneOverride",
                Json.object("timezoneId", options.device().timeZone()));
        if (options.device().touch()) {
            send(id, "Emulation.setTouchEmulationEnabled", Json.object("enabled", true, "maxTouchPoints", 5));
            send(id, "Emulation.setEmitTouchEventsForMouse", Json.object("enabled", true, "configuration", "mobile"));
        }
    }

    private static ObjectNode acceptedEncodings() {
        ArrayNode encodings = JsonNodeFactory.instance.arrayNode();
        // Archive players do not read zstd.
        encodings.add("gzip").add("deflate").add("br");
        return Json.object("encodings", encodings);
    }

    private void newPage(String id, String target, String url) {
        if (!mainSession.isDone()) {
            mainSession.complete(id);
            return;
        }
        boolean tooMany = popups.stream().filter(p -> !p.closed()).count() >= MAX_POPUPS;
        send(id, "Emulation.setDeviceMetricsOverride", metrics());
        if (tooMany) {
            send(null, "Target.closeTarget", Json.object("targetId", target));
        }
        PopupEntry entry =
                new PopupEntry(clock.instant(), target, BrowserJournal.cut(url, BrowserJournal.MAX_STRING), tooMany);
        popups.add(entry);
        popupSessions.put(id, target);
        journal.note("popup", Json.object("targetId", target, "url", entry.url(), "closed", tooMany));
    }

    /** A popup is announced before it knows where it goes; its first document says. */
    private void popupDocument(CdpEvent event) {
        String target = popupSessions.get(event.session());
        JsonNode p = event.params();
        if (target == null || !Json.text(p, "type").equals("Document")) {
            return;
        }
        popupSessions.remove(event.session());
        String url = BrowserJournal.cut(Json.text(Json.child(p, "request"), "url"), BrowserJournal.MAX_STRING);
        popups.replaceAll(
                entry -> entry.targetId().equals(target) && entry.url().isEmpty()
                        ? new PopupEntry(entry.at(), target, url, entry.closed())
                        : entry);
    }

    /** Chromium declines by itself, see {@link ChromiumFlags#LOCAL_STATE}; here it is only noted. */
    private void challenge(JsonNode response) {
        if (Json.integer(response, "status", 0) != 401 || challenges.size() >= MAX_CHALLENGES) {
            return;
        }
        Json.child(response, "headers").properties().stream()
                .filter(header -> header.getKey().equalsIgnoreCase("WWW-Authenticate"))
                .findFirst()
                .ifPresent(header -> challenges.add(new ChallengeEntry(
                        clock.instant(),
                        BrowserJournal.cut(Json.text(response, "url"), BrowserJournal.MAX_STRING),
                        BrowserJournal.cut(header.getValue().asString(""), 500))));
    }

    private void dialog(CdpEvent event) {
        JsonNode p = event.params();
        String type = Json.text(p, "type");
        // Agree to nothing on the user's behalf, but let the page go on.
        boolean accept = type.equals("alert") || type.equals("beforeunload");
        send(event.session(), "Page.handleJavaScriptDialog", Json.object("accept", accept));
        DialogEntry entry = new DialogEntry(
                clock.instant(),
                BrowserJournal.cut(Json.text(p, "url"), BrowserJournal.MAX_STRING),
                type,
                BrowserJournal.cut(Json.text(p, "message"), BrowserJournal.MAX_STRING),
                accept);
        if (dialogs.size() < MAX_DIALOGS) {
            dialogs.add(entry);
        }
        journal.note("dialog", Json.object("type", type, "message", entry.message(), "accepted", accept));
    }

    private void send(@Nullable String to, String method, ObjectNode params) {
        var ignored = cdp.send(to, method, params);
    }

    // ---- what was met on the way ----

    /** JavaScript dialogs, at most 200. */
    public List<DialogEntry> dialogs() {
        return List.copyOf(dialogs);
    }

    /** Logins that servers asked for, of page, frames and parts alike; at most 200. */
    public List<ChallengeEntry> challenges() {
        return List.copyOf(challenges);
    }

    public List<PopupEntry> popups() {
        return List.copyOf(popups);
    }

    /**
     * How often the page did not answer in time and its running script was ended, so that the rest of the capture could
     * go on. Not 0 means that the page is not what it would have become.
     */
    public int scriptsEnded() {
        PageSession current = session;
        return current == null ? 0 : current.scriptsEnded();
    }

    public List<DownloadEntry> downloads() {
        return List.copyOf(downloads.values());
    }

    /** The renderer of the page has crashed and nothing was loaded since. */
    public boolean crashed() {
        return page().crashed();
    }

    // ---- steps ----

    /**
     * Starts loading {@code url}. When the main response does not begin in time, loading is stopped and the page stays
     * usable.
     *
     * @param url http or https; the caller has checked it
     */
    public Navigation navigate(String url, Duration timeout) throws CdpException {
        PageSession page = page();
        page.setCrashed(false);
        lifecycle.loadingStarts();
        try {
            JsonNode result = page.plain("Page.navigate", Json.object("url", url), timeout);
            return new Navigation(
                    url,
                    Json.textOrNull(result, "loaderId"),
                    Json.textOrNull(result, "errorText"),
                    false,
                    Json.flag(result, "isDownload"));
        } catch (CdpException.TimedOut e) {
            page.plain("Page.stopLoading", Json.object(), CALL);
            return new Navigation(url, null, null, true, false);
        }
    }

    /**
     * Waits for the load event of the document that {@code navigation} brought, and of one that a script or meta tag
     * puts in its place at once. When time is over loading goes on; {@link #stopLoading} ends it.
     */
    public LoadOutcome waitLoad(Navigation navigation, Duration timeout) {
        long start = System.nanoTime();
        // An error page loads at once; a missing event of it is not worth the whole timeout.
        Duration wait = navigation.errorText() != null || navigation.loaderId() == null
                ? (timeout.compareTo(Duration.ofSeconds(3)) < 0 ? timeout : Duration.ofSeconds(3))
                : timeout;
        long deadline = start + wait.toNanos();
        boolean loaded = lifecycle.awaitLoad(navigation.loaderId(), deadline);
        while (loaded && !lifecycle.state().crashed()) {
            Lifecycle.State seen = lifecycle.state();
            long grace = seen.navigationRequested()
                    ? deadline
                    : Math.min(deadline, System.nanoTime() + REDIRECT_GRACE.toNanos());
            if (!lifecycle.awaitNavigation(seen.commits(), grace)) {
                break;
            }
            loaded = lifecycle.awaitLoad(null, deadline);
        }
        Lifecycle.State state = lifecycle.state();
        return new LoadOutcome(
                state.loaded() && !state.crashed(),
                state.contentLoaded(),
                state.crashed(),
                state.commits(),
                Duration.ofNanos(System.nanoTime() - start));
    }

    /** Ends loading; what is there stays. */
    public void stopLoading() throws CdpException {
        page().call("Page.stopLoading", Json.object(), SMALL);
    }

    /**
     * Waits until no request is under way, the browser's network was silent for {@code quiet}, and so was the wire.
     *
     * @param wireQuietNanos how long no byte has passed the relay; {@code () -> Long.MAX_VALUE} without one
     */
    public IdleOutcome networkIdle(LongSupplier wireQuietNanos, Duration quiet, Duration timeout) {
        long start = System.nanoTime();
        long deadline = start + timeout.toNanos();
        boolean idle;
        while (true) {
            idle = journal.inFlight() == 0
                    && journal.quietNanos() >= quiet.toNanos()
                    && wireQuietNanos.getAsLong() >= quiet.toNanos();
            if (idle
                    || System.nanoTime() >= deadline
                    || cdp.closed().isDone()
                    || Thread.currentThread().isInterrupted()) {
                return new IdleOutcome(idle, journal.inFlight(), Duration.ofNanos(System.nanoTime() - start));
            }
            Pause.millis(50);
        }
    }

    /**
     * Scrolls down in steps of 0.8 windows so that the page loads what it loads lazily, then back to the top.
     *
     * <p>The bounds hold for endless pages; they are not an error. On pages that do not scroll themselves the largest
     * scrolling element inside is scrolled.
     */
    public ScrollResult autoScroll(ScrollBounds bounds) throws CdpException {
        long start = System.nanoTime();
        long deadline = start + bounds.maxTime().toNanos();
        String script = Scripts.load("scroll.js");
        JsonNode at = page().evaluate(mainFrame, script + "(0)", SMALL);
        long heightBefore = Json.integer(at, "height", 0);
        long window = Json.integer(at, "window", 0);
        long reached = window;
        int steps = 0;
        int still = 0;
        ScrollResult.End end;
        while (true) {
            long height = Json.integer(at, "height", 0);
            reached = Math.max(reached, Json.integer(at, "y", 0) + window);
            // At the end give a lazy page three looks to grow.
            still = reached >= height - 2 ? still + 1 : 0;
            if (still >= 3) {
                end = ScrollResult.End.BOTTOM;
                break;
            }
            if (reached >= bounds.maxPixels()) {
                end = ScrollResult.End.PIXELS;
                break;
            }
            if (System.nanoTime() >= deadline) {
                end = ScrollResult.End.TIME;
                break;
            }
            Pause.millis(bounds.pause().toMillis());
            at = page().evaluate(mainFrame, script + "(0.8)", SMALL);
            steps++;
        }
        long heightAfter = Json.integer(at, "height", 0);
        String element = Json.text(at, "name");
        var ignored = page().evaluate(mainFrame, script + "(0)", SMALL);
        return new ScrollResult(
                reached,
                heightBefore,
                heightAfter,
                steps,
                end,
                end != ScrollResult.End.BOTTOM && heightAfter > heightBefore + window,
                element,
                Duration.ofNanos(System.nanoTime() - start));
    }

    /**
     * An overlay that was closed.
     *
     * @param label of the control that was clicked
     * @param element what it is
     */
    public record ClosedOverlay(String label, String element) {}

    /**
     * Clicks closing controls of overlays whose label is one of {@code labels}. This changes what the page shows and may
     * agree to something, so no capture does it unless told to, and what was clicked is returned for the record.
     */
    public List<ClosedOverlay> closeOverlays(List<String> labels) throws CdpException {
        ArrayNode wanted = JsonNodeFactory.instance.arrayNode();
        labels.forEach(wanted::add);
        List<ClosedOverlay> closed = new ArrayList<>();
        page().evaluate(
                        mainFrame,
                        Scripts.load("overlays.js") + "(" + Json.MAPPER.writeValueAsString(wanted) + ")",
                        SMALL)
                .forEach(o -> closed.add(new ClosedOverlay(Json.text(o, "label"), Json.text(o, "element"))));
        closed.forEach(o -> journal.note("closedOverlay", Json.object("label", o.label(), "element", o.element())));
        return closed;
    }

    /** Asks the page for its time. */
    public PageClock pageClock() throws CdpException {
        long before = System.nanoTime();
        Instant asked = clock.instant();
        JsonNode at = page().evaluate(mainFrame, Scripts.load("clock.js"), SMALL);
        long took = System.nanoTime() - before;
        double millis = Json.number(at, "page", 0);
        return new PageClock(
                asked.plusNanos(took / 2),
                Instant.ofEpochMilli(0).plusNanos((long) (millis * 1e6)),
                Duration.ofNanos(took),
                Json.text(at, "zone"),
                (int) Json.integer(at, "offset", 0));
    }

    /** Looks at the page. */
    public PageFacts facts(Duration timeout) throws CdpException {
        JsonNode f = page().evaluate(mainFrame, Scripts.load("page-facts.js"), timeout);
        List<PageFacts.ImageProblem> problems = new ArrayList<>();
        Json.child(f, "imagesNotLoaded")
                .forEach(i -> problems.add(new PageFacts.ImageProblem(Json.text(i, "url"), Json.text(i, "problem"))));
        return new PageFacts(
                Json.text(f, "url"),
                Json.text(f, "title"),
                Json.text(f, "contentType"),
                Json.text(f, "charset"),
                Json.text(f, "language"),
                Json.text(f, "readyState"),
                Json.integer(f, "textLength", 0),
                Json.text(f, "textStart"),
                (int) Json.integer(f, "elements", 0),
                (int) Json.integer(f, "links", 0),
                (int) Json.integer(f, "forms", 0),
                (int) Json.integer(f, "frames", 0),
                (int) Json.integer(f, "images", 0),
                problems,
                (int) Json.integer(f, "passwordFields", 0),
                texts(f, "captchaHints"),
                texts(f, "overlays"),
                Json.number(f, "width", 0),
                Json.number(f, "height", 0),
                Json.number(f, "viewportWidth", 0),
                Json.number(f, "viewportHeight", 0),
                Json.number(f, "scale", 1),
                Json.text(f, "userAgent"),
                texts(f, "languages"),
                Json.flag(f, "webdriver"));
    }

    private static List<String> texts(JsonNode node, String name) {
        List<String> all = new ArrayList<>();
        Json.child(node, name).forEach(t -> all.add(t.asString()));
        return all;
    }

    /**
     * The fonts that drew the text of the body, with the number of glyphs each drew.
     *
     * @return family name to glyphs; a name ends in {@code (web)} for a font the page brought
     */
    public Map<String, Integer> fonts(Duration timeout) throws CdpException {
        PageSession page = page();
        page.call("DOM.enable", Json.object(), SMALL);
        page.call("CSS.enable", Json.object(), SMALL);
        try {
            JsonNode document = page.call("DOM.getDocument", Json.object("depth", 0), timeout);
            JsonNode body = page.call(
                    "DOM.querySelector",
                    Json.object("nodeId", Json.integer(Json.child(document, "root"), "nodeId", 0), "selector", "body"),
                    timeout);
            JsonNode fonts = page.call(
                    "CSS.getPlatformFontsForNode", Json.object("nodeId", Json.integer(body, "nodeId", 0)), timeout);
            Map<String, Integer> found = new LinkedHashMap<>();
            Json.child(fonts, "fonts")
                    .forEach(f -> found.merge(
                            Json.text(f, "familyName") + (Json.flag(f, "isCustomFont") ? " (web)" : ""),
                            (int) Json.integer(f, "glyphCount", 0),
                            Integer::sum));
            return found;
        } finally {
            page.call("CSS.disable", Json.object(), SMALL);
            page.call("DOM.disable", Json.object(), SMALL);
        }
    }

    // ---- artefacts ----

    /** What the window shows now, as PNG. */
    public StoredFile viewportScreenshot(Path file, Duration timeout) throws IOException {
        return new Screenshots(page(), this::resetDevice).viewport(file, timeout);
    }

    /**
     * The whole page as {@code screenshot.png}, or as {@code screenshot-001.png} … with {@code screenshot-tiles.json}
     * when it is higher than one image may be.
     *
     * @param folder the files are made here
     */
    public Screenshot fullPageScreenshot(Path folder, ScreenshotLimits limits, Duration timeout) throws IOException {
        return new Screenshots(page(), this::resetDevice)
                .fullPage(folder, limits, options.device().scale(), timeout);
    }

    /** The page printed on A4 with backgrounds. */
    public StoredFile pdf(Path file, Duration timeout) throws IOException {
        return new PageDocuments(page()).pdf(file, timeout);
    }

    /** The page with its parts as MHTML (RFC 2557), as Chromium saves it. */
    public StoredFile mhtml(Path file, Duration timeout) throws IOException {
        return new PageDocuments(page()).mhtml(file, timeout);
    }

    /**
     * The DOM as it is now, as HTML: the main document, then each frame behind a comment {@code tiezheng:frame} with its
     * address. Open shadow roots are written as declarative templates; closed ones are missing.
     */
    public StoredFile dom(Path file, Duration timeout) throws IOException {
        return new FrameTexts(page(), frameSessionsNow()).write("dom.js", "<!-- tiezheng:frame %s -->", file, timeout);
    }

    /** The visible text of the main document, then of each frame. */
    public StoredFile text(Path file, Duration timeout) throws IOException {
        return new FrameTexts(page(), frameSessionsNow()).write("text.js", "[tiezheng:frame %s]", file, timeout);
    }

    private List<PageSession> frameSessionsNow() {
        return frameSessions.values().stream()
                .map(id -> new PageSession(cdp, id))
                .toList();
    }

    /**
     * Starts filming the window. Once per page; end it with {@link Screencast#stop}.
     *
     * @param frameFolder an empty folder for the frames; the caller deletes it after encoding
     * @param onlooker sees each frame too, as JPEG, on the thread of the browser's events: it must return at once
     */
    public Screencast startScreencast(Path frameFolder, VideoLimits limits, Consumer<byte[]> onlooker)
            throws CdpException {
        if (screencast != null) {
            throw new IllegalStateException("one screencast per page");
        }
        Screencast cast = new Screencast(cdp, page().id(), frameFolder, limits, onlooker, clock);
        screencast = cast;
        cast.start(options.device());
        return cast;
    }

    /**
     * Shows the window to {@code onlooker}, at most once a second and without keeping anything: for a page that is not
     * filmed.
     *
     * @param onlooker gets JPEGs on the thread of the browser's events: it must return at once
     */
    public void startPreview(Consumer<byte[]> onlooker) {
        if (screencast != null || preview != null) {
            throw new IllegalStateException("one look at a page at a time");
        }
        Preview started = new Preview(cdp, page().id(), onlooker);
        preview = started;
        started.start();
    }

    /** A second call, or one without a preview, changes nothing. */
    public void stopPreview() {
        Preview shown = preview;
        if (shown != null) {
            shown.stop();
        }
    }

    /** Sets the emulation again if a step has undone it. @return whether it had to be */
    private boolean resetDevice() throws CdpException {
        JsonNode now = page().evaluate(
                        mainFrame,
                        "({w: innerWidth, h: innerHeight, s: devicePixelRatio, u: navigator.userAgent})",
                        SMALL);
        DeviceProfile d = options.device();
        // On a phone the layout may be wider than the device, so its width says nothing.
        boolean same = Json.number(now, "s", 0) == d.scale()
                && (d.mobile() || (Json.integer(now, "w", 0) == d.width() && Json.integer(now, "h", 0) == d.height()))
                && Json.text(now, "u").equals(d.userAgent(majorVersion));
        if (!same) {
            LOG.info("device emulation was undone: {}", now);
            page().call("Emulation.setDeviceMetricsOverride", metrics(), SMALL);
            page().call("Emulation.setUserAgentOverride", userAgentOverride(), SMALL);
        }
        return !same;
    }
}
