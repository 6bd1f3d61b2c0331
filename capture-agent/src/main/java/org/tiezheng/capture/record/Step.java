package org.tiezheng.capture.record;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of the capture.
 *
 * @param no 1, 2, 3 …
 * @param name stable word: {@code navigate}, {@code pdf} …; the list is in docs/capture.md
 * @param startedAt UTC
 * @param endedAt UTC, not before {@code startedAt} unless the system clock was set back (then an incident says so)
 * @param detail result or reason in English, for the reader
 */
public record Step(
        int no,
        String name,
        Instant startedAt,
        Instant endedAt,
        Outcome outcome,
        @Nullable String detail) {

    /** How a step ended. Written in lower case. */
    public enum Outcome {
        OK,
        /** Its time was up; what it had made by then may be there. */
        TIMEOUT,
        ERROR,
        /** Not tried, because an earlier step or the total time made it pointless. */
        SKIPPED
    }
}
