package org.tiezheng.archive.preservation.report;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.web.Format;

/**
 * One figure or text: as a program reads it, and as it is printed.
 *
 * @param raw a {@link Long}, a {@link String} or null; times as ISO 8601 in UTC
 * @param shown never empty: a dash for what is not there
 * @param number whether it is set to the right in a table
 */
record Value(@Nullable Object raw, String shown, boolean number) {
    private static final String NOTHING = "—";
    private static final Format FORMAT = new Format();

    static Value none() {
        return new Value(null, NOTHING, false);
    }

    static Value of(long number) {
        return new Value(number, FORMAT.number(number), true);
    }

    static Value of(@Nullable String text) {
        return text == null || text.isEmpty() ? none() : new Value(text, text, false);
    }

    /** A word of a program with its translation. */
    static Value word(String raw, String shown) {
        return new Value(raw, shown, false);
    }

    /** Exact in data, both in print. */
    static Value bytes(long sizeBytes) {
        String exact = FORMAT.number(sizeBytes);
        return new Value(
                sizeBytes, sizeBytes < 1000 ? exact + " B" : FORMAT.bytes(sizeBytes) + " (" + exact + " B)", true);
    }

    /** To the second, Beijing time in print. */
    static Value time(@Nullable Instant at) {
        return at == null
                ? none()
                : new Value(at.truncatedTo(ChronoUnit.SECONDS).toString(), FORMAT.time(at), false);
    }

    /** The day in Beijing. */
    static Value day(@Nullable Instant at) {
        return at == null ? none() : new Value(FORMAT.day(at), FORMAT.day(at), false);
    }
}
