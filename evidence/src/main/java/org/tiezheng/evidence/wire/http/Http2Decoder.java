package org.tiezheng.evidence.wire.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * HTTP/2 (RFC 9113) seen from outside: frames and HPACK of each direction are read by Netty's codecs, streams are joined
 * from both.
 *
 * <p>HPACK table sizes (RFC 7541 section 4.2): a receiver's SETTINGS_HEADER_TABLE_SIZE allows more from the moment it
 * passes and less from its acknowledgement on. A frame error ends the decoding of its direction, as it would end the
 * connection; a malformed message ends its stream only.
 */
final class Http2Decoder implements ByteStream {
    /** What the client sends first (RFC 9113 section 3.4). */
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int FRAME_HEADER_BYTES = 9;
    private static final int INITIAL_FRAME_BYTES = 16 * 1024;
    private static final int INITIAL_TABLE_BYTES = 4096;

    private final ConversationContext context;
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(false);
    /** Netty's reader wants a context to allocate buffers from; nothing is ever sent through this channel. */
    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());

    private final ChannelHandlerContext channelContext = channel.pipeline().firstContext();
    private final Half client;
    private final Half server;
    /** Open streams by identifier, oldest first. */
    private final Map<Integer, Stream> streams = new LinkedHashMap<>();

    private int lastClientStream;
    private int exchanges;
    private Instant lastSeen;

    Http2Decoder(ConversationContext context) {
        this.context = context;
        this.lastSeen = context.conversation().opened();
        this.client = new Half(Direction.CLIENT_TO_SERVER);
        this.server = new Half(Direction.SERVER_TO_CLIENT);
        client.prefaceLeft = PREFACE.length;
        channel.config().setAllocator(buffers);
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        lastSeen = at;
        half(direction).bytes(at, data.slice());
    }

    /** What Netty's reader holds of field sections under way; 0 once closed. */
    long heldBufferBytes() {
        return buffers.metric().usedHeapMemory() + buffers.metric().usedDirectMemory();
    }

    private Half half(Direction direction) {
        return direction == Direction.CLIENT_TO_SERVER ? client : server;
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        Half half = half(direction);
        if (half.ended) {
            return;
        }
        half.end(at);
        Truncation truncation = how == StreamEnd.RECORDING_ENDED ? Truncation.UNSPECIFIED : Truncation.DISCONNECT;
        for (Stream stream : List.copyOf(streams.values())) {
            if (stream.webSocket != null) {
                stream.webSocket.end(direction, at, how);
            } else if (direction == Direction.CLIENT_TO_SERVER) {
                stream.exchange.endRequest(truncation);
            } else {
                stream.exchange.endResponse(truncation);
                stream.noMoreFromServer = true;
            }
            if (client.ended && server.ended) {
                remove(stream, truncation);
            } else {
                removeIfWhole(stream);
            }
        }
        half.stray.report(context.undecodedSink());
        half.skipped.report(context.undecodedSink());
    }

    @Override
    public void close() throws IOException {
        try {
            end(Direction.CLIENT_TO_SERVER, lastSeen, StreamEnd.RECORDING_ENDED);
            end(Direction.SERVER_TO_CLIENT, lastSeen, StreamEnd.RECORDING_ENDED);
        } finally {
            client.reader.close();
            server.reader.close();
            channel.finishAndReleaseAll();
            for (Stream stream : streams.values()) {
                stream.close();
            }
            streams.clear();
        }
    }

    /** One request and its response. */
    private static final class Stream {
        final OpenExchange exchange;
        final boolean wantsWebSocket;

        @Nullable
        WebSocketDecoder webSocket;

        boolean handedOver;
        boolean noMoreFromServer;

        Stream(OpenExchange exchange, boolean wantsWebSocket) {
            this.exchange = exchange;
            this.wantsWebSocket = wantsWebSocket;
        }

        void close() throws IOException {
            if (!handedOver) {
                exchange.close();
            }
            if (webSocket != null) {
                webSocket.close();
            }
        }
    }

    private void removeIfWhole(Stream stream) throws IOException {
        OpenExchange exchange = stream.exchange;
        if (stream.webSocket == null
                && exchange.requestEnded()
                && (exchange.responseEnded() || stream.noMoreFromServer)) {
            remove(stream, Truncation.DISCONNECT);
        }
    }

    private void remove(Stream stream, Truncation ifNotEnded) throws IOException {
        streams.remove(stream.exchange.stream);
        if (!stream.handedOver) {
            stream.handedOver = true;
            stream.exchange.emit(ifNotEnded);
        }
        if (stream.webSocket != null) {
            stream.webSocket.close();
        }
    }

    /** Frames of one direction. */
    private final class Half implements Http2FrameListener {
        private final Direction direction;
        private final DefaultHttp2HeadersDecoder headersDecoder;
        private final Http2FrameReader reader;
        /** Bytes of frames that belong to no stream we follow. */
        private final Skipped stray;
        /** Bytes after this direction broke. */
        private final Skipped skipped;
        /** Header table sizes this side announced and the other has not acknowledged yet. */
        private final Deque<Long> announcedTableBytes = new ArrayDeque<>();

        private int prefaceLeft;
        private byte[] frame = new byte[FRAME_HEADER_BYTES];
        private int frameBytes;
        private int frameLength = -1;
        private Instant frameSince;
        /** When the field section under way began: its HEADERS frame, CONTINUATION frames follow. */
        private Instant headersSince;

        private Instant now;
        private int maxFrameBytes = INITIAL_FRAME_BYTES;
        private long tableBytes = INITIAL_TABLE_BYTES;
        private boolean broken;
        private boolean ended;

        Half(Direction direction) {
            this.direction = direction;
            this.headersDecoder = new DefaultHttp2HeadersDecoder(false, HttpLimits.HEAD_BYTES);
            DefaultHttp2FrameReader frames = new DefaultHttp2FrameReader(headersDecoder);
            try {
                frames.maxFrameSize(HttpLimits.FRAME_BYTES);
            } catch (Http2Exception e) {
                throw new IllegalStateException("the limit is within HTTP/2's range", e);
            }
            this.reader = frames;
            this.stray = context.skipped(direction);
            this.skipped = context.skipped(direction);
            this.frameSince = context.conversation().opened();
            this.headersSince = frameSince;
            this.now = frameSince;
        }

        void bytes(Instant at, ByteBuffer data) throws IOException {
            now = at;
            try {
                while (data.hasRemaining() && !broken) {
                    if (prefaceLeft > 0) {
                        preface(data);
                    } else if (collect(at, data)) {
                        read();
                    }
                }
            } catch (HttpSyntaxException e) {
                breakOff(e);
            }
            if (broken) {
                skipped.add(data.remaining());
            }
        }

        private void preface(ByteBuffer data) throws HttpSyntaxException {
            if (data.get() != PREFACE[PREFACE.length - prefaceLeft]) {
                throw new HttpSyntaxException("http2-frame", "the client does not begin with the HTTP/2 preface");
            }
            prefaceLeft--;
        }

        /** Holds bytes until a frame is whole; true if it is. */
        private boolean collect(Instant at, ByteBuffer data) throws HttpSyntaxException {
            if (frameBytes == 0) {
                frameSince = at;
                frameLength = -1;
            }
            if (frameLength < 0) {
                take(data, FRAME_HEADER_BYTES);
                if (frameBytes < FRAME_HEADER_BYTES) {
                    return false;
                }
                int payload = (frame[0] & 0xFF) << 16 | (frame[1] & 0xFF) << 8 | frame[2] & 0xFF;
                if (payload > maxFrameBytes) {
                    throw new HttpSyntaxException("http2-frame", "a frame longer than its receiver announced");
                }
                frameLength = FRAME_HEADER_BYTES + payload;
            }
            take(data, frameLength);
            return frameBytes == frameLength;
        }

        private void take(ByteBuffer data, int upTo) {
            int n = Math.min(data.remaining(), upTo - frameBytes);
            if (frameBytes + n > frame.length) {
                frame = Arrays.copyOf(frame, Math.min(upTo, Math.max(2 * frame.length, frameBytes + n)));
            }
            data.get(frame, frameBytes, n);
            frameBytes += n;
        }

        private void read() throws HttpSyntaxException, IOException {
            if (frame[3] == Http2FrameTypes.HEADERS) {
                headersSince = frameSince;
            }
            ByteBuf whole = Unpooled.wrappedBuffer(frame, 0, frameLength);
            try {
                reader.readFrame(channelContext, whole, this);
            } catch (Http2Exception e) {
                if (!Http2Exception.isStreamError(e)) {
                    throw new HttpSyntaxException("http2-frame", frameError(e));
                }
                dropStream(Http2Exception.streamId(e), "http2-frame", frameError(e));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException e) {
                // Netty's readers should say Http2Exception; a recording must not get through where they do not.
                throw new HttpSyntaxException("http2-frame", "a frame that cannot be read");
            } finally {
                whole.release();
                frameBytes = 0;
                if (frame.length > 2 * INITIAL_FRAME_BYTES) {
                    frame = new byte[FRAME_HEADER_BYTES];
                }
            }
        }

        private String frameError(Http2Exception e) {
            return "RFC 9113 error " + e.error() + " in a frame";
        }

        private void breakOff(HttpSyntaxException why) {
            broken = true;
            skipped.because(frameBytes > 0 ? frameSince : now, why.reason(), why.detail());
            skipped.add(frameBytes);
        }

        void end(Instant at) {
            ended = true;
            if (!broken && frameBytes > 0) {
                skipped.because(frameSince, "truncated", "the connection ends within a frame");
                skipped.add(frameBytes);
            }
        }

        private boolean fromClient() {
            return direction == Direction.CLIENT_TO_SERVER;
        }

        /** Gives up a stream; what it has so far and what still comes is only counted. */
        private void dropStream(int id, String reason, String detail) throws IOException {
            Stream stream = streams.remove(id);
            long bytes = 0;
            if (stream != null) {
                bytes = stream.handedOver ? 0 : stream.exchange.request.blockBytes();
                WireMessage.Builder response = stream.exchange.response();
                bytes += stream.handedOver || response == null ? 0 : response.blockBytes();
                stream.close();
            }
            if (fromClient()) {
                lastClientStream = Math.max(lastClientStream, id);
            }
            context.undecoded(direction, frameSince, bytes, reason, "stream " + id + ": " + detail);
        }

        private void stray(int bytes) {
            stray.because(frameSince, "http2-stray", "frames of streams that were reset, refused or never opened");
            stray.add(bytes);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean endStream) {
            Instant first = headersSince;
            try {
                try {
                    if (fromClient()) {
                        requestHead(streamId, headers, first, endStream);
                    } else {
                        responseHead(streamId, headers, first, endStream);
                    }
                } catch (HttpSyntaxException e) {
                    dropStream(streamId, e.reason(), e.detail());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int streamId,
                Http2Headers headers,
                int streamDependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean endStream) {
            onHeadersRead(ctx, streamId, headers, padding, endStream);
        }

        private void requestHead(int streamId, Http2Headers headers, Instant first, boolean endStream)
                throws HttpSyntaxException, IOException {
            Stream open = streams.get(streamId);
            if (open != null) {
                trailers(open.exchange.request, headers, endStream && !open.exchange.requestEnded());
                if (endStream) {
                    endRequest(open);
                }
                return;
            }
            if (streamId <= lastClientStream || streamId % 2 == 0) {
                stray(frameLength);
                return;
            }
            Http2MessageHead head = Http2MessageHead.of(headers);
            String method = head.method();
            boolean wantsWebSocket = method.equals("CONNECT") && "websocket".equals(head.pseudo(":protocol"));
            if (method.equals("CONNECT") && !wantsWebSocket) {
                throw new HttpSyntaxException("connect-tunnel", "CONNECT");
            }
            if (streams.size() >= HttpLimits.OPEN_STREAMS) {
                throw new HttpSyntaxException("http-limit", "too many open streams");
            }
            byte[] text = head.requestText();
            lastClientStream = streamId;
            OpenExchange exchange = new OpenExchange(
                    context,
                    ++exchanges,
                    streamId,
                    "h2",
                    method,
                    TargetUri.of(context.conversation(), context.tls(), head.path(), head.authority()),
                    first);
            Stream stream = new Stream(exchange, wantsWebSocket);
            streams.put(streamId, stream);
            exchange.request.framing(now, ByteBuffer.wrap(text));
            exchange.announceRequestBytes(head.contentLength());
            head.otherPseudoTexts().forEach(exchange.request::fieldOutsideText);
            if (endStream) {
                endRequest(stream);
            }
        }

        private void endRequest(Stream stream) throws IOException {
            if (stream.webSocket != null) {
                endWebSocket(stream, stream.webSocket);
            } else {
                stream.exchange.endRequest(null);
                removeIfWhole(stream);
            }
        }

        private void responseHead(int streamId, Http2Headers headers, Instant first, boolean endStream)
                throws HttpSyntaxException, IOException {
            Stream stream = streams.get(streamId);
            if (stream == null) {
                stray(frameLength);
                return;
            }
            OpenExchange exchange = stream.exchange;
            WireMessage.Builder response = exchange.response();
            if (response != null) {
                trailers(response, headers, endStream && !exchange.responseEnded());
            } else {
                Http2MessageHead head = Http2MessageHead.of(headers);
                int status = head.status();
                byte[] text = head.responseText();
                if (status / 100 == 1 && !endStream) {
                    if (!exchange.addInterim(first, now, text)) {
                        throw new HttpSyntaxException("http-limit", "too many interim responses");
                    }
                    return;
                }
                exchange.beginResponse(first, status).framing(now, ByteBuffer.wrap(text));
                boolean bodiless = exchange.method.equals("HEAD") || status == 204 || status == 304;
                exchange.announceResponseBytes(bodiless ? 0 : head.contentLength());
                if (stream.wantsWebSocket && status / 100 == 2 && !endStream) {
                    openWebSocket(stream, head);
                    return;
                }
            }
            if (endStream) {
                endResponse(stream);
            }
        }

        private void openWebSocket(Stream stream, Http2MessageHead head) throws IOException {
            OpenExchange exchange = stream.exchange;
            exchange.endRequest(null);
            exchange.endResponse(null);
            stream.webSocket = new WebSocketDecoder(
                    context,
                    exchange.number,
                    exchange.stream,
                    "h2",
                    TargetUri.webSocket(exchange.targetUri),
                    PerMessageDeflate.negotiated(head.first("sec-websocket-extensions")));
            stream.handedOver = true;
            exchange.emit(Truncation.UNSPECIFIED);
        }

        private void endWebSocket(Stream stream, WebSocketDecoder webSocket) throws IOException {
            webSocket.end(direction, now, StreamEnd.CLOSED);
            if (webSocket.ended()) {
                remove(stream, Truncation.UNSPECIFIED);
            }
        }

        private void endResponse(Stream stream) throws IOException {
            if (stream.webSocket != null) {
                endWebSocket(stream, stream.webSocket);
            } else {
                stream.exchange.endResponse(null);
                removeIfWhole(stream);
            }
        }

        private void trailers(WireMessage.Builder message, Http2Headers headers, boolean endMessage)
                throws HttpSyntaxException {
            if (!endMessage) {
                throw Http2MessageHead.malformed("trailers that do not end the message");
            }
            Http2MessageHead trailers = Http2MessageHead.of(headers);
            trailers.fieldTexts().forEach(message::fieldOutsideText);
            message.seen(now);
        }

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
            try {
                data(streamId, data.nioBuffer(), endOfStream);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return 0;
        }

        private void data(int streamId, ByteBuffer data, boolean endOfStream) throws IOException {
            Stream stream = streams.get(streamId);
            if (stream == null) {
                stray(data.remaining());
                return;
            }
            OpenExchange exchange = stream.exchange;
            if (stream.webSocket != null) {
                stream.webSocket.bytes(direction, now, data);
            } else if (fromClient()) {
                if (exchange.requestEnded()) {
                    stray(data.remaining());
                    return;
                }
                exchange.request.payload(now, data);
            } else {
                WireMessage.Builder response = exchange.response();
                if (response == null || exchange.responseEnded()) {
                    stray(data.remaining());
                    return;
                }
                response.payload(now, data);
            }
            if (endOfStream) {
                if (fromClient()) {
                    endRequest(stream);
                } else {
                    endResponse(stream);
                }
            }
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
            Stream stream = streams.get(streamId);
            if (stream == null) {
                return;
            }
            try {
                if (stream.webSocket != null) {
                    stream.webSocket.end(Direction.CLIENT_TO_SERVER, now, StreamEnd.CUT);
                    stream.webSocket.end(Direction.SERVER_TO_CLIENT, now, StreamEnd.CUT);
                }
                remove(stream, Truncation.DISCONNECT);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
            Half sender = fromClient() ? server : client;
            if (announcedTableBytes.size() >= HttpLimits.UNACKNOWLEDGED_SETTINGS) {
                throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many SETTINGS frames");
            }
            Long announced = settings.headerTableSize();
            tableBytes = announced == null ? tableBytes : Math.min(announced, HttpLimits.HEADER_TABLE_BYTES);
            announcedTableBytes.add(tableBytes);
            // More is allowed at once: the sender may use it as soon as it has read this.
            sender.headersDecoder.maxHeaderTableSize(Math.max(sender.headersDecoder.maxHeaderTableSize(), tableBytes));
            Integer frameSize = settings.maxFrameSize();
            if (frameSize != null) {
                sender.maxFrameBytes = Math.max(sender.maxFrameBytes, Math.min(frameSize, HttpLimits.FRAME_BYTES));
            }
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
            Half receiver = fromClient() ? server : client;
            Long applied = receiver.announcedTableBytes.poll();
            if (applied != null) {
                long later = receiver.announcedTableBytes.stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
                headersDecoder.maxHeaderTableSize(Math.max(applied, later));
            }
        }

        @Override
        public void onPushPromiseRead(
                ChannelHandlerContext ctx, int streamId, int promisedStreamId, Http2Headers headers, int padding) {
            // Browsers refuse push; its frames then count as stray.
            context.undecoded(
                    direction,
                    frameSince,
                    frameLength,
                    "http2-push",
                    "stream " + promisedStreamId + " was promised by the server");
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext ctx, int streamId, int streamDependency, short weight, boolean exclusive) {}

        @Override
        public void onPingRead(ChannelHandlerContext ctx, long data) {}

        @Override
        public void onPingAckRead(ChannelHandlerContext ctx, long data) {}

        @Override
        public void onGoAwayRead(ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {}

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int windowSizeIncrement) {}

        @Override
        public void onUnknownFrame(
                ChannelHandlerContext ctx, byte frameType, int streamId, Http2Flags flags, ByteBuf payload) {}
    }
}
