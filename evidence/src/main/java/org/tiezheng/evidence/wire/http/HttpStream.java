package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/**
 * The plain bytes of one conversation: finds out which HTTP it is and passes them on to the decoder of that version.
 *
 * <p>HTTP/2 if ALPN said {@code h2} or the client begins with the HTTP/2 preface; HTTP/1 if its first bytes can be a
 * request line; otherwise all bytes are reported as {@code not-http}.
 */
public final class HttpStream implements ByteStream {
    /** A method and the blank after it; registered methods have at most 17 characters. */
    private static final int METHOD_BYTES = 32;

    private final ConversationContext context;
    private final byte[] begin = new byte[METHOD_BYTES];
    private int beginBytes;
    private @Nullable Instant beginSince;
    private @Nullable ByteStream decoder;

    /**
     * @param tls null if the conversation is not encrypted
     * @param sink takes the exchanges
     * @param undecoded takes what is none
     * @param spools shared by all conversations of a derivation
     */
    public HttpStream(
            Conversation conversation,
            @Nullable TlsFacts tls,
            ExchangeSink sink,
            Undecoded.Sink undecoded,
            Spools spools) {
        this.context = new ConversationContext(conversation, tls, sink, undecoded, spools);
        if (tls != null && "h2".equals(tls.alpn())) {
            decoder = new Http2Decoder(context);
        }
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        if (!data.hasRemaining()) {
            return;
        }
        if (decoder != null) {
            decoder.bytes(direction, at, data);
            return;
        }
        if (direction == Direction.SERVER_TO_CLIENT) {
            // A server that speaks before it has read a method answers no request.
            decide(at, new OtherProtocol(context)).bytes(direction, at, data);
            return;
        }
        ByteBuffer rest = data.slice();
        while (decoder == null && rest.hasRemaining()) {
            byte b = rest.get();
            if (beginBytes == 0) {
                if (b == '\r' || b == '\n') {
                    continue;
                }
                beginSince = at;
            }
            begin[beginBytes++] = b;
            ByteStream found = recognise();
            if (found != null) {
                decide(at, found);
            }
        }
        if (decoder != null && rest.hasRemaining()) {
            decoder.bytes(direction, at, rest);
        }
    }

    /** Null as long as more bytes are needed. */
    private @Nullable ByteStream recognise() {
        byte last = begin[beginBytes - 1];
        boolean prefaceSoFar = beginBytes <= Http2Decoder.PREFACE.length
                && Arrays.equals(begin, 0, beginBytes, Http2Decoder.PREFACE, 0, beginBytes);
        if (prefaceSoFar) {
            return beginBytes == Http2Decoder.PREFACE.length ? new Http2Decoder(context) : null;
        }
        int blank = beginBytes - 1;
        for (int i = 0; i < beginBytes; i++) {
            if (begin[i] == ' ') {
                blank = i;
                break;
            }
        }
        if (begin[blank] == ' ') {
            return blank > 0 ? new Http1Decoder(context) : new OtherProtocol(context);
        }
        boolean token = Text.isToken(String.valueOf((char) (last & 0xFF)));
        return token && beginBytes < METHOD_BYTES ? null : new OtherProtocol(context);
    }

    private ByteStream decide(Instant at, ByteStream found) throws IOException {
        decoder = found;
        if (beginBytes > 0) {
            Instant since = beginSince == null ? at : beginSince;
            found.bytes(Direction.CLIENT_TO_SERVER, since, ByteBuffer.wrap(begin, 0, beginBytes));
        }
        return found;
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        if (decoder == null && beginBytes > 0) {
            decide(at, new OtherProtocol(context));
        }
        if (decoder != null) {
            decoder.end(direction, at, how);
        }
    }

    @Override
    public void close() throws IOException {
        if (decoder == null && beginBytes > 0) {
            decide(context.conversation().opened(), new OtherProtocol(context));
        }
        if (decoder != null) {
            decoder.close();
        }
    }

    /** Counts the bytes of what is not HTTP. */
    private static final class OtherProtocol implements ByteStream {
        private final ConversationContext context;
        private final Skipped fromClient;
        private final Skipped fromServer;

        OtherProtocol(ConversationContext context) {
            this.context = context;
            this.fromClient = context.skipped(Direction.CLIENT_TO_SERVER);
            this.fromServer = context.skipped(Direction.SERVER_TO_CLIENT);
        }

        @Override
        public void bytes(Direction direction, Instant at, ByteBuffer data) {
            Skipped skipped = direction == Direction.CLIENT_TO_SERVER ? fromClient : fromServer;
            skipped.because(at, "not-http", "the first bytes are no HTTP request");
            skipped.add(data.remaining());
        }

        @Override
        public void end(Direction direction, Instant at, StreamEnd how) {}

        @Override
        public void close() {
            fromClient.report(context.undecodedSink());
            fromServer.report(context.undecodedSink());
        }
    }
}
