package org.tiezheng.capture.relay;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Direction;

/** One direction of a relayed connection. Bytes that the receiver has not taken yet are {@link #pending}: at most one chunk. */
final class Half {
    final Direction direction;
    final SocketChannel from;
    final SocketChannel to;

    @Nullable
    ByteBuffer pending;

    long recorded;
    long delivered;
    /** The sender said that this was all. */
    boolean ended;
    /** And the receiver has been told. */
    boolean passedOn;
    /** The receiver is gone: record and throw away. */
    boolean discarding;

    Half(Direction direction, SocketChannel from, SocketChannel to) {
        this.direction = direction;
        this.from = from;
        this.to = to;
    }

    boolean wantsToRead() {
        return !ended && pending == null;
    }
}
