package org.tiezheng.capture.environment;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How right this machine's clock was during a capture (domain.md C1, row 18).
 *
 * @param limitMs offset above which the clock counts as wrong
 * @param startedAt UTC
 * @param endedAt UTC
 * @param elapsedMs between the two, by the monotonic clock
 * @param driftMs wall clock minus monotonic clock over the capture: far from 0 means that somebody set the clock
 * @param before one entry for each server asked; "not available" is an entry too
 * @param after the same, at the end
 * @param page the page's clock against ours; null if the browser never told
 */
public record ClockProof(
        long limitMs,
        Instant startedAt,
        Instant endedAt,
        double elapsedMs,
        double driftMs,
        KernelClock kernel,
        List<SntpSample> before,
        List<SntpSample> after,
        @Nullable PageReading page) {

    public ClockProof {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /**
     * @param at ours, in the middle of the round trip, UTC
     * @param offsetMs page's clock minus ours
     * @param roundTripMs bound of the error
     */
    public record PageReading(Instant at, double offsetMs, double roundTripMs) {}

    /** What can be said. */
    public enum Judgement {
        /** Some server answered both before and after, every answer is within the limit, and nobody set the clock. */
        OK,
        /** An answer or the drift is beyond the limit. */
        NOT_OK,
        /** No server answered before, or none after: nothing is known. */
        NOT_AVAILABLE
    }

    /** The largest offset any server gave, without its sign; null if none answered. */
    public @Nullable Double worstOffsetMs() {
        return Stream.concat(before.stream(), after.stream())
                .map(SntpSample::offsetMs)
                .filter(Objects::nonNull)
                .map(Math::abs)
                .max(Double::compare)
                .orElse(null);
    }

    public Judgement judgement() {
        Double worst = worstOffsetMs();
        boolean wrong = Math.abs(driftMs) > limitMs || (worst != null && worst > limitMs);
        if (wrong) {
            return Judgement.NOT_OK;
        }
        boolean known = before.stream().anyMatch(SntpSample::available)
                && after.stream().anyMatch(SntpSample::available);
        return known ? Judgement.OK : Judgement.NOT_AVAILABLE;
    }
}
