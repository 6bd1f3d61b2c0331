package org.tiezheng.archive.replay;

import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import java.util.UUID;

/** Where the replay origin reads packages: the archive's own store, in place. */
public interface ReplayContent {
    /** Size of {@code capture.wacz} in bytes; empty if there is no such evidence. */
    OptionalLong sizeOf(UUID evidence);

    /**
     * {@code length} bytes of {@code capture.wacz} from {@code offset}; the caller closes the stream.
     *
     * @throws IOException if the store does not answer
     */
    InputStream open(UUID evidence, long offset, long length) throws IOException;
}
