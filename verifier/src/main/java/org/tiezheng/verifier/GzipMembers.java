package org.tiezheng.verifier;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip members one by one and knows where each begins and ends, which {@code GZIPInputStream} does
 * not say. Source: RFC 1952.
 *
 * <p>The format's own {@code WarcGzReader} does that too, and a SHA-256 of every member with it, for the index it
 * writes; here that third digest would slow the lane that sets the pace.
 *
 * <p>Use: {@link #next()}, then {@link #read} until -1, and so on until {@code next()} is false. Close frees
 * the native decompressor, not the stream beneath.
 */
final class GzipMembers implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int RESERVED_FLAGS = 0xe0;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    /** Compressed bytes taken from {@code in} into the buffer so far. */
    private long taken;

    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private long start;
    private long end;
    private boolean inMember;

    GzipMembers(InputStream in) {
        this.in = in;
    }

    /** Compressed offset of the first byte of the current member. */
    long start() {
        return start;
    }

    /** Compressed offset behind the current member, known once {@link #read} gave -1. */
    long end() {
        return end;
    }

    /**
     * Goes to the next member; the one before must have been read to its end.
     *
     * @return false at the end of the stream
     * @throws IOException if what follows is no gzip member
     */
    boolean next() throws IOException {
        if (inMember) {
            throw new IllegalStateException("member not read to its end");
        }
        start = position();
        if (from == to && !fill()) {
            return false;
        }
        if (need() != 0x1f || need() != 0x8b || need() != 8) {
            throw new IOException("no gzip member");
        }
        int flags = need();
        if ((flags & RESERVED_FLAGS) != 0) {
            throw new IOException("reserved gzip flags");
        }
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(need() | need() << 8);
        }
        for (int text : new int[] {NAME, COMMENT}) {
            if ((flags & text) != 0) {
                while (need() != 0) {
                    // skip to the terminating zero
                }
            }
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
        inflater.reset();
        inflater.setInput(buffer, from, to - from);
        crc.reset();
        inMember = true;
        return true;
    }

    /**
     * Reads decompressed bytes of the current member.
     *
     * @return -1 at the end of the member, whose CRC-32 and length were right
     * @throws IOException if the member is cut, damaged or fails its CRC-32
     */
    int read(byte[] into, int offset, int length) throws IOException {
        if (!inMember) {
            return -1;
        }
        try {
            while (true) {
                int count = inflater.inflate(into, offset, length);
                if (count > 0) {
                    crc.update(into, offset, count);
                    return count;
                }
                if (inflater.finished()) {
                    from = to - inflater.getRemaining();
                    endMember();
                    return -1;
                }
                if (inflater.needsDictionary()) {
                    throw new IOException("gzip member needs a dictionary");
                }
                if (length == 0) {
                    return 0;
                }
                // The inflater holds all that was in the buffer; it wants more.
                from = to;
                if (!fill()) {
                    throw new EOFException("gzip member is cut short");
                }
                inflater.setInput(buffer, from, to - from);
            }
        } catch (DataFormatException e) {
            throw new IOException("damaged gzip member", e);
        }
    }

    private void endMember() throws IOException {
        inMember = false;
        long wantedCrc = need32();
        long wantedLength = need32();
        if (wantedCrc != crc.getValue() || wantedLength != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw new IOException("gzip member fails its CRC-32 or length");
        }
        end = position();
    }

    private long position() {
        return taken - (to - from);
    }

    private long need32() throws IOException {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value |= (long) need() << 8 * i;
        }
        return value;
    }

    private void skip(int count) throws IOException {
        for (int left = count; left > 0; left--) {
            int unused = need();
        }
    }

    private int need() throws IOException {
        if (from == to && !fill()) {
            throw new EOFException("gzip member is cut short");
        }
        return buffer[from++] & 0xff;
    }

    private boolean fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        from = 0;
        to = Math.max(0, count);
        taken += to;
        return count > 0;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
