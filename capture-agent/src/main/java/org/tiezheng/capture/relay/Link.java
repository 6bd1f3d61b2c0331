package org.tiezheng.capture.relay;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of one connection from the browser; belongs to the relay's thread. */
final class Link {
    enum State {
        NEGOTIATING,
        RESOLVING,
        CONNECTING,
        OPEN,
        OVER
    }

    final int number;
    final SocketChannel client;
    final SelectionKey clientKey;
    final Instant acceptedAt;
    final SocksRequest socks = new SocksRequest();
    /** What the client sent and nobody has consumed; after the request, early bytes for the server. */
    final ByteBuffer early = ByteBuffer.allocate(SocksRequest.LONGEST_BYTES);

    final Deque<InetAddress> candidates = new ArrayDeque<>();
    final List<ConnectionRecord.Attempt> attempts = new ArrayList<>();

    State state = State.NEGOTIATING;
    long deadlineNanos;

    @Nullable
    String host;

    int port;

    @Nullable
    String name;

    @Nullable
    Integer resolution;

    @Nullable
    InetAddress address;

    @Nullable
    Instant attemptAt;

    @Nullable
    SocketChannel upstream;

    @Nullable
    SelectionKey upstreamKey;

    WireSpool.@Nullable Conversation conversation;

    @Nullable
    Half up;

    @Nullable
    Half down;

    @Nullable
    Instant openedAt;

    @Nullable
    Instant closedAt;

    @Nullable
    String endedBy;

    String outcome = "open";

    @Nullable
    String error;

    Link(int number, SocketChannel client, SelectionKey clientKey, Instant acceptedAt) {
        this.number = number;
        this.client = client;
        this.clientKey = clientKey;
        this.acceptedAt = acceptedAt;
    }

    boolean hasUndelivered() {
        return (up != null && up.pending != null) || (down != null && down.pending != null);
    }

    ConnectionRecord record() {
        return new ConnectionRecord(
                number,
                conversation == null ? null : conversation.number(),
                host,
                port,
                resolution,
                attempts,
                openedAt == null || address == null ? null : Addresses.text(address),
                acceptedAt,
                openedAt,
                closedAt,
                endedBy,
                outcome,
                error,
                up == null ? 0 : up.recorded,
                down == null ? 0 : down.recorded,
                down == null ? 0 : down.delivered);
    }
}
