package org.tiezheng.acceptance;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tiezheng.demo.DemoShop;
import org.tiezheng.demo.Origin;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.PageSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An origin, a data folder, and our command lines run as processes against them: what an inspector's station is to the
 * acceptance tests.
 */
final class Station implements AutoCloseable {
    static final Duration CAPTURE_LIMIT = Duration.ofMinutes(4);
    private static final Duration BATCH_LIMIT = Duration.ofMinutes(8);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    final Origin origin;
    final Path folder;
    final Path data;

    /** Temporary files of our programs: what is in it after they ended, they left behind. */
    final Path temporary;

    private Station(Origin origin, Path folder) throws IOException {
        this.origin = origin;
        this.folder = folder;
        this.data = folder.resolve("data");
        this.temporary = shortFolder();
        // The browser's account must be able to reach its own folder below.
        for (Path each : List.of(folder, temporary)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    static Station open() throws IOException {
        return new Station(
                Origin.start(new DemoShop().or(new PageSet())), Files.createTempDirectory("tiezheng-acceptance"));
    }

    /** Chromium makes a socket in it, whose whole path may have 107 bytes. */
    private static Path shortFolder() throws IOException {
        Path root = Path.of(System.getProperty("java.io.tmpdir"));
        for (int i = 0; ; i++) {
            try {
                return Files.createDirectory(
                        root.resolve("z" + (ProcessHandle.current().pid() % 1000) + (char) ('a' + i)));
            } catch (FileAlreadyExistsException e) {
                if (i == 25) {
                    throw e;
                }
            }
        }
    }

    String url(Listener listener, String path) {
        return origin.url(listener) + path;
    }

    Path root() {
        return data.resolve("trust/root.pem");
    }

    /** Arguments of {@code capture} for this station. */
    List<String> captureArguments(Path out, String url, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "capture",
                url,
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "--allow-host",
                "localhost",
                "--allow-host",
                "other.localhost",
                "--ui-lang",
                "en"));
        for (String pin : origin.spkiPins()) {
            arguments.add("--trust-spki");
            arguments.add(pin);
        }
        arguments.addAll(List.of(more));
        return arguments;
    }

    /**
     * Captures several pages by one command that may reach nothing internal but this station's origin, at its own
     * ports.
     *
     * @param urls in order; no address twice
     */
    Batch captures(List<String> urls, String... more) throws IOException, InterruptedException {
        Path out = Files.createTempDirectory(folder, "out");
        List<String> arguments = strict(urls, out);
        arguments.add("--json");
        arguments.addAll(List.of(more));
        return Batch.of(this, Program.run(folder, BATCH_LIMIT, ours("org.tiezheng.capture.Main", arguments)));
    }

    /** Arguments of {@code capture} that allow the origin's ports and no other. */
    List<String> strict(List<String> urls, Path out) {
        List<String> arguments = new ArrayList<>(List.of("capture"));
        arguments.addAll(urls);
        arguments.addAll(List.of("--data", data.toString(), "--out", out.toString(), "--ui-lang", "en"));
        for (Listener listener : Listener.values()) {
            for (String host : List.of("localhost", "other.localhost")) {
                arguments.addAll(List.of("--allow-host", host + ":" + origin.port(listener)));
            }
        }
        for (String pin : origin.spkiPins()) {
            arguments.addAll(List.of("--trust-spki", pin));
        }
        return arguments;
    }

    /** Command line of one of our mains, its temporary files under {@link #temporary}. */
    List<String> ours(String main, List<String> arguments) {
        List<String> command = Program.java("512m", main, arguments);
        command.add(1, "-Djava.io.tmpdir=" + temporary);
        return command;
    }

    /** Browsers, drivers and encoders of this station that still run, and what they left in the temporary folder. */
    List<String> leftBehind() throws IOException {
        List<String> left =
                new ArrayList<>(Program.running(temporary.resolve("tiezheng-").toString()));
        try (var files = Files.list(temporary)) {
            files.filter(file -> !file.getFileName().toString().startsWith("hsperfdata"))
                    .map(Path::toString)
                    .forEach(left::add);
        }
        return left;
    }

    /** Captures a page into a folder of its own; the program may end with any exit code. */
    Capture capture(String url, String... more) throws IOException, InterruptedException {
        Path out = Files.createTempDirectory(folder, "out");
        Program.Ended ended =
                Program.run(folder, CAPTURE_LIMIT, ours("org.tiezheng.capture.Main", captureArguments(out, url, more)));
        List<Path> packages;
        try (var files = Files.list(out)) {
            packages = files.filter(f -> f.toString().endsWith(".asice")).toList();
        }
        return new Capture(this, ended, packages);
    }

    Program.Ended verify(Path file, String... more) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("verify", file.toString(), "--trust", root().toString()));
        arguments.addAll(List.of(more));
        return Program.run(
                folder, Duration.ofMinutes(3), Program.java("256m", "org.tiezheng.verifier.Main", arguments));
    }

    @Override
    public void close() throws IOException {
        origin.close();
        for (Path root : List.of(folder, temporary)) {
            try (var files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** What a capture command left. */
    record Capture(Station station, Program.Ended ended, List<Path> packages) {
        /** @throws AssertionError if there is not exactly one package */
        Path only() {
            if (packages.size() != 1) {
                throw new AssertionError(packages + "\nexit code " + ended.exitCode() + "\n" + ended.output());
            }
            return packages.get(0);
        }

        /** Unpacks the package and its inner WACZ with unzip, as a stranger would. */
        Path unpack() throws IOException, InterruptedException {
            Path folder = Files.createTempDirectory(station.folder, "unpacked");
            Program.run(folder, Duration.ofMinutes(1), "unzip", "-q", only().toString())
                    .orFail();
            Program.run(folder, Duration.ofMinutes(1), "unzip", "-q", "wacz/capture.wacz", "-d", "inner")
                    .orFail();
            return folder;
        }

        /** {@code evidence/capture.json} of the package. */
        JsonNode record() throws IOException, InterruptedException {
            return JSON.readTree(unpack().resolve("inner/evidence/capture.json").toFile());
        }
    }
}
