package org.tiezheng.archive.operations;

import java.util.List;

/**
 * How a part is.
 *
 * @param code lower-case word for the reason; the text is {@code health.PART.CODE} of {@code messages/operations} or the
 *     part's own bundle
 * @param arguments for the text: figures and names of parts; no personal data, no secrets
 */
public record Health(Status status, String code, List<String> arguments) {
    /** Worse comes later. */
    public enum Status {
        UP,
        /** Works, but somebody should look. */
        DEGRADED,
        DOWN
    }

    public Health {
        arguments = List.copyOf(arguments);
    }

    public static Health up(String code, String... arguments) {
        return new Health(Status.UP, code, List.of(arguments));
    }

    public static Health degraded(String code, String... arguments) {
        return new Health(Status.DEGRADED, code, List.of(arguments));
    }

    public static Health down(String code, String... arguments) {
        return new Health(Status.DOWN, code, List.of(arguments));
    }
}
