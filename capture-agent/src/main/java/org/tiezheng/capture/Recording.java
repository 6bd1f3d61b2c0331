package org.tiezheng.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.BrowserFacts;
import org.tiezheng.capture.browser.BrowserJournal;
import org.tiezheng.capture.browser.BrowserPrograms;
import org.tiezheng.capture.browser.CapturedPage;
import org.tiezheng.capture.browser.Chromium;
import org.tiezheng.capture.browser.CloseReport;
import org.tiezheng.capture.browser.DeviceProfile;
import org.tiezheng.capture.browser.DownloadEntry;
import org.tiezheng.capture.browser.FolderTree;
import org.tiezheng.capture.browser.IdleOutcome;
import org.tiezheng.capture.browser.JournalLimits;
import org.tiezheng.capture.browser.LaunchOptions;
import org.tiezheng.capture.browser.LoadOutcome;
import org.tiezheng.capture.browser.Navigation;
import org.tiezheng.capture.browser.PageClock;
import org.tiezheng.capture.browser.PageFacts;
import org.tiezheng.capture.browser.RequestEntry;
import org.tiezheng.capture.browser.Screencast;
import org.tiezheng.capture.browser.Screenshot;
import org.tiezheng.capture.browser.ScreenshotLimits;
import org.tiezheng.capture.browser.ScrollBounds;
import org.tiezheng.capture.browser.ScrollResult;
import org.tiezheng.capture.browser.StoredFile;
import org.tiezheng.capture.browser.VideoEncoder;
import org.tiezheng.capture.browser.VideoLimits;
import org.tiezheng.capture.browser.VideoResult;
import org.tiezheng.capture.environment.ClockProof;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.ConnectionsJson;
import org.tiezheng.capture.relay.Denial;
import org.tiezheng.capture.relay.EgressPolicy;
import org.tiezheng.capture.relay.HostsFile;
import org.tiezheng.capture.relay.LimitReached;
import org.tiezheng.capture.relay.PcapngSpool;
import org.tiezheng.capture.relay.Relay;
import org.tiezheng.capture.relay.RelayActivity;
import org.tiezheng.capture.relay.RelayFailure;
import org.tiezheng.capture.relay.RelayLimits;
import org.tiezheng.capture.relay.RelayListener;
import org.tiezheng.capture.relay.RelayReport;
import org.tiezheng.evidence.wire.PcapngWriter;

/**
 * The live part of a capture: relay and browser up, page loaded, artefacts written into the work folder, browser and
 * relay down. Whatever happens in between, {@link #close} has ended both when it returns.
 *
 * <p>Used by one thread. A crash of this process leaves the work folder in state RECORDING, a browser that the next
 * start's janitor ends, and a spool that nobody seals.
 */
final class Recording implements AutoCloseable {
    private static final Duration QUIET = Duration.ofMillis(700);
    /** Between a step's own bound and the runner's, so that the step can say itself what it got. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private static final Path HOSTS_FILE = Path.of("/etc/hosts");

    private final CaptureRequest request;
    private final BrowserPrograms programs;
    private final Path tempRoot;
    private final WorkFolder work;
    private final StepRunner steps;
    private final CaptureListener listener;
    private final Incidents incidents;
    private final Clock clock;
    private final AtomicBoolean lost = new AtomicBoolean();

    private @Nullable PcapngWriter spool;
    private volatile @Nullable Relay relay;
    private @Nullable Chromium chromium;
    private @Nullable BrowserJournal journal;
    private @Nullable CapturedPage page;
    private @Nullable Screencast screencast;

    private @Nullable BrowserFacts browserFacts;
    private @Nullable Navigation navigation;
    private @Nullable LoadOutcome load;
    private int scriptsEnded;
    private @Nullable ScrollResult scroll;
    private @Nullable PageFacts facts;
    private @Nullable Screenshot screenshot;
    private @Nullable VideoResult video;
    private volatile @Nullable RelayReport relayReport;
    private ClockProof.@Nullable PageReading pageClock;
    private List<String> fonts = List.of();
    private boolean closed;

    Recording(
            CaptureRequest request,
            BrowserPrograms programs,
            Path tempRoot,
            WorkFolder work,
            StepRunner steps,
            CaptureListener listener,
            Incidents incidents,
            Clock clock) {
        this.request = request;
        this.programs = programs;
        this.tempRoot = tempRoot;
        this.work = work;
        this.steps = steps;
        this.listener = listener;
        this.incidents = incidents;
        this.clock = clock;
    }

    // ---- start ----

    /** Starts relay and browser. @return false if there is nothing to capture with; the steps say why */
    boolean start() {
        steps.work(StepNames.RELAY, Duration.ofSeconds(10), this::startRelay);
        Relay running = relay;
        if (running == null) {
            return false;
        }
        steps.work(StepNames.BROWSER, Duration.ofSeconds(60), note -> startBrowser(note, running));
        return page != null;
    }

    private void startRelay(StepRunner.Note note) throws IOException {
        List<AllowedTarget> allowed = request.settings().allowedHosts().stream()
                .map(AllowedTarget::parse)
                .toList();
        int browserUid = Chromium.uidOf(request.settings().browserUser());
        PcapngWriter writer = PcapngWriter.create(spoolFile());
        RelayLimits limits =
                RelayLimits.defaults().withCaptureBytes(request.settings().maxBytes());
        Relay.Settings settings = Relay.Settings.of(EgressPolicy.ofThisMachine(allowed), new PcapngSpool(writer), clock)
                .withLimits(limits)
                .withHosts(HostsFile.read(HOSTS_FILE))
                .withBrowserUid(browserUid)
                .withListener(new Listener());
        spool = writer;
        relay = Relay.start(settings);
        note.detail("127.0.0.1:" + relay.address().getPort());
    }

    private final class Listener implements RelayListener {
        @Override
        public void limitReached(LimitReached limit) {
            incidents.add(limit.at(), "LIMIT_REACHED", limit.limit() + ", allowed " + limit.allowed());
        }

        @Override
        public void denied(Denial denial) {
            incidents.add(
                    denial.at(), "EGRESS_DENIED", denial.host() + ":" + denial.port() + " (" + denial.rule() + ")");
        }

        @Override
        public void failed(RelayFailure failure) {
            incidents.add(failure.at(), "RECORDER_FAILED", failure.reason() + ": " + failure.detail());
        }
    }

    private void startBrowser(StepRunner.Note note, Relay running) throws IOException {
        CaptureSettings settings = request.settings();
        DeviceProfile device = DeviceProfile.named(settings.device())
                .withLanguages(languages(settings.language()))
                .withTimeZone(settings.timezone());
        LaunchOptions options = LaunchOptions.of(
                        programs, device, running.address().getPort(), keyLog())
                .withBrowserUser(settings.browserUser())
                .withTrustedSpki(settings.trustedSpki())
                .withRecordInvalidTls(settings.recordInvalidTls())
                .withTempRoot(tempRoot);
        BrowserJournal events =
                new BrowserJournal(file("browser-events.ndjson"), file("console.ndjson"), JournalLimits.DEFAULT, clock);
        journal = events;
        Chromium started = Chromium.launch(options, clock);
        chromium = started;
        started.onMemoryLimit(bytes -> incidents.add("MEMORY_LIMIT", bytes + " bytes; the largest renderer was ended"));
        var ignored = started.gone().thenAccept(why -> {
            if (!closing()) {
                lost.set(true);
                incidents.add("BROWSER_LOST", why);
            }
        });
        page = started.openPage(events);
        BrowserFacts known = started.facts();
        browserFacts = known;
        if (!known.sandbox().on()) {
            incidents.add("SANDBOX_OFF", known.sandbox().reason());
        }
        note.detail(known.product());
    }

    /** {@code zh-CN} asks for {@code zh-CN, zh}, as a browser in that language does. */
    static List<String> languages(String tag) {
        int dash = tag.indexOf('-');
        return dash < 0 ? List.of(tag) : List.of(tag, tag.substring(0, dash));
    }

    private synchronized boolean closing() {
        return closed;
    }

    // ---- the page ----

    /** At most {@code most}, and of a short total only its part, so that a page that hangs leaves time for the artefacts. */
    private Duration bounded(Duration most, int part) {
        Duration share = request.settings().timeout().dividedBy(part);
        return share.compareTo(most) < 0 ? share : most;
    }

    private Duration loading() {
        return bounded(Duration.ofSeconds(30), 4);
    }

    private Duration settling() {
        return bounded(Duration.ofSeconds(10), 12);
    }

    /** Loads the page, lets it settle and takes everything from it. */
    void capture() {
        CapturedPage shown = Objects.requireNonNull(page, "start() first");
        Relay running = Objects.requireNonNull(relay, "start() first");
        startVideo(shown);
        navigate(shown);
        settle(shown, running, StepNames.SETTLE);
        steps.work(
                StepNames.VIEWPORT,
                Duration.ofSeconds(15),
                note -> stored(note, shown.viewportScreenshot(file("viewport.png"), Duration.ofSeconds(10))));
        behave(shown, running);
        steps.work(StepNames.FACTS, Duration.ofSeconds(15), note -> lookAt(shown, note));
        steps.work(
                StepNames.DOM,
                Duration.ofSeconds(25),
                note -> stored(note, shown.dom(file("dom.html"), Duration.ofSeconds(20))));
        steps.work(StepNames.TEXT, Duration.ofSeconds(15), note -> text(note, shown));
        steps.work(
                StepNames.MHTML,
                Duration.ofSeconds(25),
                note -> stored(note, shown.mhtml(file("page.mhtml"), Duration.ofSeconds(20))));
        steps.work(StepNames.SCREENSHOT, Duration.ofSeconds(65), note -> shoot(shown, note));
        steps.work(
                StepNames.PDF,
                Duration.ofSeconds(45),
                note -> stored(note, shown.pdf(file("page.pdf"), Duration.ofSeconds(40))));
        stopVideo();
        awaitDownloads(shown);
        shown.dialogs()
                .forEach(dialog -> incidents.add(
                        dialog.at(),
                        "DIALOG",
                        dialog.type() + " (" + (dialog.accepted() ? "accepted" : "dismissed") + "): "
                                + dialog.message()));
        shown.popups()
                .forEach(popup -> incidents.add(
                        popup.at(),
                        "POPUP",
                        (popup.url().isEmpty() ? "without an address" : popup.url())
                                + (popup.closed() ? " (one too many, closed at once)" : "")));
        shown.challenges()
                .forEach(asked -> incidents.add(
                        asked.at(),
                        "AUTH_CANCELLED",
                        "no login was sent: " + asked.url() + " asks for " + asked.challenge()));
        scriptsEnded = shown.scriptsEnded();
        if (scriptsEnded > 0) {
            incidents.add(
                    "SCRIPT_ENDED", "the page did not answer; its running script was ended, times: " + scriptsEnded);
        }
        shown.downloads()
                .forEach(download -> incidents.add(
                        "DOWNLOAD", download.state() + ", " + download.receivedBytes() + " bytes: " + download.url()));
    }

    /** The artefacts are there, so whatever is left of the total time may go into files still on their way. */
    private void awaitDownloads(CapturedPage shown) {
        if (!downloading(shown)) {
            return;
        }
        steps.work(StepNames.DOWNLOADS, steps.left(), note -> {
            while (downloading(shown) && !lost.get()) {
                note.timeout(downloadedBytes(shown) + " bytes, not all there");
                TimeUnit.MILLISECONDS.sleep(100);
            }
            if (lost.get()) {
                note.error("the browser was lost");
            } else {
                note.ok(downloadedBytes(shown) + " bytes");
            }
        });
    }

    private static boolean downloading(CapturedPage shown) {
        return runningDownloads(shown) > 0;
    }

    private static long runningDownloads(CapturedPage shown) {
        return shown.downloads().stream()
                .filter(each -> each.state().equals("inProgress"))
                .count();
    }

    /** The page itself is done; its downloads have a step of their own. */
    private static boolean onlyDownloads(CapturedPage shown, IdleOutcome outcome) {
        return downloading(shown) && outcome.inFlight() <= runningDownloads(shown);
    }

    private static long downloadedBytes(CapturedPage shown) {
        return shown.downloads().stream()
                .mapToLong(DownloadEntry::receivedBytes)
                .sum();
    }

    private void startVideo(CapturedPage shown) {
        Duration length = request.settings().video();
        if (length.isZero()) {
            steps.skip(StepNames.VIDEO_START, "not wanted");
            preview(shown);
            return;
        }
        if (programs.ffmpeg() == null) {
            incidents.add("NO_VIDEO", "ffmpeg is not installed");
            steps.skip(StepNames.VIDEO_START, "ffmpeg is not installed");
            preview(shown);
            return;
        }
        screencast = steps.run(
                StepNames.VIDEO_START,
                Duration.ofSeconds(10),
                note -> shown.startScreencast(
                        Files.createDirectory(frames()),
                        VideoLimits.DEFAULT.withLength(length),
                        listener.wantsPictures() ? listener.picture() : jpeg -> {}));
    }

    private void preview(CapturedPage shown) {
        if (listener.wantsPictures()) {
            shown.startPreview(listener.picture());
        }
    }

    private void navigate(CapturedPage shown) {
        Navigation went = steps.run(StepNames.NAVIGATE, loading().plus(MARGIN), note -> {
            Navigation result = shown.navigate(request.url().text(), loading());
            if (result.timedOut()) {
                note.timeout("no response within " + loading().toMillis() + " ms");
            } else if (result.errorText() != null) {
                note.error(String.valueOf(result.errorText()));
            }
            return result;
        });
        navigation = went;
        if (went == null) {
            steps.skip(StepNames.LOAD, "nothing is loading");
            return;
        }
        load = steps.run(StepNames.LOAD, loading().plus(MARGIN), note -> {
            LoadOutcome result = shown.waitLoad(went, loading());
            if (result.crashed()) {
                incidents.add("RENDERER_CRASHED", "while loading");
                note.error("the renderer crashed");
            } else if (!result.loaded()) {
                note.timeout("no load event within " + result.took().toMillis() + " ms");
                shown.stopLoading();
            } else {
                note.detail(
                        result.navigations() + " documents, " + result.took().toMillis() + " ms");
            }
            return result;
        });
    }

    private void settle(CapturedPage shown, Relay running, String name) {
        steps.work(name, settling().plus(MARGIN), note -> {
            IdleOutcome outcome =
                    shown.networkIdle(() -> running.activity().quietFor().toNanos(), QUIET, settling());
            if (outcome.idle()) {
                note.detail(outcome.took().toMillis() + " ms");
            } else if (onlyDownloads(shown, outcome)) {
                note.detail("quiet but for a download");
            } else {
                note.timeout("still " + outcome.inFlight() + " requests under way");
            }
        });
    }

    private void behave(CapturedPage shown, Relay running) {
        int most = request.settings().maxHeightPx();
        Duration scrolling = bounded(ScrollBounds.DEFAULT.maxTime(), 6);
        scroll = steps.run(StepNames.BEHAVIOURS, scrolling.plus(settling()).plus(MARGIN), note -> {
            ScrollResult result = shown.autoScroll(new ScrollBounds(most, scrolling, ScrollBounds.DEFAULT.pause()));
            IdleOutcome after =
                    shown.networkIdle(() -> running.activity().quietFor().toNanos(), QUIET, settling());
            String said = "scrolled " + result.reachedPixels() + " px in " + result.steps() + " steps, end "
                    + result.end() + (result.growing() ? ", page still growing" : "");
            if (after.idle() || onlyDownloads(shown, after)) {
                note.detail(said);
            } else {
                note.timeout(said + "; still " + after.inFlight() + " requests under way");
            }
            return result;
        });
    }

    private void lookAt(CapturedPage shown, StepRunner.Note note) throws IOException {
        PageFacts seen = shown.facts(Duration.ofSeconds(10));
        facts = seen;
        note.detail(seen.textLength() + " characters, " + seen.images() + " images");
        PageClock read = shown.pageClock();
        pageClock = new ClockProof.PageReading(
                read.ours(), read.difference().toNanos() / 1e6, read.roundTrip().toNanos() / 1e6);
        Map<String, Integer> drawn = shown.fonts(Duration.ofSeconds(5));
        fonts = List.copyOf(drawn.keySet());
    }

    private void text(StepRunner.Note note, CapturedPage shown) throws IOException {
        Path file = file("page.txt");
        try {
            stored(note, shown.text(file, Duration.ofSeconds(10)));
        } catch (IOException e) {
            // A page of pictures has no text; that is a result, not a failure.
            if (!Files.exists(file) || Files.size(file) > 0) {
                throw e;
            }
            Files.delete(file);
            note.detail("no visible text");
        }
    }

    private void shoot(CapturedPage shown, StepRunner.Note note) throws IOException {
        ScreenshotLimits defaults = ScreenshotLimits.DEFAULT;
        Screenshot taken = shown.fullPageScreenshot(
                work.files(),
                new ScreenshotLimits(
                        defaults.singleHeight(),
                        defaults.tileHeight(),
                        request.settings().maxHeightPx(),
                        defaults.maxWidth()),
                Duration.ofSeconds(60));
        screenshot = taken;
        note.detail(taken.width() + "x" + taken.height() + " px"
                + (taken.tiles().size() > 1 ? " in " + taken.tiles().size() + " tiles" : "")
                + (taken.cut() ? ", cut" : ""));
    }

    private void stopVideo() {
        Screencast filming = screencast;
        if (filming == null) {
            steps.skip(StepNames.VIDEO_STOP, "no video");
            return;
        }
        video = steps.runAlways(StepNames.VIDEO_STOP, Duration.ofSeconds(60), note -> {
            filming.stop();
            VideoResult made = new VideoEncoder(programs, tempRoot)
                    .encode(filming, file("screen.mp4"), file("screen-frames.json"), Duration.ofSeconds(55));
            note.detail(made.frames() + " frames, " + made.length().toMillis() + " ms");
            return made;
        });
    }

    private static void stored(StepRunner.Note note, StoredFile made) {
        note.detail(made.sizeBytes() + " bytes");
    }

    // ---- end ----

    /** Ends browser and relay in that order, so that the relay sees the browser's last bytes. Never throws. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        CapturedPage shown = page;
        if (shown != null) {
            shown.stopPreview();
        }
        Chromium running = chromium;
        if (running != null) {
            steps.workAlways(StepNames.CLOSE_BROWSER, Duration.ofSeconds(40), note -> {
                CloseReport report = running.end();
                note.detail(report.keyLogBytes() + " bytes of TLS key log");
                if (!report.orderly() && !lost.get()) {
                    incidents.add("BROWSER_KILLED", String.join(", ", report.killed()));
                }
                if (!report.leftovers().isEmpty()) {
                    incidents.add("LEFTOVERS", String.join(", ", report.leftovers()));
                }
            });
        }
        Relay recorder = relay;
        if (recorder != null) {
            steps.workAlways(StepNames.CLOSE_RELAY, Duration.ofSeconds(30), note -> {
                recorder.close(Duration.ofSeconds(5));
                RelayReport report = recorder.report();
                relayReport = report;
                note.detail(report.connections().size() + " connections");
                try (var out = Files.newOutputStream(file("connections.json"))) {
                    ConnectionsJson.write(report, out);
                }
            });
        }
        BrowserJournal events = journal;
        if (events != null) {
            try {
                events.close();
            } catch (IOException e) {
                incidents.add("JOURNAL_FAILED", StepRunner.describe(e));
            }
        }
        try {
            FolderTree.delete(frames());
        } catch (IOException e) {
            incidents.add("LEFTOVERS", StepRunner.describe(e));
        }
    }

    // ---- what came of it ----

    /** Figures for the progress display. */
    Progress.Traffic traffic() {
        Relay running = relay;
        RelayReport over = relayReport;
        if (over != null) {
            return new Progress.Traffic(
                    0,
                    over.connections().stream()
                            .mapToLong(connection -> connection.bytesToServer() + connection.bytesToClient())
                            .sum());
        }
        if (running == null) {
            return Progress.Traffic.NONE;
        }
        RelayActivity now = running.activity();
        return new Progress.Traffic(now.open(), now.bytesToServer() + now.bytesToClient());
    }

    Path spoolFile() {
        return work.folder().resolve("spool.pcapng");
    }

    Path keyLog() {
        return work.folder().resolve("keys.log");
    }

    private Path frames() {
        return work.folder().resolve("frames");
    }

    private Path file(String name) {
        return work.files().resolve(name);
    }

    @Nullable
    PcapngWriter spool() {
        return spool;
    }

    @Nullable
    BrowserFacts browserFacts() {
        return browserFacts;
    }

    @Nullable
    PageFacts facts() {
        return facts;
    }

    @Nullable
    RelayReport relayReport() {
        return relayReport;
    }

    List<String> fonts() {
        return fonts;
    }

    List<BrowserRequest> requests() {
        BrowserJournal events = journal;
        return events == null
                ? List.of()
                : events.requests().stream().map(BrowserRequest::of).toList();
    }

    /** The main document's entries of the browser's log, hops of redirects and client-side navigations in order. */
    List<RequestEntry> documents() {
        BrowserJournal events = journal;
        return events == null
                ? List.of()
                : events.requests().stream()
                        .filter(entry -> entry.documentNavigation() && !entry.local())
                        .toList();
    }

    List<RequestEntry> entries() {
        BrowserJournal events = journal;
        return events == null ? List.of() : events.requests();
    }

    /** Chromium's word on the connection the main document came over; null if it said nothing. */
    @Nullable
    String documentSecurity() {
        List<RequestEntry> documents = documents();
        return documents.isEmpty() ? null : documents.get(documents.size() - 1).securityState();
    }

    boolean filmed() {
        return video != null;
    }

    /** The page's clock against ours; null if it could not be asked. */
    ClockProof.@Nullable PageReading pageReading() {
        return pageClock;
    }

    /** What screenshot and scrolling left out, in words. */
    List<String> cuts() {
        List<String> cuts = new ArrayList<>();
        Screenshot taken = screenshot;
        if (taken != null && taken.cut()) {
            cuts.add("the screenshot shows " + taken.width() + "x" + taken.height() + " px of a page that is "
                    + Math.round(taken.pageHeight()) + " px high");
        }
        ScrollResult scrolled = scroll;
        if (scrolled != null && scrolled.growing()) {
            cuts.add("the page went on growing; scrolling stopped at " + scrolled.reachedPixels() + " px");
        }
        if (scriptsEnded > 0) {
            cuts.add("the page did not answer, so its running script was ended; what it had still to show is missing");
        }
        return cuts;
    }

    /** Limits and failures that ended the recording of something, in words. */
    List<String> losses() {
        List<String> losses = new ArrayList<>();
        RelayReport report = relayReport;
        if (report == null) {
            losses.add("the recorder gave no report");
            return losses;
        }
        report.limitsReached()
                .forEach(limit -> losses.add(limit.limit() + " limit reached, allowed " + limit.allowed()));
        RelayFailure failure = report.failure();
        if (failure != null) {
            losses.add(failure.reason() + ": " + failure.detail());
        }
        if (lost.get()) {
            losses.add("the browser was lost during the capture");
        }
        return losses;
    }

    /** Whether a document of the site was shown. */
    boolean loaded() {
        Navigation went = navigation;
        return went != null
                && went.loaderId() != null
                && went.errorText() == null
                && !went.timedOut()
                && !went.download();
    }

    /** Why not, as far as known. */
    @Nullable
    String loadError() {
        Navigation went = navigation;
        if (went == null) {
            return null;
        }
        if (went.download()) {
            return "the address is a download, not a page; its bytes are in the WARC";
        }
        return went.timedOut() ? "no response within " + loading().toMillis() + " ms" : went.errorText();
    }
}
