package org.tiezheng.capture.browser;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;

/**
 * An artefact on disk.
 *
 * @param file where it is
 * @param digests of its bytes, computed while they were written; never of an empty file
 */
public record StoredFile(Path file, Digests digests) {

    public long sizeBytes() {
        return digests.sizeBytes();
    }

    /** Writes a file and digests it on the way; without {@link #finish} the file is deleted again on close. */
    static final class Writer extends FilterOutputStream implements Closeable {
        private final Path file;
        private final DigestingOutputStream digesting;
        private boolean finished;

        Writer(Path file) throws IOException {
            this(file, new DigestingOutputStream(Files.newOutputStream(file)));
        }

        private Writer(Path file, DigestingOutputStream digesting) {
            super(new BufferedOutputStream(digesting, 1 << 16));
            this.file = file;
            this.digesting = digesting;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        /** Call once after the last byte. */
        StoredFile finish() throws IOException {
            out.close();
            Digests digests = digesting.digests();
            if (digests.sizeBytes() == 0) {
                throw new IOException("nothing was written to " + file.getFileName());
            }
            finished = true;
            return new StoredFile(file, digests);
        }

        @Override
        public void close() throws IOException {
            if (!finished) {
                out.close();
                Files.deleteIfExists(file);
            }
        }
    }

    static OutputStream create(Path file) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    }
}
