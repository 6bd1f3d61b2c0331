package org.tiezheng.evidence.warc;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip members one by one (RFC 1952) and knows where each begins, which {@code GZIPInputStream} does not tell. No
 * optional header fields: our writer makes none.
 */
final class GzipMembers extends InputStream {
    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;
    private long consumed;
    private long memberBytes;
    private boolean inMember;

    GzipMembers(InputStream in) {
        this.in = in;
    }

    /** Offset of the next byte of the file, in bytes; between members: where the next one begins. */
    long offset() {
        return consumed + position;
    }

    /** Begins the next member. @return false at the end of the file */
    boolean next() throws IOException {
        if (inMember) {
            throw new IllegalStateException("the member before is not read to its end");
        }
        if (position == limit && !fill()) {
            return false;
        }
        int[] header = new int[10];
        for (int i = 0; i < header.length; i++) {
            header[i] = nextByte();
        }
        if (header[0] != 0x1F || header[1] != 0x8B || header[2] != 8 || header[3] != 0) {
            throw new WarcException("no plain gzip member");
        }
        inflater.reset();
        crc.reset();
        memberBytes = 0;
        inMember = true;
        return true;
    }

    private boolean fill() throws IOException {
        consumed += limit;
        position = 0;
        limit = 0;
        int n = in.read(buffer, 0, buffer.length);
        if (n < 0) {
            return false;
        }
        limit = n;
        return n > 0 || fill();
    }

    private int nextByte() throws IOException {
        if (position == limit && !fill()) {
            throw new WarcException("file ends within a gzip member");
        }
        return buffer[position++] & 0xFF;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    /** @return -1 at the end of the member, whose checksum is then right */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (!inMember) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        try {
            while (true) {
                int n = inflater.inflate(bytes, offset, length);
                if (n > 0) {
                    crc.update(bytes, offset, n);
                    memberBytes += n;
                    return n;
                }
                if (inflater.finished()) {
                    position = limit - inflater.getRemaining();
                    trailer();
                    return -1;
                }
                if (inflater.needsDictionary()) {
                    throw new WarcException("deflate data wants a dictionary");
                }
                if (!inflater.needsInput()) {
                    throw new WarcException("not deflate data");
                }
                if (position == limit && !fill()) {
                    throw new WarcException("file ends within a gzip member");
                }
                inflater.setInput(buffer, position, limit - position);
                position = limit;
            }
        } catch (DataFormatException e) {
            throw new WarcException("not deflate data");
        }
    }

    private void trailer() throws IOException {
        inMember = false;
        if (littleEndian() != crc.getValue() || littleEndian() != (memberBytes & 0xFFFFFFFFL)) {
            throw new WarcException("gzip member with a wrong checksum");
        }
    }

    private long littleEndian() throws IOException {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value |= (long) nextByte() << (8 * i);
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
