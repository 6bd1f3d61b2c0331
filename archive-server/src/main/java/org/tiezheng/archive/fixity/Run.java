package org.tiezheng.archive.fixity;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A check that a person asked for.
 *
 * @param sample part of the selection that is checked, above 0 to 1
 * @param seed with which the sample is drawn: an object is in it if the first 32 bits of SHA-256(seed ":" sha256), as a fraction, are
 *     below {@code sample}
 * @param selected copies in the selection, before the sample was drawn
 * @param objects copies to be checked, as far as they have been collected
 * @param bytes their size as archived
 * @param done checked
 * @param doneBytes read for that
 * @param good found good, with nothing else to remark
 * @param bad with something wrong
 * @param unknown could not be checked
 */
public record Run(
        UUID id,
        State state,
        Selection selection,
        BigDecimal sample,
        String seed,
        String requestedByName,
        Instant startedAt,
        @Nullable Instant finishedAt,
        long selected,
        long objects,
        long bytes,
        long done,
        long doneBytes,
        long good,
        long bad,
        long unknown,
        @Nullable String failure) {
    /** Where it stands. */
    public enum State {
        /** Copies are being collected. */
        PREPARING,
        RUNNING,
        /** A person holds it; it goes on where it stands. */
        PAUSED,
        DONE,
        CANCELLED,
        FAILED
    }

    public boolean isOpen() {
        return state.compareTo(State.DONE) < 0;
    }

    public boolean isFull() {
        return sample.compareTo(BigDecimal.ONE) >= 0;
    }

    /** 0 to 100; 0 where nothing is to be checked. */
    public int percent() {
        return objects == 0 ? 0 : (int) Math.min(100, done * 100 / objects);
    }

    /** How long the rest takes if it goes on as so far; empty if that cannot be told. */
    public Optional<Duration> left(Instant now) {
        if (state != State.RUNNING || done == 0 || objects <= done) {
            return Optional.empty();
        }
        double perObject = Duration.between(startedAt, now).toMillis() / (double) done;
        return Optional.of(Duration.ofMillis((long) (perObject * (objects - done))));
    }
}
