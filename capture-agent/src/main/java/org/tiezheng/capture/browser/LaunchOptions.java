package org.tiezheng.capture.browser;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one Chromium is started. Begin with {@link #of} and change what differs.
 *
 * @param programs the binaries
 * @param device what the shop sees
 * @param socksPort port of our relay on 127.0.0.1; everything goes through it. 0 means no proxy at all, for tests of
 *     this package only
 * @param keyLog where the TLS key log is found after {@link Chromium#close()}; while the browser runs it is written
 *     inside the browser's own folder, because an unprivileged browser cannot write into ours
 * @param browserUser user to run Chromium as when we are root; null picks {@code tiezheng} if it exists, else
 *     {@code nobody}. Without root it must be null or our own name
 * @param trustedSpki SHA-256 of the public keys (base64) whose certificate errors are ignored, for demos and intranets
 *     with a private CA; empty for real captures
 * @param recordInvalidTls let pages with a bad certificate pass, with Chromium's verdict in the journal
 * @param memoryLimitBytes of the whole process tree (PSS); above it the largest renderer is killed and reported
 * @param tempRoot where the browser's folder is made; must be reachable for the browser user
 * @param startTimeout for driver and browser together
 */
public record LaunchOptions(
        BrowserPrograms programs,
        DeviceProfile device,
        int socksPort,
        Path keyLog,
        @Nullable String browserUser,
        List<String> trustedSpki,
        boolean recordInvalidTls,
        long memoryLimitBytes,
        Path tempRoot,
        Duration startTimeout) {

    /** Enough for a 60,000 px page in tiles with room for heavy scripts. */
    public static final long DEFAULT_MEMORY_LIMIT_BYTES = 3L << 30;

    public LaunchOptions {
        trustedSpki = List.copyOf(trustedSpki);
        if (socksPort < 0 || socksPort > 65535) {
            throw new IllegalArgumentException("port " + socksPort);
        }
        if (!trustedSpki.stream().allMatch(s -> s.matches("[A-Za-z0-9+/]{43}="))) {
            throw new IllegalArgumentException("not base64 SHA-256 digests: " + trustedSpki);
        }
    }

    public static LaunchOptions of(BrowserPrograms programs, DeviceProfile device, int socksPort, Path keyLog) {
        Path temp = Path.of(Objects.requireNonNull(System.getProperty("java.io.tmpdir")));
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                null,
                List.of(),
                false,
                DEFAULT_MEMORY_LIMIT_BYTES,
                temp,
                Duration.ofSeconds(45));
    }

    public LaunchOptions withBrowserUser(@Nullable String user) {
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                user,
                trustedSpki,
                recordInvalidTls,
                memoryLimitBytes,
                tempRoot,
                startTimeout);
    }

    public LaunchOptions withTrustedSpki(List<String> spki) {
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                browserUser,
                spki,
                recordInvalidTls,
                memoryLimitBytes,
                tempRoot,
                startTimeout);
    }

    public LaunchOptions withRecordInvalidTls(boolean record) {
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                browserUser,
                trustedSpki,
                record,
                memoryLimitBytes,
                tempRoot,
                startTimeout);
    }

    public LaunchOptions withMemoryLimitBytes(long bytes) {
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                browserUser,
                trustedSpki,
                recordInvalidTls,
                bytes,
                tempRoot,
                startTimeout);
    }

    public LaunchOptions withTempRoot(Path root) {
        return new LaunchOptions(
                programs,
                device,
                socksPort,
                keyLog,
                browserUser,
                trustedSpki,
                recordInvalidTls,
                memoryLimitBytes,
                root,
                startTimeout);
    }
}
