package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.evidence.time.http.ForeignAuthority;

/**
 * What remains when something breaks in the middle of a capture: never a process, never a claim of success, always a
 * word to the user on what happened, whether the evidence is safe, and what to do.
 */
class FaultsTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern ID = Pattern.compile("Capture begins ([0-9a-f-]{36})");
    private static Station station;

    @BeforeAll
    static void open() throws IOException {
        station = Station.open();
    }

    @AfterAll
    static void close() throws IOException {
        station.close();
    }

    @AfterEach
    void nothingOfOursIsLeft() throws Exception {
        assertThat(station.leftBehind()).isEmpty();
    }

    /** A capture that is under way, as a process of its own. */
    private record Running(Process process, Path output, Path out) {
        String said() throws IOException {
            return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        }

        /** @throws AssertionError if {@code text} is not printed within the limit, or the program ended before */
        void await(String text) throws IOException, InterruptedException {
            long end = System.nanoTime() + LIMIT.toNanos();
            while (!said().contains(text)) {
                if (System.nanoTime() > end || (!process.isAlive() && !said().contains(text))) {
                    throw new AssertionError("\"" + text + "\" was not printed:\n" + said());
                }
                Thread.sleep(100);
            }
        }

        Program.Ended end() throws IOException, InterruptedException {
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("did not end within " + LIMIT + ":\n" + said());
            }
            return new Program.Ended(process.exitValue(), said());
        }

        String id() throws IOException {
            Matcher id = ID.matcher(said());
            assertThat(id.find()).as(said()).isTrue();
            return id.group(1);
        }

        List<Path> packages() throws IOException {
            try (var files = Files.list(out)) {
                return files.toList();
            }
        }
    }

    /** Starts a capture of a page that goes on for ten minutes and waits until it is being loaded. */
    private static Running midCapture(String... more) throws IOException, InterruptedException {
        return midCapture(List.of(), more);
    }

    private static Running midCapture(List<String> prefix, String... more) throws IOException, InterruptedException {
        Path out = Files.createTempDirectory(station.folder, "out");
        List<String> arguments = station.strict(List.of(station.url(Listener.HTTPS_H2, "/p/drip")), out);
        arguments.addAll(List.of("--timeout", "60"));
        arguments.addAll(List.of(more));
        List<String> command = new ArrayList<>(prefix);
        command.addAll(station.ours("org.tiezheng.capture.Main", arguments));
        Path output = Files.createTempFile(station.folder, "capture", ".out");
        Running running = new Running(Program.start(station.folder, output, command), output, out);
        running.await("done open the page");
        return running;
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        Program.run(station.folder, Duration.ofSeconds(10), "kill", "-" + name, String.valueOf(pid))
                .orFail();
    }

    /** Chromium's main process of this station. */
    private static long browser() {
        return Program.running("--user-data-dir=" + station.temporary).stream()
                .filter(line -> line.contains("/chromium ") && !line.contains("--type=") && !line.contains("setpriv"))
                .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .min()
                .orElseThrow(() -> new AssertionError("no browser runs"));
    }

    private static void plain(Program.Ended ended) {
        assertThat(ended.output()).doesNotContain("Exception", "\tat ", "at org.");
    }

    private static Program.Ended ours(String... arguments) throws IOException, InterruptedException {
        return Program.run(station.folder, LIMIT, station.ours("org.tiezheng.capture.Main", List.of(arguments)));
    }

    private static String data() {
        return station.data.toString();
    }

    @Test
    void killedBrowserEndsTheCaptureWithWhatThereIs() throws Exception {
        Running running = midCapture("--no-video");
        signal("KILL", browser());
        Program.Ended ended = running.end();
        plain(ended);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains("the browser was lost");
        assertThat(running.packages()).hasSize(1);
        station.verify(running.packages().get(0)).orFail();
    }

    @Test
    void killedAgentIsReportedAndCleanedUpByTheNextStart() throws Exception {
        Running running = midCapture();
        String id = running.id();
        running.process().destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        assertThat(station.leftBehind()).as("kill -9 leaves a browser").isNotEmpty();
        Program.Ended list = ours("list", "--data", data(), "--ui-lang", "en");
        assertThat(list.exitCode()).isZero();
        assertThat(list.output())
                .contains(
                        "An earlier run died",
                        id,
                        station.data.resolve("work").resolve(id).toString())
                .contains("Removed what a dead run left of its browser");
        plain(list);
        assertThat(station.leftBehind()).isEmpty();
        assertThat(running.packages()).isEmpty();
        assertThat(Files.readString(station.data.resolve("captures.ndjson"))).contains(id, "INTERRUPTED");
    }

    @Test
    void ctrlCCancelsAndLeavesNothing() throws Exception {
        // A shell that starts something in the background makes it ignore SIGINT, and our build may be such a thing.
        Running running = midCapture(List.of("env", "--default-signal=INT"));
        signal("INT", running.process().pid());
        Program.Ended ended = running.end();
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(130);
        assertThat(ended.output()).contains("Cancelled, there is no package", running.id());
        plain(ended);
        assertThat(running.packages()).isEmpty();
        assertThat(station.data.resolve("work").resolve(running.id())).doesNotExist();
        assertThat(Files.readString(station.data.resolve("captures.ndjson"))).contains(running.id(), "CANCELLED");
    }

    @Test
    void withoutTimeStampNothingIsSealedUntilThereIsOne() throws Exception {
        Path out = Files.createTempDirectory(station.folder, "out");
        try (ForeignAuthority authority = new ForeignAuthority(Files.createTempDirectory(station.folder, "tsa"))) {
            String trust = authority.root().toString();
            List<String> arguments = station.strict(List.of(station.url(Listener.HTTPS_H2, "/p/plain")), out);
            arguments.addAll(List.of(
                    "--no-video",
                    "--no-embedded-tsa",
                    "--tsa",
                    "http://127.0.0.1:" + closedPort() + "/",
                    "--tsa-trust",
                    trust));
            Program.Ended ended = ours(arguments.toArray(String[]::new));
            assertThat(ended.exitCode()).as(ended.output()).isEqualTo(4);
            plain(ended);
            Matcher begun = ID.matcher(ended.output());
            assertThat(begun.find()).isTrue();
            String id = begun.group(1);
            assertThat(ended.output())
                    .contains("Not sealed", "nothing is lost", "seal --resume " + id)
                    .doesNotContain("Sealed     ");
            assertThat(out).isEmptyDirectory();
            assertThat(ours("list", "--data", data(), "--ui-lang", "en").output())
                    .contains(id, "waiting for its seal");

            Program.Ended stillDown = ours(
                    "seal",
                    "--resume",
                    "--data",
                    data(),
                    "--no-embedded-tsa",
                    "--tsa",
                    "http://127.0.0.1:" + closedPort() + "/",
                    "--tsa-trust",
                    trust,
                    "--ui-lang",
                    "en");
            assertThat(stillDown.exitCode()).as(stillDown.output()).isEqualTo(4);

            // The time-stamp is there, and the package cannot be written.
            Files.delete(out);
            Files.createFile(out);
            Program.Ended unwritable = ours(
                    "seal",
                    "--resume",
                    id,
                    "--data",
                    data(),
                    "--no-embedded-tsa",
                    "--tsa",
                    authority.url("/tsa").toString(),
                    "--tsa-trust",
                    trust,
                    "--ui-lang",
                    "en");
            assertThat(unwritable.exitCode()).as(unwritable.output()).isEqualTo(4);
            assertThat(unwritable.output()).contains("Not sealed", out.toString(), "nothing is lost");
            plain(unwritable);
            Files.delete(out);
            Files.createDirectory(out);

            Program.Ended sealed = ours(
                    "seal",
                    "--resume",
                    id,
                    "--data",
                    data(),
                    "--no-embedded-tsa",
                    "--tsa",
                    authority.url("/tsa").toString(),
                    "--tsa-trust",
                    trust,
                    "--ui-lang",
                    "en");
            assertThat(sealed.output()).contains("Sealed", id);
            // The page was complete, but no time-stamp bounds it from below.
            assertThat(sealed.exitCode()).as(sealed.output()).isEqualTo(0);
            assertThat(sealed.output()).contains("no time-stamp for the lower bound");
            Path file = out.resolve(id + ".asice");
            Program.Ended verified = station.verify(file, "--trust", trust, "--lang", "en");
            assertThat(verified.exitCode()).as(verified.output()).isZero();
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void fullDiskIsSaidAndNothingClaimsSuccess() throws Exception {
        Path small = Files.createDirectory(station.folder.resolve("small"));
        Files.setPosixFilePermissions(small, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
        Program.Ended mounted = Program.run(
                station.folder,
                Duration.ofSeconds(10),
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=260m,mode=711",
                "tmpfs",
                small.toString());
        if (mounted.exitCode() != 0) {
            String why = "SKIPPED fullDiskIsSaidAndNothingClaimsSuccess: no small file system to fill, mount says: "
                    + mounted.output();
            System.err.println(why);
            Assumptions.abort(why);
        }
        try {
            tooSmallFromTheStart(small);
            fullInTheMiddle(small);
        } finally {
            Program.run(station.folder, Duration.ofSeconds(10), "umount", "-l", small.toString());
        }
    }

    private static void tooSmallFromTheStart(Path small) throws Exception {
        List<String> arguments = station.strict(
                List.of(station.url(Listener.HTTPS_H2, "/p/plain")), Files.createTempDirectory(station.folder, "out"));
        arguments.addAll(List.of("--data", small.resolve("data").toString()));
        arguments.remove(data());
        arguments.remove("--data");
        Program.Ended ended = ours(arguments.toArray(String[]::new));
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(3);
        assertThat(ended.output()).contains("Not enough disk space", small.toString(), "--data");
        plain(ended);
    }

    private static void fullInTheMiddle(Path small) throws Exception {
        Path out = Files.createTempDirectory(station.folder, "out");
        List<String> arguments = station.strict(List.of(station.url(Listener.HTTPS_H2, "/p/drip")), out);
        arguments.remove(data());
        arguments.remove("--data");
        arguments.addAll(List.of(
                "--data", small.resolve("data").toString(), "--max-bytes", "2000000", "--timeout", "40", "--no-video"));
        Path output = Files.createTempFile(station.folder, "capture", ".out");
        Running running = new Running(
                Program.start(station.folder, output, station.ours("org.tiezheng.capture.Main", arguments)),
                output,
                out);
        running.await("done open the page");
        fill(small.resolve("filler"));
        Program.Ended ended = running.end();
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(5);
        assertThat(ended.output())
                .contains("The capture failed, there is no package", "No space left on device", "Next");
        assertThat(ended.output()).doesNotContain("Sealed");
        plain(ended);
        assertThat(running.packages()).isEmpty();
        // What the failed capture had taken makes room for the line that says so.
        assertThat(ended.output()).contains("this failure is on record in");
        assertThat(Files.readString(small.resolve("data/captures.ndjson"))).contains(running.id(), "FAILED");
        assertThat(small.resolve("data/work").resolve(running.id())).doesNotExist();
    }

    private static void fill(Path file) throws IOException {
        byte[] zeros = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(zeros);
            }
        } catch (IOException full) {
            // As wanted. The last bytes, which a whole block does not fit into:
            try (OutputStream out = Files.newOutputStream(file, java.nio.file.StandardOpenOption.APPEND)) {
                while (true) {
                    out.write(0);
                }
            } catch (IOException e) {
                return;
            }
        }
    }
}
