package org.tiezheng.evidence.zip;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ZipLayout} read like a file, its members being objects of a store: for the verifier, which reads a package once
 * from begin to end and a few small pieces before and after.
 *
 * <p>Reads in order keep one request to the source open; others ask for just their bytes. Only {@link #size} and reads at a
 * position work. Safe for use by several threads.
 */
public final class LayoutChannel extends FileChannel {
    /** The verifier reads in blocks of this size when it goes through the whole. */
    private static final int STREAM_FROM = 1 << 19;

    /** Where the content of members comes from. */
    @FunctionalInterface
    public interface Source {
        /** Bytes {@code offset} to {@code offset + length - 1} of the member; the channel closes the stream. */
        InputStream open(String name, long offset, long length) throws IOException;
    }

    private final ZipLayout layout;
    private final Map<String, Long> sizes = new HashMap<>();
    private final Source source;

    private @Nullable InputStream stream;
    private String streamName = "";
    private long streamOffset;
    private long next;

    public LayoutChannel(ZipLayout layout, Source source) {
        this.layout = layout;
        this.source = source;
        layout.members().forEach(member -> sizes.put(member.name(), member.sizeBytes()));
    }

    @Override
    public synchronized int read(ByteBuffer into, long position) throws IOException {
        if (position >= layout.sizeBytes()) {
            return -1;
        }
        int count = (int) Math.min(into.remaining(), layout.sizeBytes() - position);
        boolean inOrder = (position == next && position > 0) || count >= STREAM_FROM;
        layout.write(
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        into.put((byte) b);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) {
                        into.put(bytes, offset, length);
                    }
                },
                position,
                count,
                (name, offset) -> inOrder ? streamed(name, offset) : piece(name, offset, count));
        if (inOrder || count < STREAM_FROM) {
            next = position + count;
        }
        return count;
    }

    private long left(String name, long offset) {
        return sizes.getOrDefault(name, 0L) - offset;
    }

    private InputStream piece(String name, long offset, int atMost) throws IOException {
        return source.open(name, offset, Math.min(atMost, left(name, offset)));
    }

    /** The open stream, if it stands there; else a new one to the end of the object. Closing the answer leaves it open. */
    private InputStream streamed(String name, long offset) throws IOException {
        InputStream open = stream;
        if (open == null || !streamName.equals(name) || streamOffset != offset) {
            closeStream();
            open = source.open(name, offset, left(name, offset));
            stream = open;
            streamName = name;
            streamOffset = offset;
        }
        return new FilterInputStream(open) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int at, int length) throws IOException {
                int read = in.read(bytes, at, length);
                streamOffset += Math.max(0, read);
                return read;
            }

            @Override
            public void close() {
                // Kept for the next block.
            }
        };
    }

    private void closeStream() throws IOException {
        InputStream open = stream;
        stream = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public long size() {
        return layout.sizeBytes();
    }

    @Override
    protected synchronized void implCloseChannel() throws IOException {
        closeStream();
    }

    @Override
    public int read(ByteBuffer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
