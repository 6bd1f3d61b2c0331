package org.tiezheng.auditor.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.Tile;

/** A folder with the files of a log, or a copy of them. */
final class LogFolder implements LogFiles {
    private final Path root;

    LogFolder(Path root) {
        this.root = root;
    }

    @Override
    public byte[] checkpoint() throws IOException {
        return read(root.resolve("checkpoint"), Checkpoint.MAX_BYTES);
    }

    @Override
    public byte[] read(Tile tile) throws IOException {
        return read(root.resolve(tile.path()), LogTree.MAX_TILE_BYTES);
    }

    private static byte[] read(Path file, long maxBytes) throws IOException {
        if (Files.size(file) > maxBytes) {
            throw new IOException(file + " is larger than " + maxBytes + " bytes");
        }
        return Files.readAllBytes(file);
    }

    @Override
    public String place() {
        return root.toString();
    }
}
