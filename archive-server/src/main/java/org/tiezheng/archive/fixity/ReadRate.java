package org.tiezheng.archive.fixity;

import java.util.concurrent.TimeUnit;

/**
 * How many bytes a second the threads of one server read together. Can be changed at any time, also for those who wait. Thread-safe.
 */
final class ReadRate {
    private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private double bytesPerSecond;
    /** Moment at which everything that was let through so far would have passed. */
    private long paidUntilNanos = System.nanoTime();

    ReadRate(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    synchronized void set(long newBytesPerSecond) {
        if (newBytesPerSecond < 1) {
            throw new IllegalArgumentException("bytes per second: " + newBytesPerSecond);
        }
        double before = bytesPerSecond;
        bytesPerSecond = newBytesPerSecond;
        // What is owed is owed in bytes: at the new rate it is paid sooner or later.
        long now = System.nanoTime();
        long owed = paidUntilNanos - now;
        if (owed > 0) {
            paidUntilNanos = now + (long) (owed * before / newBytesPerSecond);
        }
    }

    synchronized long bytesPerSecond() {
        return (long) bytesPerSecond;
    }

    /** Waits until {@code bytes} that were just read have been paid for. */
    void pass(int bytes) throws InterruptedException {
        synchronized (this) {
            long now = System.nanoTime();
            // Time in which nothing was read is not saved up.
            paidUntilNanos = Math.max(paidUntilNanos, now) + (long) (bytes / bytesPerSecond * 1e9);
        }
        for (long wait = owedNanos(); wait > 0; wait = owedNanos()) {
            TimeUnit.NANOSECONDS.sleep(Math.min(wait, MOST_WAIT_NANOS));
        }
    }

    private synchronized long owedNanos() {
        return paidUntilNanos - System.nanoTime();
    }
}
