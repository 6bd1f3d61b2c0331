package org.tiezheng.auditor.log;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;

/**
 * Where the files of a log come from: {@code checkpoint} and {@code tile/…}, as C2SP tlog-tiles has them. What they say is not
 * checked here.
 */
public interface LogFiles extends LogTree.Source {
    /**
     * The newest checkpoint, as it is published.
     *
     * @throws IOException also if there is none; {@link java.nio.file.NoSuchFileException} then
     */
    byte[] checkpoint() throws IOException;

    /** For messages: folder or address. */
    String place();

    /** @throws IOException as {@link #checkpoint()}; {@code MalformedLogException} if it is none */
    default Checkpoint parsedCheckpoint() throws IOException, MalformedLogException {
        return Checkpoint.parse(checkpoint());
    }

    /**
     * @param place a folder, or an address that begins with {@code http://} or {@code https://}
     * @throws IllegalArgumentException if it is an address that cannot be read
     */
    static LogFiles of(String place) {
        if (place.startsWith("http://") || place.startsWith("https://")) {
            return new LogAddress(URI.create(place.endsWith("/") ? place : place + "/"));
        }
        return new LogFolder(Path.of(place));
    }
}
