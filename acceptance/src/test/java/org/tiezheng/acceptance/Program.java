package org.tiezheng.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program and waits for it, within a limit. Used for other people's tools and for our own command lines, which
 * tests start as a user does: as processes.
 */
final class Program {
    private Program() {}

    /** How a program ended. {@code output} is standard output and error together. */
    record Ended(int exitCode, String output) {
        /** @throws AssertionError if the program did not end with 0; the text says what it printed */
        Ended orFail() {
            if (exitCode != 0) {
                throw new AssertionError("exit code " + exitCode + ":\n" + output);
            }
            return this;
        }
    }

    static Ended run(Path directory, Duration limit, String... command) throws IOException, InterruptedException {
        return run(directory, limit, List.of(command));
    }

    static Ended run(Path directory, Duration limit, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("program", ".out");
        try {
            Process process = start(directory, output, command);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
                throw new AssertionError(
                        command.get(0) + " did not end within " + limit + ":\n" + Files.readString(output));
            }
            return new Ended(process.exitValue(), new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    static Process start(Path directory, Path output, List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
    }

    /** Command that runs one of our mains with the class path of this test. */
    static List<String> java(String heap, String main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heap);
        command.add("-Dstdout.encoding=UTF-8");
        command.add("-Dstderr.encoding=UTF-8");
        command.add("-Dfile.encoding=UTF-8");
        command.add("-cp");
        // Surefire hides the real class path behind a manifest-only jar.
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main);
        command.addAll(arguments);
        return command;
    }

    /** Processes of this machine whose command line contains {@code text}; for tests of what is left behind. */
    static List<String> running(String text) {
        try (var all = Files.list(Path.of("/proc"))) {
            return all.filter(p -> p.getFileName().toString().matches("\\d+"))
                    .map(Program::commandLine)
                    .filter(line -> line.contains(text))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Proportional memory, in bytes, of all processes in the sessions of those whose command line contains {@code
     * text}: a browser with its renderers, which carry no mark of their own, but not the JVM.
     */
    static long memoryOfSession(String text) {
        try (var all = Files.list(Path.of("/proc"))) {
            List<Path> processes =
                    all.filter(p -> p.getFileName().toString().matches("\\d+")).toList();
            Set<String> sessions = new HashSet<>();
            for (Path process : processes) {
                String line = commandLine(process);
                if (line.contains(text) && !line.contains("/java ")) {
                    sessions.add(session(process));
                }
            }
            long bytes = 0;
            for (Path process : processes) {
                if (sessions.contains(session(process))) {
                    bytes += proportional(process);
                }
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sixth field of proc(5) stat; the second may contain blanks, so count from its end. */
    private static String session(Path process) {
        try {
            String stat = Files.readString(process.resolve("stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3];
        } catch (IOException e) {
            return "gone";
        }
    }

    private static long proportional(Path process) {
        try {
            for (String line : Files.readAllLines(process.resolve("smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException e) {
            // It ended while we looked.
        }
        return 0;
    }

    private static String commandLine(Path process) {
        try {
            return process.getFileName() + " "
                    + new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
                            .replace('\0', ' ');
        } catch (IOException e) {
            // It ended while we looked.
            return "";
        }
    }
}
