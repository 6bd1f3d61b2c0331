package org.tiezheng.archive.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.Tile;

/**
 * Tiles and checkpoint of the log as files, as C2SP tlog-tiles serves them: {@code checkpoint}, {@code tile/…}; and {@code
 * stamps/ID/…}, checkpoints with their time-stamps. The folder may be served as it is, and copied while it is written to.
 *
 * <p>Every file is written beside its name, flushed and renamed, and its folder flushed: after a crash it is there whole or
 * not at all.
 */
final class LogFolder implements LogTree.Source {
    private static final String CHECKPOINT = "checkpoint";

    private final Path root;

    LogFolder(Path root) {
        this.root = root;
    }

    @Override
    public byte[] read(Tile tile) throws IOException {
        return Files.readAllBytes(root.resolve(tile.path()));
    }

    /**
     * Writes a tile unless it is there.
     *
     * @throws LogDamagedException if it is there with other bytes
     */
    void write(Tile tile, byte[] bytes) throws IOException {
        Path file = root.resolve(tile.path());
        try {
            if (!Arrays.equals(Files.readAllBytes(file), bytes)) {
                throw new LogDamagedException(
                        "the log's file " + tile.path() + " has other content than its entries give");
            }
        } catch (NoSuchFileException absent) {
            replace(file, bytes);
        }
    }

    /** The published checkpoint; empty before the first. */
    Optional<byte[]> checkpoint() throws IOException {
        try {
            Path file = root.resolve(CHECKPOINT);
            if (Files.size(file) > Checkpoint.MAX_BYTES) {
                throw new IOException("the log's checkpoint is too large");
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    void publish(byte[] checkpoint) throws IOException {
        replace(root.resolve(CHECKPOINT), checkpoint);
    }

    /** {@code stamps/ID/checkpoint} and {@code stamps/ID/token.tst}. */
    void writeStamp(long id, byte[] note, byte[] token) throws IOException {
        Path stamp = root.resolve("stamps").resolve(Long.toString(id));
        replace(stamp.resolve("checkpoint"), note);
        replace(stamp.resolve("token.tst"), token);
    }

    /** Whether both files of a stamp are there with these bytes. */
    boolean hasStamp(long id, byte[] note, byte[] token) throws IOException {
        Path stamp = root.resolve("stamps").resolve(Long.toString(id));
        try {
            return Arrays.equals(Files.readAllBytes(stamp.resolve("checkpoint")), note)
                    && Arrays.equals(Files.readAllBytes(stamp.resolve("token.tst")), token);
        } catch (NoSuchFileException absent) {
            return false;
        }
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Path folder = file.getParent();
        Files.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, ".new", "");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
