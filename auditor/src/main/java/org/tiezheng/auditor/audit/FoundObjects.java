package org.tiezheng.auditor.audit;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectVersion;

/**
 * Which version of the store holds which object: files sorted by digest, looked up by halving, so that ten million objects
 * need no memory.
 *
 * <p>A row has {@value #ROW_BYTES} bytes: digest, CRC-32, whether it was read, place of the version id in the file beside.
 * Lookups may come from several threads.
 */
final class FoundObjects implements Closeable {
    private static final int DIGEST_BYTES = 32;
    private static final int ROW_BYTES = DIGEST_BYTES + Integer.BYTES + 1 + Long.BYTES;
    private static final int MAX_VERSION_BYTES = 2 + 1024;

    /**
     * An object that was found.
     *
     * @param crc32 of its bytes; nothing if they were not read
     * @param isRead whether the bytes were read, and are those of the digest
     */
    record Found(ObjectVersion version, long crc32, boolean isRead) {}

    private final Path folder;
    private final int digits;
    private final @Nullable FileChannel[] rows;
    private final @Nullable FileChannel[] versions;

    /** @param digits how many hex digits of a digest tell the file it is in */
    FoundObjects(Path folder, int digits) {
        this.folder = folder;
        this.digits = digits;
        int count = 1 << (4 * digits);
        this.rows = new FileChannel[count];
        this.versions = new FileChannel[count];
    }

    private static Path rowFile(Path folder, int part) {
        return folder.resolve("found-" + part);
    }

    private static Path versionFile(Path folder, int part) {
        return folder.resolve("found-versions-" + part);
    }

    /** Writes one file; rows must come in the order of their digests. */
    static final class Writer implements Closeable {
        private final DataOutputStream rows;
        private final DataOutputStream versions;
        private long offset;

        Writer(Path folder, int part) throws IOException {
            rows = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(rowFile(folder, part))));
            versions = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(versionFile(folder, part))));
        }

        void add(String sha256, Found found) throws IOException {
            rows.write(HexFormat.of().parseHex(sha256));
            rows.writeInt((int) found.crc32());
            rows.writeBoolean(found.isRead());
            rows.writeLong(offset);
            // Printable ASCII, so two bytes of length and one for each character.
            versions.writeUTF(found.version().versionId());
            offset += 2L + found.version().versionId().length();
        }

        @Override
        public void close() throws IOException {
            try (rows) {
                versions.close();
            }
        }
    }

    /** Empty if it is not in the store, or not with the size it ought to have. */
    Optional<Found> find(String sha256) throws IOException {
        int part = Integer.parseInt(sha256.substring(0, digits), 16);
        byte[] wanted = HexFormat.of().parseHex(sha256);
        FileChannel file = open(rows, part, rowFile(folder, part));
        long low = 0;
        long high = file.size() / ROW_BYTES - 1;
        ByteBuffer row = ByteBuffer.allocate(ROW_BYTES);
        while (low <= high) {
            long middle = (low + high) >>> 1;
            fill(file, row, middle * ROW_BYTES);
            int order = Arrays.compareUnsigned(row.array(), 0, DIGEST_BYTES, wanted, 0, DIGEST_BYTES);
            if (order == 0) {
                row.position(DIGEST_BYTES);
                long crc32 = row.getInt() & 0xFFFFFFFFL;
                boolean read = row.get() != 0;
                return Optional.of(new Found(
                        new ObjectVersion(ObjectKeys.ofContent(sha256), version(part, row.getLong())), crc32, read));
            }
            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle - 1;
        }
        return Optional.empty();
    }

    private String version(int part, long offset) throws IOException {
        FileChannel file = open(versions, part, versionFile(folder, part));
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MAX_VERSION_BYTES, file.size() - offset));
        fill(file, bytes, offset);
        try (DataInputStream in =
                new DataInputStream(new java.io.ByteArrayInputStream(bytes.array(), 0, bytes.limit()))) {
            return in.readUTF();
        }
    }

    private static void fill(FileChannel file, ByteBuffer buffer, long offset) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException("a file of this audit is cut");
            }
        }
        buffer.flip();
    }

    private synchronized FileChannel open(@Nullable FileChannel[] files, int part, Path path) throws IOException {
        FileChannel file = files[part];
        if (file == null) {
            file = FileChannel.open(path, StandardOpenOption.READ);
            files[part] = file;
        }
        return file;
    }

    @Override
    public synchronized void close() throws IOException {
        for (FileChannel[] files : Arrays.asList(rows, versions)) {
            for (FileChannel file : files) {
                if (file != null) {
                    file.close();
                }
            }
        }
    }
}
