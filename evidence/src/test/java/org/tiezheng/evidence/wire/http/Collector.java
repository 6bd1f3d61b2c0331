package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** Feeds bytes to an {@link HttpStream} and keeps what comes out; one millisecond passes per call. */
final class Collector implements ExchangeSink, AutoCloseable {
    static final Instant START = Instant.parse("2026-11-21T00:00:00.000001Z");
    static final Conversation CONVERSATION = new Conversation(
            7, new InetSocketAddress("10.0.0.1", 40000), new InetSocketAddress("192.0.2.1", 443), START);

    record Message(
            String block,
            long payloadBytes,
            Digest payloadDigest,
            Digest blockDigest,
            long firstMillis,
            @Nullable Truncation truncated,
            List<String> outside) {
        String head() {
            return block.substring(0, block.indexOf("\r\n\r\n") + 4);
        }

        String body() {
            return block.substring(block.indexOf("\r\n\r\n") + 4);
        }
    }

    record Seen(
            int number,
            int stream,
            String protocol,
            String method,
            String uri,
            int status,
            Message request,
            @Nullable Message interim,
            @Nullable Message response) {
        Message answer() {
            if (response == null) {
                throw new AssertionError("no response to " + uri);
            }
            return response;
        }
    }

    record Frame(
            int number,
            Direction direction,
            WebSocketMessage.Kind kind,
            boolean inflated,
            String uri,
            Message content) {}

    final List<Seen> exchanges = new ArrayList<>();
    final List<Frame> messages = new ArrayList<>();
    final List<Undecoded> undecoded = new ArrayList<>();
    private final Path directory;
    private final Spools spools;
    private final ByteStream stream;
    private int calls;
    private boolean keepBlocks = true;

    Collector() {
        this(null);
    }

    Collector(@Nullable TlsFacts tls) {
        try {
            directory = Files.createTempDirectory("collector");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        spools = new Spools(directory);
        stream = new HttpStream(CONVERSATION, tls, this, undecoded::add, spools);
    }

    static TlsFacts tls(@Nullable String alpn) {
        return new TlsFacts(
                "tls/1.3",
                "TLS_AES_128_GCM_SHA256",
                "X25519",
                "shop.example",
                alpn,
                List.of(),
                false,
                null,
                false,
                0,
                null);
    }

    Collector withoutBlocks() {
        keepBlocks = false;
        return this;
    }

    Collector client(String text) {
        return client(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Collector server(String text) {
        return server(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Collector client(byte[] bytes) {
        return bytes(Direction.CLIENT_TO_SERVER, bytes);
    }

    Collector server(byte[] bytes) {
        return bytes(Direction.SERVER_TO_CLIENT, bytes);
    }

    Collector bytes(Direction direction, byte[] bytes) {
        try {
            stream.bytes(direction, START.plusMillis(calls++), ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    Collector end(Direction direction, StreamEnd how) {
        try {
            stream.end(direction, START.plusMillis(calls++), how);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** Both directions end; everything must have been freed then. */
    Collector closed(StreamEnd how) {
        end(Direction.SERVER_TO_CLIENT, how);
        end(Direction.CLIENT_TO_SERVER, how);
        close();
        return this;
    }

    Seen only() {
        if (exchanges.size() != 1) {
            throw new AssertionError("expected one exchange, got " + exchanges + " and " + undecoded);
        }
        return exchanges.get(0);
    }

    List<String> reasons() {
        return undecoded.stream().map(Undecoded::reason).toList();
    }

    @Override
    public void exchange(Exchange exchange) throws IOException {
        exchanges.add(new Seen(
                exchange.number(),
                exchange.stream(),
                exchange.protocol(),
                exchange.method(),
                exchange.targetUri(),
                exchange.status(),
                message(exchange.request()),
                exchange.interim() == null ? null : message(exchange.interim()),
                exchange.response() == null ? null : message(exchange.response())));
    }

    @Override
    public void webSocketMessage(WebSocketMessage message) throws IOException {
        messages.add(new Frame(
                message.number(),
                message.direction(),
                message.kind(),
                message.inflated(),
                message.targetUri(),
                message(message.content())));
    }

    private Message message(WireMessage message) throws IOException {
        byte[] block = new byte[0];
        if (keepBlocks) {
            try (InputStream in = message.openBlock()) {
                block = in.readAllBytes();
            }
            if (block.length != message.blockBytes()
                    || !Digest.of(Digest.Algorithm.SHA256, block).equals(message.blockDigest())) {
                throw new AssertionError("block, length and digest disagree");
            }
        }
        return new Message(
                new String(block, StandardCharsets.ISO_8859_1),
                message.payloadBytes(),
                message.payloadDigest(),
                message.blockDigest(),
                message.first().toEpochMilli() - START.toEpochMilli(),
                message.truncated(),
                message.fieldsOutsideText());
    }

    /** Fails if a file or memory of the spools is left. */
    @Override
    public void close() {
        try {
            stream.close();
            try (Stream<Path> left = Files.list(directory)) {
                List<Path> files = left.toList();
                if (!files.isEmpty()) {
                    throw new AssertionError("left behind: " + files);
                }
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        if (spools.memoryLeft() != new Spools(directory).memoryLeft()) {
            throw new AssertionError("memory of the spools not given back");
        }
    }

    static Digest sha256(String text) {
        return Digest.of(Digest.Algorithm.SHA256, text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
