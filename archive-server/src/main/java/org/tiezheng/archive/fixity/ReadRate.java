package org.tiezheng.archive.fixity;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many bytes a second the threads of one server read together. Can be changed at any time, also for those who wait. Thread-safe.
 */
final class ReadRate {
    private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /**
     * Less is owed until more is: no sleep is shorter than a millisecond, so one for each block would hold a fast reader back to some 200
     * MB/s whatever the rate is.
     */
    private static final long LEAST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LongSupplier nanoTime;
    private final Sleep sleep;
    private double bytesPerSecond;
    /** Moment at which everything that was let through so far would have passed. */
    private long paidUntilNanos;

    /** Waits. */
    @FunctionalInterface
    interface Sleep {
        void nanos(long nanos) throws InterruptedException;
    }

    ReadRate(long bytesPerSecond) {
        this(bytesPerSecond, System::nanoTime, TimeUnit.NANOSECONDS::sleep);
    }

    /** With a time of its own, for tests. */
    ReadRate(long bytesPerSecond, LongSupplier nanoTime, Sleep sleep) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.sleep = sleep;
        this.paidUntilNanos = nanoTime.getAsLong();
    }

    synchronized void set(long newBytesPerSecond) {
        if (newBytesPerSecond < 1) {
            throw new IllegalArgumentException("bytes per second: " + newBytesPerSecond);
        }
        double before = bytesPerSecond;
        bytesPerSecond = newBytesPerSecond;
        // What is owed is owed in bytes: at the new rate it is paid sooner or later.
        long now = nanoTime.getAsLong();
        long owed = paidUntilNanos - now;
        if (owed > 0) {
            paidUntilNanos = now + (long) (owed * before / newBytesPerSecond);
        }
    }

    synchronized long bytesPerSecond() {
        return (long) bytesPerSecond;
    }

    /** Waits until {@code bytes} that were just read have been paid for, but for what little may be owed. */
    void pass(int bytes) throws InterruptedException {
        synchronized (this) {
            long now = nanoTime.getAsLong();
            // Time in which nothing was read is not saved up.
            paidUntilNanos = Math.max(paidUntilNanos, now) + (long) (bytes / bytesPerSecond * 1e9);
        }
        for (long wait = owedNanos(); wait >= LEAST_WAIT_NANOS; wait = owedNanos()) {
            sleep.nanos(Math.min(wait, MOST_WAIT_NANOS));
        }
    }

    private synchronized long owedNanos() {
        return paidUntilNanos - nanoTime.getAsLong();
    }
}
