package org.tiezheng.evidence.wire.tls;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.KeyLog;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.Recorded;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** One conversation told byte by byte to the decoder under test. */
final class Talk implements PlainStreams {
    static final Instant T0 = Instant.parse("2026-11-21T08:00:00Z");

    final List<Undecoded> undecoded = new ArrayList<>();
    final Recorded.Stream plain;
    boolean opened;

    @Nullable
    TlsFacts facts;

    private final ByteStream decoder;
    private int step;

    Talk(KeyLog keys) {
        Conversation conversation = new Conversation(
                1, new InetSocketAddress("10.0.0.1", 50_000), new InetSocketAddress("203.0.113.9", 443), T0);
        plain = new Recorded.Stream(conversation);
        decoder = new TlsStreams(this, undecoded::add).open(conversation, keys);
    }

    Talk client(byte[]... parts) throws IOException {
        return say(Direction.CLIENT_TO_SERVER, parts);
    }

    Talk server(byte[]... parts) throws IOException {
        return say(Direction.SERVER_TO_CLIENT, parts);
    }

    Talk say(Direction direction, byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            decoder.bytes(direction, now(), ByteBuffer.wrap(part));
        }
        return this;
    }

    Talk end(Direction direction, StreamEnd how) throws IOException {
        decoder.end(direction, now(), how);
        return this;
    }

    Talk close() throws IOException {
        decoder.close();
        return this;
    }

    private Instant now() {
        return T0.plusMillis(step++);
    }

    List<String> reasons() {
        return undecoded.stream().map(Undecoded::reason).toList();
    }

    @Override
    public ByteStream open(Conversation conversation, @Nullable TlsFacts tls) {
        if (opened) {
            throw new IllegalStateException("opened twice");
        }
        opened = true;
        return plain;
    }

    @Override
    public void ended(Conversation conversation, @Nullable TlsFacts tls) {
        facts = tls;
    }
}
