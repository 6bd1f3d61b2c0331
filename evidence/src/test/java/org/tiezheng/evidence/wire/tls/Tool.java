package org.tiezheng.evidence.wire.tls;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Someone else's program: a peer or a judge. Missing programs fail the test, they do not skip it. */
final class Tool implements Closeable {
    private static final long PATIENCE_MILLIS = 30_000;

    private final List<String> command;
    private final Process process;
    private final StringBuilder output = new StringBuilder();
    private final Thread reader;

    private Tool(Path directory, List<String> command) {
        this.command = command;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    "This test needs " + command.get(0) + " (Debian: apt-get install openssl tshark chromium)", e);
        }
        reader = new Thread(this::read, command.get(0) + " output");
        reader.start();
    }

    static Tool start(Path directory, List<String> command) {
        return new Tool(directory, command);
    }

    /** Runs to the end and returns everything printed; fails on another exit code than 0. */
    static String run(Path directory, String... command) throws Exception {
        try (Tool tool = new Tool(directory, List.of(command))) {
            tool.process.getOutputStream().close();
            int exit = tool.awaitExit();
            if (exit != 0) {
                throw new AssertionError(String.join(" ", command) + " ended with " + exit + ":\n" + tool.output());
            }
            return tool.output();
        }
    }

    int awaitExit() throws Exception {
        if (!process.waitFor(2 * PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new AssertionError(command + " does not end:\n" + output());
        }
        reader.join(PATIENCE_MILLIS);
        return process.exitValue();
    }

    Matcher await(String pattern) throws Exception {
        return await(pattern, 1);
    }

    /** Waits until the output has {@code pattern} that many times; the matcher stands at the last. */
    Matcher await(String pattern, int times) throws Exception {
        Pattern wanted = Pattern.compile(pattern);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (System.nanoTime() < end) {
            Matcher matcher = wanted.matcher(output());
            int found = 0;
            while (found < times && matcher.find()) {
                found++;
            }
            if (found == times) {
                return matcher;
            }
            if (!process.isAlive() && !reader.isAlive()) {
                break;
            }
            Thread.sleep(20);
        }
        throw new AssertionError(command + " never printed " + pattern + ":\n" + output());
    }

    void send(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        process.getOutputStream().flush();
    }

    String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
            char[] buffer = new char[8192];
            int length;
            while ((length = in.read(buffer)) >= 0) {
                synchronized (output) {
                    output.append(buffer, 0, length);
                }
            }
        } catch (IOException e) {
            // The process is gone.
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
