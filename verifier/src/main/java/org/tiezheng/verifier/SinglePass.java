package org.tiezheng.verifier;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file once, from start to end, and shows every block to every lane; each lane has a thread of
 * its own. So a cold disk is read once and in order, and the digests of several layers are computed side
 * by side.
 *
 * <p>Memory: {@value #BLOCKS} blocks of {@value #BLOCK_BYTES} bytes, whatever the size of the file. The
 * slowest lane sets the pace.
 */
final class SinglePass {
    static final int BLOCK_BYTES = 1 << 20;
    static final int BLOCKS = 8;

    /** Work on the bytes of a file; runs in one thread. */
    interface Lane {
        /**
         * Takes blocks until there is no more, or returns early if it has seen enough.
         *
         * @throws InterruptedException if the pass was given up
         */
        void run(Blocks blocks) throws InterruptedException;
    }

    /** A part of the file; shared between lanes, so nobody writes into it. */
    static final class Block {
        private static final Block END = new Block(0);

        final byte[] bytes;
        /** Offset of the first byte in the file. */
        long position;

        int length;
        private final AtomicInteger holders = new AtomicInteger();

        private Block(int size) {
            bytes = new byte[size];
        }
    }

    /** What one lane sees of the file. */
    static final class Blocks {
        private final BlockingQueue<Block> waiting = new ArrayBlockingQueue<>(BLOCKS + 1);
        private final BlockingQueue<Block> free;
        private @Nullable Block current;
        private boolean ended;

        private Blocks(BlockingQueue<Block> free) {
            this.free = free;
        }

        /** The next block, valid until the next call; null at the end of the file. */
        @Nullable
        Block next() throws InterruptedException {
            release();
            if (ended) {
                return null;
            }
            Block block = waiting.take();
            if (block == Block.END) {
                ended = true;
                return null;
            }
            current = block;
            return block;
        }

        private void release() throws InterruptedException {
            Block block = current;
            current = null;
            if (block != null && block.holders.decrementAndGet() == 0) {
                free.put(block);
            }
        }

        /** A lane that has seen enough must not stop the others. */
        private void drain() throws InterruptedException {
            while (next() != null) {
                // released by the next call
            }
        }

        /** The bytes {@code start} to {@code end} of the file, which must lie ahead of what was taken so far. */
        InputStream range(long start, long end) {
            return new RangeStream(this, start, end);
        }
    }

    /** A range of the file as a stream. May be followed by another stream of a later range. */
    private static final class RangeStream extends InputStream {
        private final Blocks blocks;
        private long position;
        private final long end;

        RangeStream(Blocks blocks, long start, long end) {
            this.blocks = blocks;
            this.position = start;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (position >= end || length == 0) {
                return position >= end ? -1 : 0;
            }
            Block block = blocks.current;
            try {
                while (block == null || position >= block.position + block.length) {
                    block = blocks.next();
                    if (block == null) {
                        throw new EOFException("the file ends inside a member");
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("given up");
            }
            int at = (int) (position - block.position);
            int count = (int) Math.min(Math.min(length, block.length - at), end - position);
            System.arraycopy(block.bytes, at, into, offset, count);
            position += count;
            return count;
        }
    }

    private SinglePass() {}

    /**
     * Runs all lanes over the bytes 0 to {@code sizeBytes} of {@code file}. Returns when the last one is done.
     *
     * @param progress told the number of bytes read so far, in the calling thread
     * @throws IOException if the file cannot be read, or is shorter than {@code sizeBytes}
     */
    static void run(FileChannel file, long sizeBytes, List<Lane> lanes, LongConsumer progress) throws IOException {
        BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
        int blockBytes = (int) Math.max(1, Math.min(BLOCK_BYTES, sizeBytes));
        for (int i = 0; i < BLOCKS && (long) i * blockBytes < Math.max(1, sizeBytes); i++) {
            free.add(new Block(blockBytes));
        }
        List<Runner> runners = new ArrayList<>();
        for (Lane lane : lanes) {
            runners.add(new Runner(lane, new Blocks(free)));
        }
        try {
            runners.forEach(Thread::start);
            read(file, sizeBytes, free, runners, progress);
            for (Runner runner : runners) {
                runner.blocks.waiting.put(Block.END);
            }
            for (Runner runner : runners) {
                runner.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("given up");
        } finally {
            runners.forEach(Thread::interrupt);
        }
        for (Runner runner : runners) {
            runner.rethrow();
        }
    }

    private static void read(
            FileChannel file, long sizeBytes, BlockingQueue<Block> free, List<Runner> runners, LongConsumer progress)
            throws IOException, InterruptedException {
        for (long position = 0; position < sizeBytes; ) {
            Block block = free.take();
            ByteBuffer buffer = ByteBuffer.wrap(block.bytes);
            buffer.limit((int) Math.min(block.bytes.length, sizeBytes - position));
            while (buffer.hasRemaining()) {
                if (file.read(buffer, position + buffer.position()) < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
            }
            block.position = position;
            block.length = buffer.position();
            block.holders.set(runners.size());
            position += block.length;
            for (Runner runner : runners) {
                runner.blocks.waiting.put(block);
            }
            if (runners.isEmpty()) {
                free.put(block);
            }
            progress.accept(position);
        }
    }

    private static final class Runner extends Thread {
        private final Lane lane;
        private final Blocks blocks;
        private @Nullable Throwable failure;

        Runner(Lane lane, Blocks blocks) {
            super("verify-" + lane.getClass().getSimpleName());
            this.lane = lane;
            this.blocks = blocks;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                try {
                    lane.run(blocks);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                blocks.drain();
            } catch (InterruptedException e) {
                interrupt();
            }
        }

        /** A lane that threw has a bug: its checks did not run, and that must not pass unseen. */
        void rethrow() {
            if (failure != null) {
                throw new IllegalStateException(getName() + " failed", failure);
            }
        }
    }
}
