package org.tiezheng.auditor.cli;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import org.tiezheng.verifier.cli.Messages;
import org.tiezheng.verifier.cli.Printable;

/**
 * Why something could not be read, in words, with what to check. Many exceptions say nothing but a path, or nothing at all.
 *
 * <p>The bundle of the command has {@code cause.missing}, {@code .denied}, {@code .refused}, {@code .host} and {@code .timeout}.
 */
public final class Causes {
    /** Of an exception and its causes so many are looked at. */
    private static final int DEEPEST = 8;

    private static final List<Map.Entry<Class<? extends Exception>, String>> WORDS = List.of(
            Map.entry(NoSuchFileException.class, "cause.missing"),
            Map.entry(AccessDeniedException.class, "cause.denied"),
            Map.entry(ConnectException.class, "cause.refused"),
            Map.entry(UnknownHostException.class, "cause.host"),
            Map.entry(HttpTimeoutException.class, "cause.timeout"));

    private Causes() {}

    /** For printing: escaped, and never empty. */
    public static String of(Throwable failure, Messages messages) {
        String message = failure.getMessage();
        String said = Printable.of(
                message == null || message.isBlank() ? failure.getClass().getSimpleName() : message);
        Throwable cause = failure;
        for (int i = 0; i < DEEPEST && cause != null; i++) {
            for (Map.Entry<Class<? extends Exception>, String> one : WORDS) {
                if (one.getKey().isInstance(cause)) {
                    return messages.get(one.getValue(), said);
                }
            }
            cause = cause.getCause();
        }
        return said;
    }
}
