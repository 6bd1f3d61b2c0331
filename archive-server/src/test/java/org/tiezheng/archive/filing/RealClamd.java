package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.tiezheng.archive.filing.check.Clamd;

/**
 * A {@code clamd} of Debian's, as a child process on a socket of its own, with a database of one signature: {@link FakeClamd#VIRUS}.
 * Nothing is downloaded.
 */
final class RealClamd implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final Path folder;
    private final Process process;
    private final Clamd client;

    /**
     * Starts it; aborts the test aloud where it is not installed.
     *
     * @param more lines of its configuration
     */
    RealClamd(String... more) throws Exception {
        Path program = Path.of("/usr/sbin/clamd");
        assumeTrue(
                Files.isExecutable(program),
                "NOT CHECKED: " + program + " is not installed (clamav-daemon), so no real scanner was asked");
        // Not JUnit's folder: the path of a socket has at most 107 bytes.
        folder = Files.createTempDirectory("clamd");
        Path database = Files.createDirectory(folder.resolve("db"));
        String signature = HexFormat.of().formatHex(FakeClamd.VIRUS.getBytes(StandardCharsets.US_ASCII));
        Files.writeString(database.resolve("own.ndb"), "Tiezheng.Test:0:*:" + signature + "\n");
        Path socket = folder.resolve("s");
        Path configuration = folder.resolve("clamd.conf");
        Files.writeString(
                configuration,
                "Foreground yes\nDatabaseDirectory " + database + "\nTemporaryDirectory " + folder + "\nLocalSocket "
                        + socket + "\nLocalSocketMode 600\n" + String.join("\n", more) + "\n");
        process = new ProcessBuilder(program.toString(), "--config-file=" + configuration)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.txt").toFile())
                .start();
        client = Clamd.at(socket.toString(), WAIT);
        try {
            awaitAnswer();
        } catch (Exception | AssertionError failed) {
            close();
            throw failed;
        }
    }

    private void awaitAnswer() throws Exception {
        Instant end = Clock.systemUTC().instant().plus(START_LIMIT);
        while (true) {
            try {
                assertThat(client.version()).startsWith("ClamAV ");
                return;
            } catch (IOException notYet) {
                assertThat(process.isAlive() && Clock.systemUTC().instant().isBefore(end))
                        .as(Files.readString(folder.resolve("out.txt")))
                        .isTrue();
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    Clamd client() {
        return client;
    }

    Clamd.Answer scan(byte[] content) throws IOException {
        try (Clamd.Scan scan = client.scan()) {
            scan.write(content, 0, content.length);
            return scan.finish();
        }
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            assertThat(process.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
