package org.tiezheng.archive.catalogue;

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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.storage.ObjectStore;

/**
 * A package in the store, read like a file: for the verifier, which reads it once from begin to end and a few small pieces
 * before and after.
 *
 * <p>Reads in order keep one request to the store open; others ask for just their bytes. Only {@link #size} and reads at a
 * position work.
 */
final class StoredPackage extends FileChannel {
    /** The verifier reads in blocks of this size when it goes through the whole. */
    private static final int STREAM_FROM = 1 << 19;

    private final ZipLayout layout;
    private final Map<String, EvidenceObject> objects = new HashMap<>();
    private final ObjectStore store;

    private @Nullable InputStream stream;
    private String streamName = "";
    private long streamOffset;
    private long next;

    StoredPackage(List<EvidenceObject> objects, ObjectStore store) {
        this.layout = EvidenceExport.layout(objects);
        this.store = store;
        objects.forEach(object -> this.objects.put(object.member(), object));
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

    private EvidenceObject object(String name) throws IOException {
        EvidenceObject object = objects.get(name);
        if (object == null) {
            throw new IOException("no object for " + name);
        }
        return object;
    }

    private InputStream piece(String name, long offset, int atMost) throws IOException {
        EvidenceObject object = object(name);
        return store.get(object.version(), offset, Math.min(atMost, object.sizeBytes() - offset));
    }

    /** The open stream, if it stands there; else a new one to the end of the object. Closing the answer leaves it open. */
    private InputStream streamed(String name, long offset) throws IOException {
        InputStream open = stream;
        if (open == null || !streamName.equals(name) || streamOffset != offset) {
            closeStream();
            EvidenceObject object = object(name);
            open = store.get(object.version(), offset, object.sizeBytes() - offset);
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
