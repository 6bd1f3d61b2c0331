package org.tiezheng.evidence.wire.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.KeyLog;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.Undecoded;

/** Waits for the first bytes of a conversation and then hands everything to the decoder they call for. */
final class SniffedStream implements ByteStream {
    static final String NOT_HTTP = "not-http";

    private final Conversation conversation;
    private final KeyLog keys;
    private final PlainStreams plain;
    private final Undecoded.Sink undecoded;

    /** A lone 0x16 of the client, whose next byte will tell. */
    private @Nullable Instant loneByteAt;

    private @Nullable ByteStream decoder;
    private boolean plainText;
    private @Nullable Undecoded other;
    /** Directions that ended while nobody had spoken. */
    private final @Nullable StreamEnd[] earlyEnds = new @Nullable StreamEnd[2];

    SniffedStream(Conversation conversation, KeyLog keys, PlainStreams plain, Undecoded.Sink undecoded) {
        this.conversation = conversation;
        this.keys = keys;
        this.plain = plain;
        this.undecoded = undecoded;
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        if (decoder == null && other == null && data.hasRemaining()) {
            decide(direction, at, data);
        }
        if (decoder != null) {
            decoder.bytes(direction, at, data);
        } else if (other != null) {
            other = count(other, data.remaining());
        }
    }

    private void decide(Direction direction, Instant at, ByteBuffer data) throws IOException {
        int first = data.get(data.position()) & 0xff;
        if (loneByteAt != null) {
            if (direction == Direction.CLIENT_TO_SERVER && first == 3) {
                openDecoder(new TlsStream(conversation, keys, plain, undecoded), at);
                startWithLoneByte(loneByteAt);
            } else {
                other = notHttp(1, loneByteAt, "it starts with byte 0x16 alone");
            }
        } else if (direction == Direction.SERVER_TO_CLIENT) {
            // A server may answer 408 to a connection on which nothing was asked.
            if (first == 'H') {
                openPlain(at);
            } else {
                other = notHttp(0, at, "the server speaks first, with byte " + first);
            }
        } else if (first == RecordSplitter.HANDSHAKE) {
            if (data.remaining() == 1) {
                loneByteAt = at;
                data.position(data.limit());
            } else if (data.get(data.position() + 1) == 3) {
                openDecoder(new TlsStream(conversation, keys, plain, undecoded), at);
            } else {
                other = notHttp(0, at, "it starts with bytes 0x16 and " + (data.get(data.position() + 1) & 0xff));
            }
        } else if (first >= 'A' && first <= 'Z') {
            openPlain(at);
        } else {
            other = notHttp(0, at, "it starts with byte " + first);
        }
    }

    private void startWithLoneByte(Instant at) throws IOException {
        if (decoder != null) {
            decoder.bytes(Direction.CLIENT_TO_SERVER, at, ByteBuffer.wrap(new byte[] {RecordSplitter.HANDSHAKE}));
        }
    }

    private void openPlain(Instant at) throws IOException {
        plainText = true;
        openDecoder(plain.open(conversation, null), at);
    }

    private void openDecoder(ByteStream stream, Instant at) throws IOException {
        decoder = stream;
        for (Direction direction : Direction.values()) {
            StreamEnd how = earlyEnds[direction.ordinal()];
            if (how != null) {
                stream.end(direction, at, how);
            }
        }
    }

    private Undecoded notHttp(long bytes, Instant at, String detail) {
        return new Undecoded(conversation.number(), null, at, bytes, NOT_HTTP, "neither TLS nor HTTP: " + detail);
    }

    private static Undecoded count(Undecoded u, int more) {
        return new Undecoded(u.conversation(), u.direction(), u.at(), u.bytes() + more, u.reason(), u.detail());
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        if (decoder != null) {
            decoder.end(direction, at, how);
        } else {
            earlyEnds[direction.ordinal()] = how;
        }
    }

    @Override
    public void close() throws IOException {
        if (decoder == null && other == null && loneByteAt != null) {
            other = notHttp(1, loneByteAt, "it is one byte, 0x16");
        }
        if (other != null) {
            undecoded.undecoded(other);
            other = null;
        }
        if (decoder != null) {
            decoder.close();
        }
        if (decoder == null || plainText) {
            plain.ended(conversation, null);
        }
    }
}
