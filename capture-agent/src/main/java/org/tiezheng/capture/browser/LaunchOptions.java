package org.tiezheng.capture.browser;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How one Chromium is started. Begin with {@link #of} and change what differs; each change gives a new object.
 */
public final class LaunchOptions {
    /** Enough for a 60,000 px page in tiles with room for heavy scripts. */
    public static final long DEFAULT_MEMORY_LIMIT_BYTES = 3L << 30;

    private final BrowserPrograms programs;
    private final DeviceProfile device;
    private final int socksPort;
    private final Path keyLog;
    // Written only before the object is handed out.
    private @Nullable String browserUser;
    private List<String> trustedSpki = List.of();
    private boolean recordInvalidTls;
    private long memoryLimitBytes = DEFAULT_MEMORY_LIMIT_BYTES;
    private Path tempRoot = Path.of(Objects.requireNonNull(System.getProperty("java.io.tmpdir")));
    private Duration startTimeout = Duration.ofSeconds(45);

    private LaunchOptions(BrowserPrograms programs, DeviceProfile device, int socksPort, Path keyLog) {
        if (socksPort < 0 || socksPort > 65535) {
            throw new IllegalArgumentException("port " + socksPort);
        }
        this.programs = programs;
        this.device = device;
        this.socksPort = socksPort;
        this.keyLog = keyLog;
    }

    /**
     * The usual way.
     *
     * @param programs the binaries
     * @param device what the shop sees
     * @param socksPort port of our relay on 127.0.0.1; everything goes through it. 0 means no proxy at all, for tests of
     *     this package only
     * @param keyLog where the TLS key log is found after {@link Chromium#end()}; while the browser runs it is written
     *     inside the browser's own folder, because an unprivileged browser cannot write into ours
     */
    public static LaunchOptions of(BrowserPrograms programs, DeviceProfile device, int socksPort, Path keyLog) {
        return new LaunchOptions(programs, device, socksPort, keyLog);
    }

    private LaunchOptions with(Consumer<LaunchOptions> change) {
        LaunchOptions copy = new LaunchOptions(programs, device, socksPort, keyLog);
        copy.browserUser = browserUser;
        copy.trustedSpki = trustedSpki;
        copy.recordInvalidTls = recordInvalidTls;
        copy.memoryLimitBytes = memoryLimitBytes;
        copy.tempRoot = tempRoot;
        copy.startTimeout = startTimeout;
        change.accept(copy);
        return copy;
    }

    /**
     * Who Chromium runs as when we are root.
     *
     * @param user null picks {@code tiezheng} if it exists, else {@code nobody}. Without root it must be null or our
     *     own name
     */
    public LaunchOptions withBrowserUser(@Nullable String user) {
        return with(o -> o.browserUser = user);
    }

    /**
     * For demos and intranets with a private CA; leave it empty for real captures.
     *
     * @param spki SHA-256 of the public keys (base64) whose certificate errors are ignored
     */
    public LaunchOptions withTrustedSpki(List<String> spki) {
        if (!spki.stream().allMatch(s -> s.matches("[A-Za-z0-9+/]{43}="))) {
            throw new IllegalArgumentException("not base64 SHA-256 digests: " + spki);
        }
        return with(o -> o.trustedSpki = List.copyOf(spki));
    }

    /** Lets pages with a bad certificate pass, with Chromium's verdict in the journal. */
    public LaunchOptions withRecordInvalidTls(boolean record) {
        return with(o -> o.recordInvalidTls = record);
    }

    /**
     * Bounds the memory of the whole process tree.
     *
     * @param bytes above it the largest renderer is killed and reported
     */
    public LaunchOptions withMemoryLimitBytes(long bytes) {
        return with(o -> o.memoryLimitBytes = bytes);
    }

    /** Where the browser's folder is made instead of {@code java.io.tmpdir}; the browser user must reach it. */
    public LaunchOptions withTempRoot(Path root) {
        return with(o -> o.tempRoot = root);
    }

    /** How long driver and browser together may take to start. */
    public LaunchOptions withStartTimeout(Duration timeout) {
        return with(o -> o.startTimeout = timeout);
    }

    public BrowserPrograms programs() {
        return programs;
    }

    public DeviceProfile device() {
        return device;
    }

    public int socksPort() {
        return socksPort;
    }

    public Path keyLog() {
        return keyLog;
    }

    public @Nullable String browserUser() {
        return browserUser;
    }

    public List<String> trustedSpki() {
        return trustedSpki;
    }

    public boolean recordInvalidTls() {
        return recordInvalidTls;
    }

    public long memoryLimitBytes() {
        return memoryLimitBytes;
    }

    public Path tempRoot() {
        return tempRoot;
    }

    public Duration startTimeout() {
        return startTimeout;
    }
}
