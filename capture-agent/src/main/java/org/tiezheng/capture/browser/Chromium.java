package org.tiezheng.capture.browser;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.PageLoadStrategy;
import org.openqa.selenium.UnexpectedAlertBehaviour;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.remote.http.ClientConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One running Chromium, started for one capture and gone after it.
 *
 * <p>Selenium's chromedriver launches and owns it; the captured page lives in a target that our own DevTools client
 * makes ({@link #openPage}), because pages opened through chromedriver carry its {@code cdc_} variables.
 *
 * <p>{@link #close} leaves nothing behind: no process, no profile. So does an orderly exit or Ctrl-C of the JVM (a
 * shutdown hook). After {@code kill -9} of the JVM the next {@link Janitor#cleanUp} does it.
 */
public final class Chromium implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chromium.class);
    private static final long MAX_KEY_LOG_BYTES = 64L << 20;
    private static final String SPILL = "spill";
    private static final Duration CALL = Duration.ofSeconds(10);

    /** Kept so that the setting is not garbage-collected with the logger. */
    private static final java.util.logging.Logger SELENIUM = java.util.logging.Logger.getLogger("org.openqa.selenium");

    private final LaunchOptions options;
    private final Clock clock;
    private final BrowserFolder folder;
    private final BrowserUser user;
    private final ChromeDriverService service;
    private final ChromeDriver driver;
    private final CdpConnection cdp;
    private final long browserPid;
    private final Set<Long> sessions;
    private final Thread shutdownHook;
    private final MemoryWatch memoryWatch;
    private final @Nullable String sandboxRefused;
    private final JsonNode version;
    private final int majorVersion;
    private final String driverVersion;
    private final List<String> driverArguments;
    private @Nullable CapturedPage page;
    private @Nullable CloseReport closed;

    private Chromium(
            LaunchOptions options,
            Clock clock,
            BrowserFolder folder,
            BrowserUser user,
            Started started,
            @Nullable String sandboxRefused)
            throws IOException {
        this.options = options;
        this.clock = clock;
        this.folder = folder;
        this.user = user;
        this.service = started.service;
        this.driver = started.driver;
        this.driverArguments = started.driverArguments;
        this.sandboxRefused = sandboxRefused;
        this.cdp = CdpConnection.open(webSocketAddress(driver), folder.path().resolve(SPILL), CALL);
        this.version = cdp.call(null, "Browser.getVersion", Json.object(), CALL);
        this.majorVersion = ChromiumFlags.majorVersion(Json.text(version, "product"));
        this.driverVersion = driverVersion(driver);
        ProcessTable.Entry browser = findBrowser();
        this.browserPid = browser.pid();
        this.sessions = Set.of(browser.session());
        this.shutdownHook = new Thread(this::abandon, "chromium-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        this.memoryWatch = new MemoryWatch(this::processes, options.memoryLimitBytes());
    }

    private record Started(ChromeDriverService service, ChromeDriver driver, List<String> driverArguments) {}

    /**
     * The number of the account Chromium will run under, for those who must know its sockets before it is started.
     *
     * @param browserUser as in {@link LaunchOptions#withBrowserUser}
     * @throws IOException if there is no such user, or we may not become that user
     */
    public static int uidOf(@Nullable String browserUser) throws IOException {
        return BrowserUser.choose(browserUser).uid();
    }

    /**
     * Starts Chromium and connects to it. Takes half a second to a few seconds.
     *
     * @throws IOException if it cannot be started; nothing is left running then
     */
    public static Chromium launch(LaunchOptions options, Clock clock) throws IOException {
        SELENIUM.setLevel(Level.SEVERE);
        BrowserUser user = BrowserUser.choose(options.browserUser());
        String refused = user.isRootUser() ? "runs as root: there is no unprivileged user to drop to" : null;
        BrowserFolder folder = BrowserFolder.create(options.tempRoot());
        try {
            prepare(folder, user);
            Started started;
            try {
                started = start(options, folder, user, refused == null);
            } catch (IOException e) {
                Killer.killAll(folder.name(), 5_000);
                refused = refused == null ? user.namespacesRefused() : null;
                if (refused == null) {
                    throw e;
                }
                LOG.warn("Chromium's sandbox is not available to {}: {}", user.name(), refused);
                refused = "user namespaces are not available to " + user.name() + ": " + refused;
                started = start(options, folder, user, false);
            }
            try {
                return new Chromium(options, clock, folder, user, started, refused);
            } catch (IOException | RuntimeException e) {
                started.service.stop();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            Killer.killAll(folder.name(), 5_000);
            folder.delete();
            throw e;
        }
    }

    /**
     * The folder itself stays ours, so that a browser gone bad cannot put links in the place of what we read; inside it
     * has its own folders and the one file.
     */
    private static void prepare(BrowserFolder folder, BrowserUser user) throws IOException {
        Path root = folder.path();
        if (user.switching()) {
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Files.createDirectory(root.resolve(SPILL), ownerOnly("rwx------"));
        for (String name : List.of("profile", "home", BrowserFolder.TEMPORARY, "downloads")) {
            user.own(Files.createDirectory(root.resolve(name), ownerOnly("rwx------")));
        }
        user.own(Files.createFile(root.resolve(ChromiumFlags.KEY_LOG), ownerOnly("rw-------")));
    }

    private static FileAttribute<?> ownerOnly(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static Started start(LaunchOptions options, BrowserFolder folder, BrowserUser user, boolean sandbox)
            throws IOException {
        List<String> wrapper = new ArrayList<>();
        wrapper.add("/usr/bin/env");
        // The page's process gets nothing of our environment: it may hold secrets.
        wrapper.add("-i");
        environment(options, folder).forEach((k, v) -> wrapper.add(k + "=" + v));
        wrapper.addAll(user.prefix());
        wrapper.add(options.programs().chromedriver().toString());
        WrappedDriver builder = new WrappedDriver(wrapper, folder.path().resolve("home/driver.log"));
        ChromeDriverService service = builder.usingDriverExecutable(new File("/usr/bin/setsid"))
                .usingAnyFreePort()
                .withTimeout(options.startTimeout())
                .withLogOutput(OutputStream.nullOutputStream())
                .build();
        ChromeOptions chrome = new ChromeOptions();
        chrome.setBinary(options.programs().chromium().toFile());
        int major = ChromiumFlags.majorVersion(user.versionOf(options.programs().chromium()));
        chrome.addArguments(ChromiumFlags.of(options, major, folder.path(), sandbox));
        chrome.setExperimentalOption("prefs", ChromiumFlags.preferences(options.device()));
        chrome.setExperimentalOption("localState", ChromiumFlags.LOCAL_STATE);
        chrome.setExperimentalOption("excludeSwitches", List.of("enable-automation", "enable-logging"));
        chrome.setPageLoadStrategy(PageLoadStrategy.NONE);
        chrome.setUnhandledPromptBehaviour(UnexpectedAlertBehaviour.IGNORE);
        try {
            // Given the service's executable, Selenium looks for no driver of its own.
            ChromeDriver driver = new ChromeDriver(
                    service, chrome, ClientConfig.defaultConfig().readTimeout(options.startTimeout()));
            return new Started(service, driver, builder.arguments());
        } catch (WebDriverException e) {
            service.stop();
            throw new IOException("Chromium does not start: " + firstLine(e.getMessage()), e);
        }
    }

    private static Map<String, String> environment(LaunchOptions options, BrowserFolder folder) {
        String home = folder.path().resolve("home").toString();
        Map<String, String> values = new LinkedHashMap<>();
        values.put("PATH", "/usr/bin:/bin");
        values.put("HOME", home);
        values.put("XDG_CONFIG_HOME", home);
        values.put("XDG_CACHE_HOME", home);
        values.put("TMPDIR", folder.path().resolve(BrowserFolder.TEMPORARY).toString());
        // fontconfig takes from it which of the regional forms of a Chinese character to draw.
        values.put("LANG", options.device().languages().get(0).replace('-', '_') + ".UTF-8");
        // All of Chromium's processes, workers too, take their time zone from here.
        values.put("TZ", options.device().timeZone());
        values.put("DBUS_SESSION_BUS_ADDRESS", "disabled:");
        values.put(BrowserFolder.MARK, folder.name());
        return values;
    }

    /** Lets chromedriver run as another user, in a session of its own, still started by Selenium. */
    private static final class WrappedDriver extends ChromeDriverService.Builder {
        private final List<String> wrapper;
        private final Path log;
        private List<String> arguments = List.of();

        WrappedDriver(List<String> wrapper, Path log) {
            this.wrapper = wrapper;
            this.log = log;
        }

        @Override
        protected List<String> createArgs() {
            List<String> all = new ArrayList<>(wrapper);
            all.add("--port=" + getPort());
            all.add("--log-path=" + log);
            all.add("--log-level=WARNING");
            arguments = List.copyOf(all);
            return arguments;
        }

        List<String> arguments() {
            return arguments;
        }
    }

    private static URI webSocketAddress(ChromeDriver driver) throws IOException {
        Object chromeOptions = driver.getCapabilities().getCapability("goog:chromeOptions");
        if (!(chromeOptions instanceof Map<?, ?> map) || !(map.get("debuggerAddress") instanceof String address)) {
            throw new IOException("chromedriver does not say where Chromium listens");
        }
        HttpClient client = HttpClient.newBuilder()
                .proxy(HttpClient.Builder.NO_PROXY)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CALL)
                .build();
        try {
            String body = client.send(
                            HttpRequest.newBuilder(URI.create("http://" + address + "/json/version"))
                                    .timeout(CALL)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            return URI.create(Json.text(Json.MAPPER.readTree(body), "webSocketDebuggerUrl"));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("Chromium's /json/version is unreadable", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String driverVersion(ChromeDriver driver) {
        return driver.getCapabilities().getCapability("chrome") instanceof Map<?, ?> map
                        && map.get("chromedriverVersion") instanceof String version
                ? version
                : "";
    }

    private ProcessTable.Entry findBrowser() throws IOException {
        String profile = "--user-data-dir=" + folder.path().resolve("profile");
        List<ProcessTable.Entry> all = folder.processes();
        return all.stream()
                .filter(p -> p.has(profile)
                        && p.name().startsWith("chrom")
                        && p.arguments().stream().noneMatch(a -> a.contains("--type=")))
                .min(Comparator.comparingLong(ProcessTable.Entry::pid))
                .orElseThrow(() -> new IOException("no process of the browser among " + all));
    }

    /**
     * Opens the page to capture, in a browser context of its own. Once per browser.
     *
     * @param journal receives every event from now on; the caller closes it, after this browser
     */
    public CapturedPage openPage(BrowserJournal journal) throws CdpException {
        if (page != null) {
            throw new IllegalStateException("one page per browser");
        }
        CapturedPage opened =
                CapturedPage.open(cdp, journal, options, clock, folder.path().resolve("downloads"), majorVersion);
        page = opened;
        return opened;
    }

    /** The DevTools connection, for diagnostics. */
    CdpConnection cdp() {
        return cdp;
    }

    /** Major version, for example 156. */
    public int majorVersion() {
        return majorVersion;
    }

    /**
     * What ran. Ask after {@link #openPage}: the sandbox can only be verified on a renderer.
     */
    public BrowserFacts facts() throws IOException {
        String gpu = "";
        try {
            JsonNode info = cdp.call(null, "SystemInfo.getInfo", Json.object(), CALL);
            gpu = Json.text(Json.child(Json.child(info, "gpu"), "auxAttributes"), "glRenderer");
        } catch (CdpException.Refused e) {
            LOG.debug("no SystemInfo: {}", e.getMessage());
        }
        return new BrowserFacts(
                Json.text(version, "product"),
                Json.text(version, "revision"),
                options.device().userAgent(majorVersion),
                Json.text(version, "jsVersion"),
                driverVersion,
                ProcessTable.read(browserPid).map(Chromium::commandLine).orElse(List.of()),
                driverArguments,
                options.programs(),
                options.device(),
                sandbox(),
                options.trustedSpki(),
                options.recordInvalidTls(),
                gpu);
    }

    /** Chromium writes its command line anew as one text; cut it at the flags again. */
    private static List<String> commandLine(ProcessTable.Entry process) {
        return List.of(String.join(" ", process.arguments()).split(" (?=--)", -1));
    }

    /** Reads from the kernel whether the sandbox holds for every renderer there is now. */
    public SandboxState sandbox() throws IOException {
        return SandboxCheck.of(processes(), user.name(), sandboxRefused);
    }

    /** Memory of the whole process tree now, in bytes. */
    public long memoryBytes() throws IOException {
        return processes().stream()
                .mapToLong(p -> ProcessTable.memoryBytes(p.pid()))
                .sum();
    }

    /** The most memory seen by the watchdog, in bytes; it looks every half second. */
    public long peakMemoryBytes() {
        return memoryWatch.peakBytes();
    }

    /** Called (on the watchdog's thread, once) with the bytes found when the memory limit is passed. */
    public void onMemoryLimit(LongConsumer listener) {
        memoryWatch.onLimit(listener);
    }

    /** Completes with the reason when the browser is lost; also at {@link #close}. */
    public CompletableFuture<String> gone() {
        return cdp.closed();
    }

    /** Chromium's main process. */
    public long pid() {
        return browserPid;
    }

    List<ProcessTable.Entry> processes() throws IOException {
        return BrowserFolder.processesOf(folder.name(), ProcessTable.all(), sessions);
    }

    Path folder() {
        return folder.path();
    }

    /**
     * Ends the browser, keeps its TLS key log, and deletes everything else. A second call returns the same report.
     *
     * @throws IOException if the key log could not be kept or the folder not be deleted
     */
    public synchronized CloseReport end() throws IOException {
        if (closed != null) {
            return closed;
        }
        memoryWatch.close();
        boolean orderly = askToEnd();
        cdp.close();
        quitDriver();
        Killer.Outcome outcome = Killer.killAll(folder.name(), sessions, 10_000);
        List<String> left = new ArrayList<>(outcome.left());
        IOException failure = null;
        long keyLogBytes = 0;
        try {
            keyLogBytes = keepKeyLog();
        } catch (IOException e) {
            failure = e;
        }
        try {
            folder.delete();
        } catch (IOException e) {
            left.add(folder.path().toString());
            failure = failure == null ? e : failure;
        }
        removeHook();
        closed = new CloseReport(orderly && outcome.killed().isEmpty(), outcome.killed(), left, keyLogBytes);
        if (failure != null) {
            throw failure;
        }
        return closed;
    }

    /** As {@link #end}, for try-with-resources. */
    @Override
    public void close() throws IOException {
        CloseReport report = end();
        if (!report.leftovers().isEmpty()) {
            LOG.warn("left behind: {}", report.leftovers());
        }
    }

    private boolean askToEnd() throws IOException {
        try {
            cdp.call(null, "Browser.close", Json.object(), Duration.ofSeconds(5));
        } catch (CdpException e) {
            LOG.debug("Browser.close: {}", e.getMessage());
        }
        // Chromium writes out the key log while it ends.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        while (System.nanoTime() < deadline) {
            if (processes().stream()
                    .allMatch(p -> p.name().equals("chromedriver") || p.name().startsWith("chrome_crash"))) {
                return true;
            }
            Pause.millis(20);
        }
        return false;
    }

    private void quitDriver() {
        Thread quitter = new Thread(
                () -> {
                    try {
                        driver.quit();
                    } catch (WebDriverException e) {
                        LOG.debug("quit: {}", firstLine(e.getMessage()));
                    }
                    service.stop();
                },
                "driver-quit");
        quitter.setDaemon(true);
        quitter.start();
        try {
            quitter.join(5_000);
            if (quitter.isAlive()) {
                Killer.killAll(folder.name(), sessions, 5_000);
                quitter.join(5_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("killing: {}", e.getMessage());
        }
    }

    /** Copies the key log to where the caller wants it. A link put there by a hostile browser is not followed. */
    private long keepKeyLog() throws IOException {
        Path written = folder.path().resolve(ChromiumFlags.KEY_LOG);
        if (!Files.isRegularFile(written, LinkOption.NOFOLLOW_LINKS)) {
            Files.write(options.keyLog(), new byte[0]);
            return 0;
        }
        try (InputStream in = Files.newInputStream(written, LinkOption.NOFOLLOW_LINKS);
                OutputStream out = StoredFile.create(options.keyLog())) {
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            int n;
            while ((n = in.read(buffer)) > 0) {
                total += n;
                if (total > MAX_KEY_LOG_BYTES) {
                    throw new IOException("TLS key log of more than " + MAX_KEY_LOG_BYTES + " bytes");
                }
                out.write(buffer, 0, n);
            }
            return total;
        }
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            LOG.debug("the JVM is ending already");
        }
    }

    /** The JVM ends: no time for manners. */
    private void abandon() {
        try {
            Killer.Outcome outcome = Killer.killAll(folder.name(), sessions, 5_000);
            folder.delete();
            if (!outcome.left().isEmpty()) {
                System.err.println("left behind: " + outcome.left());
            }
        } catch (IOException e) {
            System.err.println("cannot clean up " + folder.path() + ": " + e.getMessage());
        }
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }
}
