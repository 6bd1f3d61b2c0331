package org.tiezheng.archive.jobs;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long a job waits after its n-th failure: doubling, with a limit, and not all jobs of a host at the same moment. */
final class Backoff {
    private final Duration first;
    private final Duration most;
    private final RandomGenerator random;

    Backoff(Duration first, Duration most, RandomGenerator random) {
        this.first = first;
        this.most = most;
        this.random = random;
    }

    /**
     * Between half of and all of {@code first · 2^(failures - 1)}, but not more than the limit.
     *
     * @param failures 1 or more
     */
    Duration after(int failures) {
        long millis = most.toMillis();
        int doublings = failures - 1;
        if (doublings < 32) {
            // No overflow: 2^31 times a first wait of at most most.toMillis() is capped before it is used.
            millis = Math.min(millis, saturated(first.toMillis(), doublings));
        }
        return Duration.ofMillis(millis - random.nextLong(millis / 2 + 1));
    }

    private static long saturated(long millis, int doublings) {
        return millis > (Long.MAX_VALUE >> doublings) ? Long.MAX_VALUE : millis << doublings;
    }
}
