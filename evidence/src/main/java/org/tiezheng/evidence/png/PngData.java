package org.tiezheng.evidence.png;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of all IDAT chunks of a PNG, one after the other: a zlib stream. Chunks before them are passed over; CRCs are not
 * checked. Closing it closes nothing.
 */
public final class PngData extends InputStream {
    private final DataInputStream in;
    private long left;
    private boolean started;
    private boolean ended;

    /** @param in where {@link PngHeader#read} left it */
    public PngData(DataInputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** @throws EOFException if the PNG ends before its image data does */
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (left == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int n = in.read(buffer, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new EOFException("PNG ends inside a chunk");
        }
        left -= n;
        return n;
    }

    private void nextChunk() throws IOException {
        if (started) {
            in.readInt(); // CRC of the chunk before
        }
        while (true) {
            long length = Integer.toUnsignedLong(in.readInt());
            String type = PngHeader.chunkType(in);
            if (type.equals("IDAT")) {
                started = true;
                left = length;
                return;
            }
            if (type.equals("IEND") || started) {
                ended = true;
                return;
            }
            in.skipNBytes(length + 4);
        }
    }
}
