package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * WebSocket frames (RFC 6455 section 5) of both directions, with permessage-deflate (RFC 7692) if agreed on.
 *
 * <p>A message that cannot be inflated ends the decoding of its direction: the next ones need its window.
 */
final class WebSocketDecoder implements ByteStream {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final ConversationContext context;
    private final int exchange;
    private final int stream;
    private final String protocol;
    private final String targetUri;
    private final @Nullable PerMessageDeflate deflate;
    private final Half fromClient;
    private final Half fromServer;
    private Instant lastSeen;
    private int messages;

    WebSocketDecoder(
            ConversationContext context,
            int exchange,
            int stream,
            String protocol,
            String targetUri,
            @Nullable PerMessageDeflate deflate) {
        this.context = context;
        this.exchange = exchange;
        this.stream = stream;
        this.protocol = protocol;
        this.targetUri = targetUri;
        this.deflate = deflate;
        this.lastSeen = context.conversation().opened();
        this.fromClient = new Half(Direction.CLIENT_TO_SERVER);
        this.fromServer = new Half(Direction.SERVER_TO_CLIENT);
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        lastSeen = at;
        half(direction).bytes(at, data);
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        half(direction).end(at, how);
    }

    /** Whether both directions have ended. */
    boolean ended() {
        return fromClient.ended && fromServer.ended;
    }

    private Half half(Direction direction) {
        return direction == Direction.CLIENT_TO_SERVER ? fromClient : fromServer;
    }

    @Override
    public void close() throws IOException {
        try {
            fromClient.end(lastSeen, StreamEnd.RECORDING_ENDED);
            fromServer.end(lastSeen, StreamEnd.RECORDING_ENDED);
        } finally {
            fromClient.free();
            fromServer.free();
        }
    }

    /** Frames of one direction. */
    private final class Half {
        private final Direction direction;
        private final Skipped skipped;
        private final byte[] header = new byte[14];
        private int headerBytes;
        private @Nullable Instant headerSince;
        private boolean inPayload;
        private boolean fin;
        private boolean control;
        private int opcode;
        private long left;
        private int maskAt = -1;
        private int maskPosition;
        private WireMessage.@Nullable Builder message;
        private WebSocketMessage.Kind kind = WebSocketMessage.Kind.BINARY;
        private boolean compressed;
        private long messageWireBytes;
        private WireMessage.@Nullable Builder closeMessage;
        private @Nullable Inflater inflater;
        private boolean broken;
        private boolean ended;

        Half(Direction direction) {
            this.direction = direction;
            this.skipped = context.skipped(direction);
        }

        void bytes(Instant at, ByteBuffer data) throws IOException {
            try {
                while (data.hasRemaining() && !broken) {
                    if (inPayload) {
                        payload(at, data);
                    } else if (header(at, data)) {
                        beginFrame(at);
                    }
                }
            } catch (HttpSyntaxException e) {
                breakOff(at, e);
            }
            if (broken) {
                skipped.add(data.remaining());
                data.position(data.limit());
            }
        }

        /** True when the frame header is whole. */
        private boolean header(Instant at, ByteBuffer data) {
            while (data.hasRemaining()) {
                if (headerBytes == 0) {
                    headerSince = at;
                }
                header[headerBytes++] = data.get();
                if (headerBytes >= 2 && headerBytes == headerLength()) {
                    return true;
                }
            }
            return false;
        }

        private int headerLength() {
            int length = 2 + extendedLength();
            return (header[1] & 0x80) != 0 ? length + 4 : length;
        }

        private int extendedLength() {
            return switch (header[1] & 0x7F) {
                case 126 -> 2;
                case 127 -> 8;
                default -> 0;
            };
        }

        private void beginFrame(Instant at) throws HttpSyntaxException, IOException {
            fin = (header[0] & 0x80) != 0;
            int reserved = header[0] >> 4 & 7;
            opcode = header[0] & 0x0F;
            left = header[1] & 0x7F;
            int extended = extendedLength();
            if (extended > 0) {
                left = 0;
                for (int i = 0; i < extended; i++) {
                    left = left << 8 | header[2 + i] & 0xFF;
                }
            }
            maskAt = (header[1] & 0x80) != 0 ? 2 + extended : -1;
            maskPosition = 0;
            control = opcode >= 8;
            check(reserved);
            Instant first = headerSince == null ? at : headerSince;
            if (!control) {
                beginData(first, reserved);
                messageWireBytes += headerBytes;
            } else if (opcode == CLOSE) {
                closeMessage = new WireMessage.Builder(context.spools(), first);
            }
            headerBytes = 0;
            inPayload = true;
            if (left == 0) {
                endFrame(at);
            }
        }

        private void check(int reserved) throws HttpSyntaxException {
            if (left < 0) {
                throw frame("frame length too large");
            }
            if (control && (!fin || left > 125)) {
                throw frame("control frame fragmented or too long");
            }
            if (opcode != CONTINUATION
                    && opcode != TEXT
                    && opcode != BINARY
                    && opcode != CLOSE
                    && opcode != PING
                    && opcode != PONG) {
                throw frame("unknown opcode");
            }
            boolean first = opcode == TEXT || opcode == BINARY;
            if (reserved != 0 && !(reserved == 4 && first && deflate != null)) {
                throw frame("reserved bits without an extension that defines them");
            }
            if (opcode == CONTINUATION && message == null) {
                throw frame("continuation of nothing");
            }
            if (first && message != null) {
                throw frame("a message begins within another one");
            }
        }

        private void beginData(Instant first, int reserved) {
            if (message == null) {
                message = new WireMessage.Builder(context.spools(), first);
                kind = opcode == TEXT ? WebSocketMessage.Kind.TEXT : WebSocketMessage.Kind.BINARY;
                compressed = reserved == 4;
                messageWireBytes = 0;
            }
        }

        private void payload(Instant at, ByteBuffer data) throws HttpSyntaxException, IOException {
            byte[] piece = new byte[(int) Math.min(Math.min(left, data.remaining()), 16 * 1024)];
            data.get(piece);
            left -= piece.length;
            if (maskAt >= 0) {
                for (int i = 0; i < piece.length; i++) {
                    piece[i] ^= header[maskAt + (maskPosition++ & 3)];
                }
            }
            if (!control && message != null) {
                messageWireBytes += piece.length;
                if (compressed) {
                    inflate(at, piece, message);
                } else {
                    message.payload(at, ByteBuffer.wrap(piece));
                }
            } else if (closeMessage != null) {
                closeMessage.payload(at, ByteBuffer.wrap(piece));
            }
            if (left == 0) {
                endFrame(at);
            }
        }

        private void inflate(Instant at, byte[] piece, WireMessage.Builder into)
                throws HttpSyntaxException, IOException {
            Inflater source = inflater;
            if (source == null) {
                source = new Inflater(true);
                inflater = source;
            }
            source.setInput(piece);
            byte[] out = new byte[16 * 1024];
            try {
                while (true) {
                    int n = source.inflate(out);
                    if (n > 0) {
                        into.payload(at, ByteBuffer.wrap(out, 0, n));
                        if (into.payloadBytes() > HttpLimits.INFLATED_MESSAGE_BYTES) {
                            throw new HttpSyntaxException("http-limit", "WebSocket message inflates beyond the limit");
                        }
                    } else if (source.finished() && source.getRemaining() > 0) {
                        throw new HttpSyntaxException("websocket-deflate", "data after the final deflate block");
                    } else if (source.needsDictionary()) {
                        throw new HttpSyntaxException("websocket-deflate", "deflate data wants a dictionary");
                    } else {
                        return;
                    }
                }
            } catch (DataFormatException e) {
                throw new HttpSyntaxException("websocket-deflate", "not deflate data");
            }
        }

        private void endFrame(Instant at) throws HttpSyntaxException, IOException {
            inPayload = false;
            if (closeMessage != null) {
                WireMessage.Builder whole = closeMessage;
                closeMessage = null;
                emit(whole, WebSocketMessage.Kind.CLOSE, false, null);
            } else if (!control && fin && message != null) {
                WireMessage.Builder whole = message;
                if (compressed) {
                    // RFC 7692 section 7.2.2: the sender cut these four bytes off.
                    if (inflater == null || !inflater.finished()) {
                        inflate(at, new byte[] {0, 0, (byte) 0xFF, (byte) 0xFF}, whole);
                    }
                    resetInflater();
                }
                whole.seen(at);
                message = null;
                emit(whole, kind, compressed, null);
            }
        }

        private void resetInflater() {
            if (inflater != null && deflate != null) {
                boolean takesOver =
                        direction == Direction.CLIENT_TO_SERVER ? deflate.clientTakesOver() : deflate.serverTakesOver();
                if (!takesOver || inflater.finished()) {
                    inflater.reset();
                }
            }
        }

        private void emit(
                WireMessage.Builder whole,
                WebSocketMessage.Kind what,
                boolean inflated,
                @Nullable Truncation truncation)
                throws IOException {
            try (WireMessage content = whole.finish(truncation)) {
                context.sink()
                        .webSocketMessage(new WebSocketMessage(
                                context.conversation(),
                                context.tls(),
                                exchange,
                                stream,
                                protocol,
                                ++messages,
                                direction,
                                what,
                                inflated,
                                targetUri,
                                content));
            }
        }

        private HttpSyntaxException frame(String detail) {
            return new HttpSyntaxException("websocket-frame", detail);
        }

        private void breakOff(Instant at, HttpSyntaxException why) throws IOException {
            broken = true;
            skipped.because(headerBytes > 0 && headerSince != null ? headerSince : at, why.reason(), why.detail());
            skipped.add(headerBytes);
            if (message != null) {
                skipped.add(messageWireBytes);
            }
            free();
        }

        void end(Instant at, StreamEnd how) throws IOException {
            if (ended) {
                return;
            }
            ended = true;
            if (!broken && message != null) {
                WireMessage.Builder rest = message;
                message = null;
                emit(
                        rest,
                        kind,
                        compressed,
                        how == StreamEnd.RECORDING_ENDED ? Truncation.UNSPECIFIED : Truncation.DISCONNECT);
            } else if (!broken && headerBytes > 0) {
                skipped.because(at, "truncated", "the stream ends within a WebSocket frame header");
                skipped.add(headerBytes);
            }
            skipped.report(context.undecodedSink());
        }

        void free() throws IOException {
            if (message != null) {
                message.close();
                message = null;
            }
            if (closeMessage != null) {
                closeMessage.close();
                closeMessage = null;
            }
            if (inflater != null) {
                inflater.end();
                inflater = null;
            }
        }
    }
}
