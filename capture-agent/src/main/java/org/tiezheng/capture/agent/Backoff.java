package org.tiezheng.capture.agent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waiting times between tries: doubled each time up to a most, each with a random part so that agents which lost the same
 * server do not all come back at once. Used by one thread.
 */
final class Backoff {
    private final Duration first;
    private final Duration most;
    private int tries;

    Backoff(Duration first, Duration most) {
        this.first = first;
        this.most = most;
    }

    /** Between half and all of the next time. */
    Duration next() {
        long full = most.toMillis();
        long wanted = first.toMillis() << Math.min(tries, 20);
        if (wanted > 0 && wanted < full) {
            full = wanted;
        }
        tries++;
        return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
    }

    boolean isUsed() {
        return tries > 0;
    }

    /** It worked: the next failure waits the first time again. */
    void reset() {
        tries = 0;
    }
}
