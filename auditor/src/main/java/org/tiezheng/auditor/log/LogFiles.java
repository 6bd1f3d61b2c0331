package org.tiezheng.auditor.log;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.tiezheng.auditor.cli.StoreFile;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.storage.VersionedStore;

/**
 * Where the files of a log come from: {@code checkpoint} and {@code tile/…}, as C2SP tlog-tiles has them. What they say is not
 * checked here.
 */
public interface LogFiles extends LogTree.Source, Closeable {
    /**
     * The newest checkpoint, as it is published.
     *
     * @throws IOException also if there is none; {@link java.nio.file.NoSuchFileException} then
     */
    byte[] checkpoint() throws IOException;

    /** For messages: folder or address. */
    String place();

    @Override
    default void close() throws IOException {
        // Files and addresses hold nothing open.
    }

    /** @throws IOException as {@link #checkpoint()}; {@code MalformedLogException} if it is none */
    default Checkpoint parsedCheckpoint() throws IOException, MalformedLogException {
        return Checkpoint.parse(checkpoint());
    }

    /**
     * @param place an address that begins with {@code http://} or {@code https://}; a folder with the files; or a store that holds a
     *     copy, as {@link StoreFile} has it
     * @throws IllegalArgumentException if it is an address that cannot be read
     * @throws IOException if it is a store that cannot be opened
     */
    static LogFiles of(String place, Clock clock) throws IOException {
        if (place.startsWith("http://") || place.startsWith("https://")) {
            return new LogAddress(URI.create(place.endsWith("/") ? place : place + "/"));
        }
        Path path = Path.of(place);
        boolean isStore = Files.isRegularFile(path)
                || (Files.isDirectory(path.resolve("log")) && !Files.exists(path.resolve("checkpoint")));
        return isStore && StoreFile.open("log", path, clock) instanceof VersionedStore store
                ? new LogInStore(store)
                : new LogFolder(path);
    }
}
