package org.tiezheng.evidence.wire.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * The bytes of one message as the WARC holds them: for HTTP a head and the body with its transfer coding, for a
 * WebSocket message its payload.
 *
 * <p>Valid until the {@link ExchangeSink} it was handed to returns; then its file is deleted.
 */
public final class WireMessage implements Closeable {
    private final Spool block;
    private final Digest blockDigest;
    private final Digest payloadDigest;
    private final long payloadBytes;
    private final Instant first;
    private final Instant last;
    private final @Nullable Truncation truncated;
    private final List<String> fieldsOutsideText;

    private WireMessage(Builder builder, @Nullable Truncation truncated) {
        this.block = builder.block;
        this.blockDigest = Digest.ofBytes(Digest.Algorithm.SHA256, builder.blockDigest.digest());
        this.payloadDigest = Digest.ofBytes(Digest.Algorithm.SHA256, builder.payloadDigest.digest());
        this.payloadBytes = builder.payloadBytes;
        this.first = builder.first;
        this.last = builder.last;
        this.truncated = truncated;
        this.fieldsOutsideText = List.copyOf(builder.fieldsOutsideText);
    }

    /** The whole block, from its first byte; the caller closes it. */
    public InputStream openBlock() throws IOException {
        return block.open();
    }

    public long blockBytes() {
        return block.sizeBytes();
    }

    /** SHA-256 of the block. */
    public Digest blockDigest() {
        return blockDigest;
    }

    /** SHA-256 of the entity body: chunk framing removed, content coding kept. */
    public Digest payloadDigest() {
        return payloadDigest;
    }

    public long payloadBytes() {
        return payloadBytes;
    }

    /** When the first byte of the message passed, UTC. */
    public Instant first() {
        return first;
    }

    /** When the last byte seen of the message passed, UTC. */
    public Instant last() {
        return last;
    }

    /** Null if the message is whole. */
    public @Nullable Truncation truncated() {
        return truncated;
    }

    /**
     * HTTP/2 fields that a message in HTTP/1.1 form has no place for, as {@code name: value}: trailers, and
     * pseudo-headers other than those of the start line. Printable ASCII; other bytes percent-encoded.
     */
    public List<String> fieldsOutsideText() {
        return fieldsOutsideText;
    }

    @Override
    public void close() throws IOException {
        block.close();
    }

    /** Collects a message as it passes. */
    static final class Builder implements Closeable {
        private final Spool block;
        private final MessageDigest blockDigest = Digest.Algorithm.SHA256.start();
        private final MessageDigest payloadDigest = Digest.Algorithm.SHA256.start();
        private final List<String> fieldsOutsideText = new ArrayList<>();
        private final Instant first;
        private Instant last;
        private long payloadBytes;

        Builder(Spools spools, Instant first) {
            this.block = new Spool(spools);
            this.first = first;
            this.last = first;
        }

        /** Bytes of the block that are not payload: the head, chunk framing, trailers. */
        void framing(Instant at, ByteBuffer data) throws IOException {
            last = at;
            blockDigest.update(data.duplicate());
            block.write(data);
        }

        /** Bytes of the block that are payload. */
        void payload(Instant at, ByteBuffer data) throws IOException {
            payloadDigest.update(data.duplicate());
            payloadBytes += data.remaining();
            framing(at, data);
        }

        void fieldOutsideText(String field) {
            fieldsOutsideText.add(field);
        }

        void seen(Instant at) {
            last = at;
        }

        long blockBytes() {
            return block.sizeBytes();
        }

        long payloadBytes() {
            return payloadBytes;
        }

        Instant first() {
            return first;
        }

        /** Ends the message; the builder must not be used any more. */
        WireMessage finish(@Nullable Truncation truncated) {
            return new WireMessage(this, truncated);
        }

        /** Throws away a message that will not be finished. */
        @Override
        public void close() throws IOException {
            block.close();
        }
    }
}
