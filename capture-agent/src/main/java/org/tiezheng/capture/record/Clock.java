package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the machine's clock was from outside time, before and after the capture (domain row 18).
 *
 * @param limitMs offset above which the clock counts as wrong
 * @param before one entry for each server asked; "not available" is an entry too
 * @param after the same, at the end
 * @param driftMs wall clock minus monotonic clock over the capture: far from 0 means that someone set the clock
 */
public record Clock(long limitMs, List<Sample> before, List<Sample> after, double driftMs) {

    public Clock {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /**
     * One SNTP question.
     *
     * @param server host asked
     * @param at when, by the machine's clock
     * @param available whether a usable answer came
     * @param offsetMs server time minus machine time; absent without an answer
     * @param delayMs round trip; absent without an answer
     * @param stratum 1 to 15; absent without an answer
     * @param reason why there is no usable answer
     */
    public record Sample(
            String server,
            Instant at,
            boolean available,
            @Nullable Double offsetMs,
            @Nullable Double delayMs,
            @Nullable Integer stratum,
            @Nullable String reason) {}
}
