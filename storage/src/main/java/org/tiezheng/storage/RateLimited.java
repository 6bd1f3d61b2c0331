package org.tiezheng.storage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** Delivers at most so many bytes per second, measured from its first byte. */
final class RateLimited extends FilterInputStream {
    private static final int SLICE = 1 << 16;

    private final long bytesPerSecond;
    private long passed;
    private long startedAtNanos;

    RateLimited(InputStream in, long bytesPerSecond) {
        super(in);
        this.bytesPerSecond = bytesPerSecond;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (passed == 0) {
            startedAtNanos = System.nanoTime();
        }
        double dueNanos = (double) passed / bytesPerSecond * 1e9;
        long early = (long) dueNanos - (System.nanoTime() - startedAtNanos);
        if (early > 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(early);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException stopped = new InterruptedIOException("stopped while waiting for the rate limit");
                stopped.initCause(e);
                throw stopped;
            }
        }
        int count = super.read(buffer, offset, Math.min(length, SLICE));
        passed += Math.max(count, 0);
        return count;
    }
}
