package org.tiezheng.storage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Notes a CRC-32C for each megabyte that passes, so that some of them can be read back and compared later. Against
 * mistakes of a store, not against a forger: the digest of the whole does that. 4 bytes of memory per MiB.
 */
final class BlockChecksums extends FilterInputStream {
    static final int BLOCK_BYTES = 1 << 20;

    private final CRC32C crc = new CRC32C();
    private int[] blocks = new int[64];
    private int complete;
    private int inBlock;

    BlockChecksums(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, Math.min(length, BLOCK_BYTES - inBlock));
        if (count > 0) {
            crc.update(buffer, offset, count);
            inBlock += count;
            if (inBlock == BLOCK_BYTES) {
                endBlock();
            }
        }
        return count;
    }

    private void endBlock() {
        if (complete == blocks.length) {
            blocks = Arrays.copyOf(blocks, blocks.length * 2);
        }
        blocks[complete++] = (int) crc.getValue();
        crc.reset();
        inBlock = 0;
    }

    /** Whole blocks that have passed; bytes after the last of them are not counted. */
    int count() {
        return complete;
    }

    /** Whether {@code bytes} are those of block {@code index}. */
    boolean matches(int index, byte[] bytes) {
        CRC32C read = new CRC32C();
        read.update(bytes);
        return blocks[index] == (int) read.getValue();
    }
}
