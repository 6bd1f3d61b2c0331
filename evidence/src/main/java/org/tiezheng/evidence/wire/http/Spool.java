package org.tiezheng.evidence.wire.http;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of one message: a file for all but the last 64 KiB, which stay in memory until more come.
 *
 * <p>The file is open only while a full buffer is written to it, so thousands of messages in flight need no file handles.
 */
final class Spool implements Closeable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int FIRST_BUFFER_BYTES = 1024;

    private final Spools spools;
    private byte[] buffer = new byte[0];
    private int buffered;
    private long fileBytes;
    private @Nullable Path file;

    Spool(Spools spools) {
        this.spools = spools;
    }

    void write(ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            if (buffered == buffer.length && !grow(data.remaining())) {
                flush();
                if (buffer.length == 0) {
                    // The budget is used up: straight to the file, however small the piece.
                    append(data);
                    return;
                }
            }
            int n = Math.min(data.remaining(), buffer.length - buffered);
            data.get(buffer, buffered, n);
            buffered += n;
        }
    }

    private boolean grow(int wanted) {
        if (buffer.length == BUFFER_BYTES) {
            return false;
        }
        int size = (int) Math.min(
                BUFFER_BYTES, Math.max(Math.max(FIRST_BUFFER_BYTES, 2L * buffer.length), (long) buffered + wanted));
        if (!spools.takeMemory(size - buffer.length)) {
            return false;
        }
        buffer = Arrays.copyOf(buffer, size);
        return true;
    }

    private void flush() throws IOException {
        if (buffered > 0) {
            append(ByteBuffer.wrap(buffer, 0, buffered));
            buffered = 0;
        }
    }

    private void append(ByteBuffer data) throws IOException {
        Path target = file;
        if (target == null) {
            target = spools.newFile();
            file = target;
        }
        try (SeekableByteChannel channel = Files.newByteChannel(target, StandardOpenOption.APPEND)) {
            while (data.hasRemaining()) {
                fileBytes += channel.write(data);
            }
        }
    }

    long sizeBytes() {
        return fileBytes + buffered;
    }

    /** The bytes written so far; the caller closes it before the next write. */
    InputStream open() throws IOException {
        InputStream tail = new ByteArrayInputStream(buffer, 0, buffered);
        return file == null ? tail : new SequenceInputStream(Files.newInputStream(file), tail);
    }

    @Override
    public void close() throws IOException {
        spools.giveMemory(buffer.length);
        buffer = new byte[0];
        buffered = 0;
        if (file != null) {
            Files.deleteIfExists(file);
            file = null;
        }
    }
}
