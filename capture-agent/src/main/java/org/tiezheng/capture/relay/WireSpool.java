package org.tiezheng.capture.relay;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Direction;

/**
 * Where the relay writes what passes, in the order it passes. Called by one thread; the relay closes it at its end.
 *
 * <p>A chunk must be in the hands of the operating system when {@link Conversation#chunk} returns: the relay forwards it only
 * then, so a killed agent leaves on disk at least what the browser saw. An {@link IOException} ends the capture.
 */
public interface WireSpool extends Closeable {

    /**
     * A connection to {@code server} stands; no byte has passed.
     *
     * @param hostAsked {@code host:port} as the browser asked for it
     */
    Conversation open(InetSocketAddress server, Instant at, String hostAsked) throws IOException;

    /** One DNS question by UDP and its answer; both messages already passed. @param answer null if none came */
    void datagrams(
            InetSocketAddress server, Instant asked, ByteBuffer question, Instant answered, @Nullable ByteBuffer answer)
            throws IOException;

    /** One relayed connection. A conversation that just stops was cut by the recorder; the connection record says why. */
    interface Conversation {

        /** Its number in network.pcapng, from 1. */
        int number();

        /** @param data from position to limit; valid during the call only */
        void chunk(Direction direction, Instant at, ByteBuffer data) throws IOException;

        /** The sender of this direction has said that it will send no more. */
        void end(Direction direction, Instant at) throws IOException;

        /** The sender of this direction has broken the connection off, both ways. */
        void reset(Direction direction, Instant at) throws IOException;
    }
}
