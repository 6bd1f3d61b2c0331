package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * HTTP/1.0 and HTTP/1.1 (RFC 9112): matches each response to the oldest request without one, and hands over to {@link
 * WebSocketDecoder} after 101.
 */
final class Http1Decoder implements ByteStream {
    private final ConversationContext context;
    private final Http1Parser requests = new Http1Parser(new Requests());
    private final Http1Parser responses = new Http1Parser(new Responses());
    private final Skipped skippedFromClient;
    private final Skipped skippedFromServer;
    /** Requests in order; the first one is the one the next response belongs to. */
    private final Deque<OpenExchange> waiting = new ArrayDeque<>();

    private Instant lastSeen;
    private int exchanges;
    private @Nullable WebSocketDecoder webSocket;
    private boolean clientEnded;
    private boolean serverEnded;

    Http1Decoder(ConversationContext context) {
        this.context = context;
        this.lastSeen = context.conversation().opened();
        this.skippedFromClient = context.skipped(Direction.CLIENT_TO_SERVER);
        this.skippedFromServer = context.skipped(Direction.SERVER_TO_CLIENT);
    }

    @Override
    public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
        lastSeen = at;
        (direction == Direction.CLIENT_TO_SERVER ? requests : responses).bytes(at, data.slice());
    }

    @Override
    public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
        if (direction == Direction.CLIENT_TO_SERVER) {
            clientEnded = true;
            requests.end(at, how);
            if (serverEnded) {
                emitAll(truncation(how));
            }
        } else {
            serverEnded = true;
            responses.end(at, how);
            emitWhole();
            if (clientEnded) {
                emitAll(truncation(how));
            }
        }
        if (webSocket != null) {
            webSocket.end(direction, at, how);
        }
    }

    private static Truncation truncation(StreamEnd how) {
        return how == StreamEnd.RECORDING_ENDED ? Truncation.UNSPECIFIED : Truncation.DISCONNECT;
    }

    /** Hands over the exchanges at the head of the queue that are whole. */
    private void emitWhole() throws IOException {
        while (!waiting.isEmpty()) {
            OpenExchange oldest = waiting.peek();
            if (!oldest.requestEnded() || !oldest.responseEnded()) {
                return;
            }
            waiting.remove();
            oldest.emit(Truncation.UNSPECIFIED);
        }
    }

    private void emitAll(Truncation ifNotEnded) throws IOException {
        while (!waiting.isEmpty()) {
            waiting.remove().emit(ifNotEnded);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (!clientEnded) {
                end(Direction.CLIENT_TO_SERVER, lastSeen, StreamEnd.RECORDING_ENDED);
            }
            if (!serverEnded) {
                end(Direction.SERVER_TO_CLIENT, lastSeen, StreamEnd.RECORDING_ENDED);
            }
            skippedFromClient.report(context.undecodedSink());
            skippedFromServer.report(context.undecodedSink());
        } finally {
            if (webSocket != null) {
                webSocket.close();
            }
            for (OpenExchange left : waiting) {
                left.close();
            }
            waiting.clear();
        }
    }

    private void switched(Direction direction, Instant at, ByteBuffer data) throws IOException {
        if (webSocket != null) {
            webSocket.bytes(direction, at, data);
        } else {
            Skipped skipped = direction == Direction.CLIENT_TO_SERVER ? skippedFromClient : skippedFromServer;
            skipped.because(at, "upgrade", "the connection went on in a protocol that is not decoded");
            skipped.add(data.remaining());
        }
    }

    private final class Requests implements Http1Parser.Handler {
        private @Nullable OpenExchange current;

        @Override
        public Http1Framing head(byte[] bytes, Instant first, Instant at) throws HttpSyntaxException, IOException {
            Http1Head head = Http1Head.parse(bytes);
            Http1Head.RequestLine line = head.requestLine();
            Http1Framing framing = Http1Framing.ofRequest(head, line.minorVersion());
            if (waiting.size() >= HttpLimits.PIPELINED_REQUESTS) {
                throw new HttpSyntaxException("http-limit", "too many requests wait for a response");
            }
            String authority = line.method().equals("CONNECT") ? line.target() : head.first("host");
            String path = line.method().equals("CONNECT") ? "" : line.target();
            OpenExchange exchange = new OpenExchange(
                    context,
                    ++exchanges,
                    0,
                    "http/1." + line.minorVersion(),
                    line.method(),
                    TargetUri.of(context.conversation(), context.tls(), path, authority),
                    first);
            waiting.add(exchange);
            current = exchange;
            exchange.request.framing(at, ByteBuffer.wrap(bytes));
            return framing;
        }

        @Override
        public void framing(Instant at, ByteBuffer data) throws IOException {
            if (current != null) {
                current.request.framing(at, data);
            }
        }

        @Override
        public void payload(Instant at, ByteBuffer data) throws IOException {
            if (current != null) {
                current.request.payload(at, data);
            }
        }

        @Override
        public void complete(Instant at) throws IOException {
            finish(null);
        }

        @Override
        public void cut(Instant at, Truncation truncation) throws IOException {
            finish(truncation);
        }

        private void finish(@Nullable Truncation truncation) throws IOException {
            if (current != null) {
                current.endRequest(truncation);
                current = null;
                emitWhole();
            }
        }

        @Override
        public void switched(Instant at, ByteBuffer data) throws IOException {
            Http1Decoder.this.switched(Direction.CLIENT_TO_SERVER, at, data);
        }

        @Override
        public void broken(Instant at, HttpSyntaxException why) {
            skippedFromClient.because(at, why.reason(), why.detail());
        }

        @Override
        public void skipped(Instant at, long bytes) {
            skippedFromClient.add(bytes);
        }
    }

    private final class Responses implements Http1Parser.Handler {
        private WireMessage.@Nullable Builder current;
        private @Nullable OpenExchange exchange;

        @Override
        public Http1Framing head(byte[] bytes, Instant first, Instant at) throws HttpSyntaxException, IOException {
            OpenExchange oldest = waiting.peek();
            if (oldest == null || oldest.responseEnded()) {
                throw new HttpSyntaxException("response-without-request", "the server spoke and nobody had asked");
            }
            Http1Head head = Http1Head.parse(bytes);
            Http1Head.StatusLine line = head.statusLine();
            int status = line.status();
            if (status / 100 == 1 && status != 101) {
                if (!oldest.addInterim(first, at, bytes)) {
                    throw new HttpSyntaxException("http-limit", "too many interim responses");
                }
                current = null;
                exchange = null;
                return Http1Framing.NONE;
            }
            boolean switches = status == 101 || (oldest.method.equals("CONNECT") && status / 100 == 2);
            Http1Framing framing = switches
                    ? Http1Framing.SWITCHED
                    : Http1Framing.ofResponse(head, status, line.minorVersion(), oldest.method);
            WireMessage.Builder response = oldest.beginResponse(first, status);
            response.framing(at, ByteBuffer.wrap(bytes));
            current = response;
            exchange = oldest;
            if (switches) {
                switchOver(oldest, head, status, at);
            }
            return framing;
        }

        private void switchOver(OpenExchange opened, Http1Head head, int status, Instant at) throws IOException {
            finish(null);
            requests.switchOver(at);
            if (status == 101 && head.members("upgrade").contains("websocket")) {
                webSocket = new WebSocketDecoder(
                        context,
                        opened.number,
                        0,
                        "http/1.1",
                        TargetUri.webSocket(opened.targetUri),
                        PerMessageDeflate.negotiated(head.first("sec-websocket-extensions")));
            }
        }

        @Override
        public void framing(Instant at, ByteBuffer data) throws IOException {
            if (current != null) {
                current.framing(at, data);
            }
        }

        @Override
        public void payload(Instant at, ByteBuffer data) throws IOException {
            if (current != null) {
                current.payload(at, data);
            }
        }

        @Override
        public void complete(Instant at) throws IOException {
            finish(null);
        }

        @Override
        public void cut(Instant at, Truncation truncation) throws IOException {
            finish(truncation);
        }

        private void finish(@Nullable Truncation truncation) throws IOException {
            if (exchange != null) {
                exchange.endResponse(truncation);
                exchange = null;
                current = null;
                emitWhole();
            }
        }

        @Override
        public void switched(Instant at, ByteBuffer data) throws IOException {
            Http1Decoder.this.switched(Direction.SERVER_TO_CLIENT, at, data);
        }

        @Override
        public void broken(Instant at, HttpSyntaxException why) {
            skippedFromServer.because(at, why.reason(), why.detail());
        }

        @Override
        public void skipped(Instant at, long bytes) {
            skippedFromServer.add(bytes);
        }
    }
}
