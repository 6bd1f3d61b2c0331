package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * Cuts one direction of an HTTP/1 connection into heads, chunk framing and payload, byte for byte (RFC 9112). Every byte
 * of a message goes to the handler exactly once, in order.
 */
final class Http1Parser {

    /** What becomes of the messages. Methods that throw {@link HttpSyntaxException} end the decoding of this direction. */
    interface Handler {
        /**
         * A complete head.
         *
         * @param bytes as on the wire, with the empty line
         * @param first when its first byte passed
         * @param at when its last byte passed
         */
        Http1Framing head(byte[] bytes, Instant first, Instant at) throws HttpSyntaxException, IOException;

        void framing(Instant at, ByteBuffer data) throws IOException;

        void payload(Instant at, ByteBuffer data) throws IOException;

        void complete(Instant at) throws IOException;

        /** The message under way ended before its end. */
        void cut(Instant at, Truncation truncation) throws IOException;

        /** Bytes after {@link Http1Framing.Kind#SWITCHED}. */
        void switched(Instant at, ByteBuffer data) throws IOException;

        /** This direction cannot be read from here; called once. The bytes follow in {@link #skipped}. */
        void broken(Instant at, HttpSyntaxException why) throws IOException;

        void skipped(Instant at, long bytes) throws IOException;
    }

    private enum State {
        HEAD,
        LENGTH,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        UNTIL_CLOSE,
        SWITCHED,
        BROKEN
    }

    private final Handler handler;
    private State state = State.HEAD;
    private byte[] held = new byte[512];
    private int heldBytes;
    private int lineStart;
    private @Nullable Instant heldSince;
    private long left;
    private int trailerBytes;

    Http1Parser(Handler handler) {
        this.handler = handler;
    }

    void bytes(Instant at, ByteBuffer data) throws IOException {
        try {
            while (data.hasRemaining()) {
                step(at, data);
            }
        } catch (HttpSyntaxException e) {
            breakOff(at, e);
            handler.skipped(at, data.remaining());
            data.position(data.limit());
        }
    }

    private void step(Instant at, ByteBuffer data) throws HttpSyntaxException, IOException {
        switch (state) {
            case HEAD -> head(at, data);
            case LENGTH, CHUNK_DATA -> {
                ByteBuffer piece = take(data, left);
                left -= piece.remaining();
                handler.payload(at, piece);
                if (left == 0) {
                    if (state == State.CHUNK_DATA) {
                        state = State.CHUNK_END;
                    } else {
                        finish(at);
                    }
                }
            }
            case CHUNK_SIZE -> chunkSize(at, data);
            case CHUNK_END -> {
                if (line(at, data, HttpLimits.CHUNK_LINE_BYTES)) {
                    if (!isEmptyLine()) {
                        throw HttpSyntaxException.http1("chunk data is longer than its size");
                    }
                    passLine(at);
                    state = State.CHUNK_SIZE;
                }
            }
            case TRAILERS -> {
                if (line(at, data, HttpLimits.HEAD_BYTES - trailerBytes)) {
                    boolean last = isEmptyLine();
                    trailerBytes += heldBytes;
                    passLine(at);
                    if (last) {
                        finish(at);
                    }
                }
            }
            case UNTIL_CLOSE -> handler.payload(at, take(data, data.remaining()));
            case SWITCHED -> handler.switched(at, take(data, data.remaining()));
            case BROKEN -> {
                handler.skipped(at, data.remaining());
                data.position(data.limit());
            }
        }
    }

    private void head(Instant at, ByteBuffer data) throws HttpSyntaxException, IOException {
        while (data.hasRemaining()) {
            byte b = data.get(data.position());
            if (heldBytes == 0) {
                if (b == '\r' || b == '\n') {
                    // Empty lines ahead of a start line mean nothing (RFC 9112 section 2.2).
                    data.get();
                    continue;
                }
                heldSince = at;
            }
            hold(data, HttpLimits.HEAD_BYTES, "head");
            if (b == '\n') {
                if (isEmptyLine()) {
                    byte[] bytes = Arrays.copyOf(held, heldBytes);
                    Instant first = heldSince == null ? at : heldSince;
                    Http1Framing framing = handler.head(bytes, first, at);
                    release();
                    begin(framing, at);
                    return;
                }
                lineStart = heldBytes;
            }
        }
    }

    private void begin(Http1Framing framing, Instant at) throws IOException {
        switch (framing.kind()) {
            case LENGTH -> {
                left = framing.length();
                state = State.LENGTH;
                if (left == 0) {
                    finish(at);
                }
            }
            case CHUNKED -> state = State.CHUNK_SIZE;
            case UNTIL_CLOSE -> state = State.UNTIL_CLOSE;
            case SWITCHED -> state = State.SWITCHED;
        }
    }

    private void chunkSize(Instant at, ByteBuffer data) throws HttpSyntaxException, IOException {
        if (!line(at, data, HttpLimits.CHUNK_LINE_BYTES)) {
            return;
        }
        long size = 0;
        int digits = 0;
        while (digits < heldBytes && Character.digit(held[digits], 16) >= 0) {
            if (size >>> 55 != 0) {
                throw HttpSyntaxException.http1("chunk size too large");
            }
            size = size << 4 | Character.digit(held[digits], 16);
            digits++;
        }
        if (digits == 0) {
            throw HttpSyntaxException.http1("chunk size is not a number");
        }
        byte next = held[digits];
        if (next != ';' && next != ' ' && next != '\t' && next != '\r' && next != '\n') {
            throw HttpSyntaxException.http1("chunk size is not a number");
        }
        passLine(at);
        left = size;
        trailerBytes = 0;
        state = size == 0 ? State.TRAILERS : State.CHUNK_DATA;
    }

    /** Holds bytes up to and with LF; true if the line is complete. */
    private boolean line(Instant at, ByteBuffer data, int limit) throws HttpSyntaxException {
        while (data.hasRemaining()) {
            if (heldBytes == 0) {
                heldSince = at;
            }
            hold(data, limit, "line");
            if (held[heldBytes - 1] == '\n') {
                return true;
            }
        }
        return false;
    }

    private void hold(ByteBuffer data, int limit, String what) throws HttpSyntaxException {
        if (heldBytes >= limit) {
            throw new HttpSyntaxException("http-limit", what + " longer than allowed");
        }
        if (heldBytes == held.length) {
            held = Arrays.copyOf(held, 2 * held.length);
        }
        held[heldBytes++] = data.get();
    }

    /** Whether the line under way, of which LF is the last byte held, is empty. */
    private boolean isEmptyLine() {
        int length = heldBytes - lineStart;
        return length == 1 || (length == 2 && held[lineStart] == '\r');
    }

    private void passLine(Instant at) throws IOException {
        handler.framing(at, ByteBuffer.wrap(held, 0, heldBytes));
        release();
    }

    private void release() {
        if (held.length > 8192) {
            held = new byte[512];
        }
        heldBytes = 0;
        lineStart = 0;
        heldSince = null;
    }

    private static ByteBuffer take(ByteBuffer data, long bytes) {
        ByteBuffer piece = data.slice();
        piece.limit((int) Math.min(piece.capacity(), bytes));
        data.position(data.position() + piece.limit());
        return piece;
    }

    private void finish(Instant at) throws IOException {
        state = State.HEAD;
        handler.complete(at);
    }

    /** Stops reading this direction; a message under way is cut. */
    void breakOff(Instant at, HttpSyntaxException why) throws IOException {
        boolean inBody = state != State.HEAD && state != State.SWITCHED && state != State.BROKEN;
        long unread = heldBytes;
        Instant since = heldSince == null ? at : heldSince;
        state = State.BROKEN;
        release();
        if (inBody) {
            handler.cut(at, Truncation.UNSPECIFIED);
        }
        handler.broken(since, why);
        handler.skipped(since, unread);
    }

    /** The other side ended HTTP: bytes from here on are {@link Handler#switched}. */
    void switchOver(Instant at) throws IOException {
        if (state == State.HEAD && heldBytes == 0) {
            state = State.SWITCHED;
        } else if (state != State.BROKEN) {
            breakOff(at, HttpSyntaxException.http1("the connection was switched within a request"));
        }
    }

    void end(Instant at, StreamEnd how) throws IOException {
        Truncation truncation = how == StreamEnd.RECORDING_ENDED ? Truncation.UNSPECIFIED : Truncation.DISCONNECT;
        switch (state) {
            case HEAD -> {
                if (heldBytes > 0) {
                    breakOff(at, new HttpSyntaxException("truncated", "the stream ends within a head"));
                }
            }
            case UNTIL_CLOSE -> {
                if (how == StreamEnd.CLOSED) {
                    finish(at);
                } else {
                    state = State.HEAD;
                    handler.cut(at, truncation);
                }
            }
            case LENGTH, CHUNK_DATA -> {
                state = State.HEAD;
                handler.cut(at, truncation);
            }
            case CHUNK_SIZE, CHUNK_END, TRAILERS -> {
                // What is held of the line is on the wire, so it belongs to the block.
                passLine(at);
                state = State.HEAD;
                handler.cut(at, truncation);
            }
            case SWITCHED, BROKEN -> {}
        }
    }
}
