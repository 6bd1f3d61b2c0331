package org.tiezheng.evidence.zip;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A range of a file as a stream, by positional reads. Unbuffered: read it in large blocks. */
final class RangeInputStream extends InputStream {
    private final FileChannel channel;
    private long position;
    private long left;

    RangeInputStream(FileChannel channel, long position, long count) {
        this.channel = channel;
        this.position = position;
        this.left = count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        int read = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, left)), position);
        if (read < 0) {
            throw new EOFException("the file became shorter while it was being read");
        }
        position += read;
        left -= read;
        return read;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.max(0, Math.min(count, left));
        position += skipped;
        left -= skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(left, Integer.MAX_VALUE);
    }
}
