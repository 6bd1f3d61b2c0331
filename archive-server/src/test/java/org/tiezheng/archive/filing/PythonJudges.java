package org.tiezheng.archive.filing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The judges that come from the Python package index: {@code acceptance/judges/requirements.txt}, pinned by digest. */
final class PythonJudges {
    private static final Path JUDGES =
            Path.of("..", "acceptance", "judges").toAbsolutePath().normalize();
    private static final Path WANTED = JUDGES.resolve("requirements.txt");
    private static final Path FOLDER = JUDGES.resolve("python");

    private PythonJudges() {}

    /** How a program ended; {@code output} is all it said. */
    record Ended(int exitCode, String output) {}

    /** Where the packages are, installed if need be; aborts the test aloud where they cannot be had. */
    static synchronized Path folder() throws IOException, InterruptedException {
        Path installed = FOLDER.resolve("requirements.txt");
        if (Files.exists(installed) && Files.mismatch(installed, WANTED) < 0) {
            return FOLDER;
        }
        Ended pip = null;
        try {
            delete(FOLDER);
            pip = run(
                    JUDGES,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-input",
                    "--no-compile",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                    "--target",
                    FOLDER.toString(),
                    "-r",
                    WANTED.toString());
        } catch (IOException absent) {
            assumeTrue(false, "NOT CHECKED: no python3 on this machine: " + absent.getMessage());
        }
        Ended ended = java.util.Objects.requireNonNull(pip);
        assumeTrue(
                ended.exitCode() == 0,
                () -> "NOT CHECKED: bagit and the METS and PREMIS schemas cannot be had: " + ended.output());
        // Last: a folder without this file is begun again.
        Path unused = Files.copy(WANTED, installed);
        return FOLDER;
    }

    /** Runs python3 with the judges' packages. */
    static Ended run(Path in, String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("judge", ".txt");
        try {
            List<String> command = new ArrayList<>(List.of("python3"));
            command.addAll(Arrays.asList(arguments));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("PYTHONPATH", FOLDER.toString());
            builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
            Process process = builder.start();
            try {
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    throw new AssertionError("python3 did not end within two minutes: " + command);
                }
            } finally {
                process.destroyForcibly();
            }
            return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
