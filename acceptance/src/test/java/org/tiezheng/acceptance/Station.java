package org.tiezheng.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final JsonMapper JSON = JsonMapper.builder().build();

    final Origin origin;
    final Path folder;
    final Path data;

    private Station(Origin origin, Path folder) {
        this.origin = origin;
        this.folder = folder;
        this.data = folder.resolve("data");
    }

    static Station open() throws IOException {
        return new Station(
                Origin.start(new DemoShop().or(new PageSet())), Files.createTempDirectory("tiezheng-acceptance"));
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

    /** Captures a page into a folder of its own; the program may end with any exit code. */
    Capture capture(String url, String... more) throws IOException, InterruptedException {
        Path out = Files.createTempDirectory(folder, "out");
        Program.Ended ended = Program.run(
                folder,
                CAPTURE_LIMIT,
                Program.java("512m", "org.tiezheng.capture.Main", captureArguments(out, url, more)));
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
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
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
