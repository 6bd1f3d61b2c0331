package org.tiezheng.capture.browser;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file of lines that stops growing at a limit and counts what it left out. Not for several threads. */
final class BoundedLines implements Closeable {
    private final OutputStream out;
    private final long limitBytes;
    private long sizeBytes;
    private long lines;
    private long dropped;

    BoundedLines(Path file, long limitBytes) throws IOException {
        this.out = StoredFile.create(file);
        this.limitBytes = limitBytes;
    }

    /** One line without its end. */
    void write(String line) throws IOException {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (dropped > 0 || sizeBytes + bytes.length + 1 > limitBytes) {
            dropped++;
            return;
        }
        put(bytes);
        lines++;
    }

    /** A last word that is written whatever the limit says; keep it short. */
    void writeEnd(String line) throws IOException {
        put(line.getBytes(StandardCharsets.UTF_8));
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        out.write('\n');
        sizeBytes += bytes.length + 1;
    }

    long lines() {
        return lines;
    }

    long dropped() {
        return dropped;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
