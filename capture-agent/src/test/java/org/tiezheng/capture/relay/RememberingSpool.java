package org.tiezheng.capture.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.wire.Direction;

/** Keeps bytes, or only counts them; fails on command. */
final class RememberingSpool implements WireSpool {
    final List<String> events = Collections.synchronizedList(new ArrayList<>());
    final List<Map<Direction, ByteArrayOutputStream>> conversations = Collections.synchronizedList(new ArrayList<>());
    volatile long failAfterBytes = Long.MAX_VALUE;
    volatile boolean countOnly;
    volatile long bytes;
    volatile boolean closed;
    volatile int datagrams;

    String text(int number, Direction direction) {
        return conversations.get(number - 1).get(direction).toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public Conversation open(InetSocketAddress server, Instant at, String hostAsked) throws IOException {
        Map<Direction, ByteArrayOutputStream> streams = new EnumMap<>(Direction.class);
        for (Direction direction : Direction.values()) {
            streams.put(direction, new ByteArrayOutputStream());
        }
        conversations.add(streams);
        int number = conversations.size();
        events.add(number + " open " + hostAsked);
        return new Conversation() {
            @Override
            public int number() {
                return number;
            }

            @Override
            public void chunk(Direction direction, Instant when, ByteBuffer data) throws IOException {
                if (bytes + data.remaining() > failAfterBytes) {
                    throw new IOException("No space left on device");
                }
                bytes += data.remaining();
                if (!countOnly) {
                    byte[] copy = new byte[data.remaining()];
                    data.get(copy);
                    streams.get(direction).writeBytes(copy);
                }
            }

            @Override
            public void end(Direction direction, Instant when) {
                events.add(number + " end " + direction);
            }

            @Override
            public void reset(Direction direction, Instant when) {
                events.add(number + " reset " + direction);
            }
        };
    }

    @Override
    public void datagrams(
            InetSocketAddress server, Instant asked, ByteBuffer question, Instant answered, ByteBuffer answer) {
        datagrams++;
    }

    @Override
    public void close() {
        closed = true;
    }
}
