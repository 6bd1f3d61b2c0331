package org.tiezheng.capture.relay;

import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.wire.Direction;

/**
 * Moves the bytes of connections that stand: reads a chunk, records it, forwards it, and reads on only when the receiver has taken it.
 * Belongs to the relay's thread.
 */
final class LinkCopier {
    private static final Logger LOG = LoggerFactory.getLogger(LinkCopier.class);
    /** One data segment of network.pcapng. */
    private static final int CHUNK_BYTES = 65_495;
    /** The client has gone and the server does not close: nobody waits for it any more. */
    private static final Duration AFTER_CLIENT_LEFT = Duration.ofSeconds(30);

    private final RelayLoop loop;
    private final RelayLimits limits;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private long bytesUp;
    private long bytesDown;
    private boolean captureFull;

    LinkCopier(RelayLoop loop, RelayLimits limits) {
        this.loop = loop;
        this.limits = limits;
    }

    long bytesUp() {
        return bytesUp;
    }

    long bytesDown() {
        return bytesDown;
    }

    /** True when the capture's byte limit is reached: nothing more may be recorded. */
    boolean captureFull() {
        return captureFull;
    }

    /** The connection to the server stands and is on record. */
    void begin(Link link, SocketChannel upstream) {
        link.state = Link.State.OPEN;
        link.up = new Half(Direction.CLIENT_TO_SERVER, link.client, upstream);
        link.down = new Half(Direction.SERVER_TO_CLIENT, upstream, link.client);
        link.deadlineNanos = System.nanoTime() + limits.idle().toNanos();
    }

    /** The client could not even be told that its connection stands. */
    void clientLeft(Link link, IOException cause) {
        if (link.down != null) {
            receiverGone(link, link.down, cause);
        }
    }

    /** Passes what the client sent along with its request, and starts copying. */
    void passEarly(Link link) {
        link.early.flip();
        if (link.early.hasRemaining() && link.up != null) {
            pass(link, link.up, link.early);
        }
        updateInterest(link);
    }

    void read(Link link, Half half) {
        if (!half.wantsToRead()) {
            return;
        }
        chunk.clear();
        long connectionRoom = limits.connectionBytes() - recorded(link);
        long captureRoom = limits.captureBytes() - bytesUp - bytesDown;
        chunk.limit((int) Math.min(CHUNK_BYTES, Math.min(connectionRoom, captureRoom)));
        int count;
        try {
            count = half.from.read(chunk);
        } catch (IOException e) {
            senderGone(link, half, e);
            return;
        }
        if (count < 0) {
            senderEnded(link, half);
        } else if (count > 0) {
            chunk.flip();
            pass(link, half, chunk);
        }
        if (link.state == Link.State.OPEN) {
            updateInterest(link);
        }
    }

    /** Records, then forwards. */
    private void pass(Link link, Half half, ByteBuffer data) {
        Instant at = loop.touch();
        int size = data.remaining();
        try {
            conversation(link).chunk(half.direction, at, data.duplicate());
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        half.recorded += size;
        if (half.direction == Direction.CLIENT_TO_SERVER) {
            bytesUp += size;
        } else {
            bytesDown += size;
        }
        link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
        if (!half.discarding) {
            try {
                half.delivered += half.to.write(data);
            } catch (IOException e) {
                receiverGone(link, half, e);
            }
            if (data.hasRemaining() && link.state == Link.State.OPEN && !half.discarding) {
                ByteBuffer rest = ByteBuffer.allocate(data.remaining());
                half.pending = rest.put(data).flip();
            }
        } else if (half.recorded - half.delivered > limits.drainAfterAbortBytes()) {
            loop.finish(link, "reset", "client", "given up by the browser; drained as far as allowed");
        }
        watchByteLimits(link);
    }

    private void watchByteLimits(Link link) {
        if (bytesUp + bytesDown >= limits.captureBytes() && !captureFull) {
            captureFull = true;
            loop.reached("capture-bytes", limits.captureBytes(), null);
            loop.finishAll("limit", "capture-bytes");
        } else if (recorded(link) >= limits.connectionBytes() && link.state == Link.State.OPEN) {
            loop.reached("connection-bytes", limits.connectionBytes(), link.number);
            loop.finish(link, "limit", "relay", "connection-bytes");
        }
    }

    /** The receiver of this half can take more. */
    void deliver(Link link, Half half) {
        ByteBuffer pending = half.pending;
        if (pending != null) {
            loop.touch();
            link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
            try {
                half.delivered += half.to.write(pending);
            } catch (IOException e) {
                receiverGone(link, half, e);
                return;
            }
            if (!pending.hasRemaining()) {
                half.pending = null;
            }
        }
        passEndOn(link, half);
        if (link.state == Link.State.OPEN) {
            updateInterest(link);
        }
    }

    private void senderEnded(Link link, Half half) {
        Instant at = loop.touch();
        half.ended = true;
        if (link.endedBy == null) {
            link.endedBy = half.direction == Direction.CLIENT_TO_SERVER ? "client" : "server";
        }
        link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
        try {
            conversation(link).end(half.direction, at);
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        if (half.discarding) {
            loop.finish(link, "reset", "client", "given up by the browser; drained to the end");
        } else {
            passEndOn(link, half);
        }
    }

    /** When all that was read has been delivered, tells the receiver that no more will come. */
    private void passEndOn(Link link, Half half) {
        if (!half.ended || half.passedOn || half.pending != null) {
            return;
        }
        half.passedOn = true;
        try {
            half.to.shutdownOutput();
        } catch (IOException e) {
            // the receiver has gone meanwhile: it will get no more anyway
            LOG.debug("link {}: end not passed on", link.number, e);
        }
        if (link.up != null && link.up.passedOn && link.down != null && link.down.passedOn) {
            loop.finish(link, "closed", "relay", null);
        }
    }

    /** The sender of this half has reset the connection. It was only read from when all before had been delivered. */
    private void senderGone(Link link, Half half, IOException cause) {
        boolean client = half.direction == Direction.CLIENT_TO_SERVER;
        if (client && link.down != null && startDraining(link, link.down)) {
            return;
        }
        try {
            conversation(link).reset(half.direction, loop.touch());
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        loop.finish(link, "reset", client ? "client" : "server", RelayLoop.message(cause));
    }

    /** The receiver of this half takes no more. */
    private void receiverGone(Link link, Half half, IOException cause) {
        boolean clientLeft = half.direction == Direction.SERVER_TO_CLIENT;
        if (clientLeft && startDraining(link, half)) {
            return;
        }
        try {
            conversation(link).reset(half.direction.opposite(), loop.touch());
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        loop.finish(link, "reset", clientLeft ? "client" : "server", RelayLoop.message(cause));
    }

    /** Goes on reading the server for a client that left, if that is wanted. */
    private boolean startDraining(Link link, Half down) {
        if (limits.drainAfterAbortBytes() == 0 || down.ended || down.discarding || link.up == null) {
            return false;
        }
        down.discarding = true;
        down.pending = null;
        link.up.ended = true;
        link.up.pending = null;
        link.endedBy = "client";
        RelayLoop.closeQuietly(link.client);
        updateInterest(link);
        return true;
    }

    private void updateInterest(Link link) {
        Half up = link.up;
        Half down = link.down;
        if (up == null || down == null || link.state != Link.State.OPEN) {
            return;
        }
        if (link.clientKey.isValid()) {
            link.clientKey.interestOps((up.wantsToRead() ? OP_READ : 0) | (down.pending != null ? OP_WRITE : 0));
        }
        SelectionKey key = link.upstreamKey;
        if (key != null && key.isValid()) {
            key.interestOps((down.wantsToRead() ? OP_READ : 0) | (up.pending != null ? OP_WRITE : 0));
        }
    }

    private Duration idleBound(Link link) {
        boolean clientLeft = link.up != null && link.up.ended;
        return clientLeft && AFTER_CLIENT_LEFT.compareTo(limits.idle()) < 0 ? AFTER_CLIENT_LEFT : limits.idle();
    }

    private static long recorded(Link link) {
        return (link.up == null ? 0 : link.up.recorded) + (link.down == null ? 0 : link.down.recorded);
    }

    private static WireSpool.Conversation conversation(Link link) {
        if (link.conversation == null) {
            throw new IllegalStateException("link " + link.number + " was never opened");
        }
        return link.conversation;
    }
}
