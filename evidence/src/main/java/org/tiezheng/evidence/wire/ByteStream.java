package org.tiezheng.evidence.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * Receives the two byte streams of one conversation in the order and at the times they passed: encrypted
 * bytes for a TLS decoder, plain bytes for an HTTP decoder.
 *
 * <p>Called by one thread. What the bytes say never ends in an exception: whatever cannot be decoded is
 * reported to the {@link Undecoded} sink and the rest of that direction skipped; {@link IOException} is for
 * our own disk.
 */
public interface ByteStream extends Closeable {

    /** @param data valid during the call only */
    void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException;

    /** No more bytes in this direction; called at most once for each. */
    void end(Direction direction, Instant at, StreamEnd how) throws IOException;

    /** Frees files; directions that have not ended are taken as {@link StreamEnd#RECORDING_ENDED}. */
    @Override
    void close() throws IOException;
}
