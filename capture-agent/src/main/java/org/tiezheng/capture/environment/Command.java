package org.tiezheng.capture.environment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs a helper program: no shell, no input, C locale, bounded time and output, and nothing of it left afterwards.
 */
final class Command {
    /** @param text standard output, at most so many bytes as allowed */
    record Output(int exitCode, String text) {}

    private Command() {}

    /**
     * @throws IOException if it cannot be started or does not end in time; "not-installed" is the message when there is no such
     *     program
     */
    static Output run(Duration timeout, int mostBytes, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new IOException(
                    e.getMessage() != null && e.getMessage().contains("error=2") ? "not-installed" : e.getMessage(), e);
        }
        // Not read off the exit code: a shell whose child is killed first may end well.
        AtomicBoolean tooLate = new AtomicBoolean();
        Thread watchdog = new Thread(() -> killAfter(process, timeout, tooLate), "command-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        try (InputStream out = process.getInputStream()) {
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            byte[] room = new byte[8192];
            for (int n = out.read(room); n >= 0; n = out.read(room)) {
                kept.write(room, 0, Math.min(n, mostBytes - kept.size())); // the rest is read and dropped
            }
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS) || tooLate.get()) {
                throw new IOException("timeout");
            }
            return new Output(process.exitValue(), kept.toString(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            kill(process);
            watchdog.interrupt();
        }
    }

    private static void killAfter(Process process, Duration timeout, AtomicBoolean tooLate) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                tooLate.set(true);
                kill(process);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it ended; nothing to watch
        }
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
