package org.tiezheng.archive.fixity;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/** A stream whose bytes count against a {@link ReadRate}. */
final class PacedStream extends FilterInputStream {
    private final ReadRate rate;

    PacedStream(InputStream in, ReadRate rate) {
        super(in);
        this.rate = rate;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        if (count > 0) {
            try {
                rate.pass(count);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException stopped = new InterruptedIOException("stopped while waiting for the rate");
                stopped.initCause(e);
                throw stopped;
            }
        }
        return count;
    }
}
