package org.tiezheng.evidence.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Splits a pcapng stream into blocks, one in memory at a time. Blocks larger than {@link #MAX_KEPT} of kinds
 * this format does not use are skipped without being held.
 */
final class BlockReader {
    /** Largest block held in memory: the key log is the only one that may come near. */
    static final int MAX_KEPT = 65 << 20;

    private static final int MAX_PACKET_BLOCK = 1 << 18;

    private final InputStream in;
    private byte[] buffer = new byte[1 << 17];
    private long position;

    BlockReader(InputStream in) {
        this.in = in;
    }

    /** The file ends within a block. */
    static final class NotWholeException extends Exception {
        NotWholeException(String message) {
            super(message);
        }
    }

    /** The bytes are no pcapng of this format. */
    static final class NotPcapngException extends Exception {
        NotPcapngException(String message) {
            super(message);
        }
    }

    /**
     * One block; valid until the next is read.
     *
     * @param body what is between the two lengths, little-endian
     */
    record Block(int type, ByteBuffer body, byte[] buffer) {
        byte[] wholeBlock() {
            return Blocks.block(type, body.duplicate());
        }
    }

    /** Where in the stream the next block starts, in bytes. */
    long position() {
        return position;
    }

    /**
     * @return null at the end of the stream
     * @throws IOException if reading fails
     */
    @Nullable
    Block next() throws IOException, NotWholeException, NotPcapngException {
        while (true) {
            int got = in.readNBytes(buffer, 0, 8);
            if (got == 0) {
                return null;
            }
            if (got < 8) {
                throw new NotWholeException("the file ends within a block header at " + position);
            }
            ByteBuffer header = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
            int type = header.getInt(0);
            long total = header.getInt(4) & 0xffff_ffffL;
            if (position == 0 && type != Blocks.SECTION_HEADER) {
                throw new NotPcapngException("the file does not start with a section header");
            }
            if (total < Blocks.FRAME || total % 4 != 0) {
                throw new NotPcapngException("block length " + total + " at " + position);
            }
            long rest = total - 8;
            if (!isUsed(type)) {
                skip(rest, total);
                continue;
            }
            if (total > (type == Blocks.ENHANCED_PACKET ? MAX_PACKET_BLOCK : MAX_KEPT)) {
                throw new NotPcapngException("block of " + total + " bytes at " + position);
            }
            read((int) rest);
            ByteBuffer block = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
            if (block.getInt((int) rest - 4) != (int) total) {
                throw new NotPcapngException("the two lengths of the block at " + position + " differ");
            }
            position += total;
            ByteBuffer body = ByteBuffer.wrap(buffer, 0, (int) rest - 4).order(ByteOrder.LITTLE_ENDIAN);
            return new Block(type, body, buffer);
        }
    }

    private static boolean isUsed(int type) {
        return type == Blocks.SECTION_HEADER
                || type == Blocks.INTERFACE_DESCRIPTION
                || type == Blocks.ENHANCED_PACKET
                || type == Blocks.DECRYPTION_SECRETS;
    }

    /** Fills the buffer by steps, so that a length that lies costs no more memory than there are bytes. */
    private void read(int length) throws IOException, NotWholeException {
        int filled = 0;
        while (filled < length) {
            if (filled == buffer.length) {
                buffer = java.util.Arrays.copyOf(buffer, Math.min(MAX_KEPT, buffer.length * 2));
            }
            int got = in.read(buffer, filled, Math.min(buffer.length, length) - filled);
            if (got < 0) {
                throw new NotWholeException("the file ends within the block at " + position);
            }
            filled += got;
        }
    }

    private void skip(long rest, long total) throws IOException, NotWholeException {
        long left = rest;
        while (left > 0) {
            int got = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (got < 0) {
                throw new NotWholeException("the file ends within the block at " + position);
            }
            left -= got;
        }
        position += total;
    }
}
