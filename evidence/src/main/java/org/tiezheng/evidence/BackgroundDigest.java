package org.tiezheng.evidence;

import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Computes a slow digest beside the thread that has the bytes. SM3 takes six times as long as SHA-256 and everything else
 * that is done to a byte while it is written, so without this it alone would set the pace.
 *
 * <p>Less than {@value #PART_BYTES} bytes are digested by the caller's own thread: most files of a package are that small.
 * More are copied in parts to a thread that lives for one part, so that nothing is left behind when the owner gives up
 * half way. Memory: at most {@value #MOST_WAITING} parts waiting and one filling. Not for use by several threads.
 */
final class BackgroundDigest {
    static final int PART_BYTES = 1 << 20;
    static final int MOST_WAITING = 4;
    private static final int FIRST_BYTES = 1 << 12;

    private static final Executor THREADS = work -> {
        Thread thread = new Thread(work, "digest");
        thread.setDaemon(true);
        thread.start();
    };

    private final MessageDigest digest;
    private byte[] part = new byte[0];
    private int filled;

    /** Parts on their way, oldest first; each ends after all before it and gives its array back. */
    private final Deque<CompletableFuture<byte[]>> waiting = new ArrayDeque<>();

    BackgroundDigest(MessageDigest digest) {
        this.digest = digest;
    }

    void update(byte[] bytes, int offset, int length) {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (filled == PART_BYTES) {
                handOver();
            }
            if (filled == part.length) {
                grow(left);
            }
            int count = Math.min(left, part.length - filled);
            System.arraycopy(bytes, at, part, filled, count);
            filled += count;
            at += count;
            left -= count;
        }
    }

    private void grow(int wanted) {
        long enough = Math.max(FIRST_BYTES, Math.max(2L * part.length, (long) filled + wanted));
        part = Arrays.copyOf(part, (int) Math.min(PART_BYTES, enough));
    }

    private void handOver() {
        byte[] full = part;
        CompletableFuture<byte[]> previous = waiting.peekLast();
        waiting.addLast((previous == null ? CompletableFuture.completedFuture(full) : previous)
                .thenApplyAsync(
                        ignored -> {
                            digest.update(full, 0, PART_BYTES);
                            return full;
                        },
                        THREADS));
        part = waiting.size() < MOST_WAITING
                ? new byte[PART_BYTES]
                : waiting.removeFirst().join();
        filled = 0;
    }

    /** Waits for the rest and ends the digest. May be asked once. */
    byte[] digest() {
        CompletableFuture<byte[]> last = waiting.peekLast();
        if (last != null) {
            byte[] ignored = last.join();
        }
        digest.update(part, 0, filled);
        return digest.digest();
    }
}
