package org.tiezheng.capture.browser;

import java.util.concurrent.TimeUnit;

/** Short waits between polls; an interrupt ends the wait and stays set. */
final class Pause {
    private Pause() {}

    static void millis(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Milliseconds left until {@code deadlineNanos} of {@link System#nanoTime}, at least 0. */
    static long leftMillis(long deadlineNanos) {
        return Math.max(0, (deadlineNanos - System.nanoTime()) / 1_000_000);
    }
}
