package org.tiezheng.evidence.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps everything a reader hands on: for tests with little data. */
public final class Recorded implements ConversationStreams {
    public final Map<Integer, Stream> streams = new TreeMap<>();
    public final List<Undecoded> undecoded = new ArrayList<>();

    @Override
    public ByteStream open(Conversation conversation, KeyLog keys) {
        Stream stream = new Stream(conversation);
        streams.put(conversation.number(), stream);
        return stream;
    }

    /** The bytes of one conversation. */
    public static final class Stream implements ByteStream {
        public final Conversation conversation;
        public final Map<Direction, ByteArrayOutputStream> bytes = new TreeMap<>();
        public final Map<Direction, StreamEnd> ends = new TreeMap<>();
        public final List<Instant> times = new ArrayList<>();
        public boolean closed;

        public Stream(Conversation conversation) {
            this.conversation = conversation;
        }

        @Override
        public void bytes(Direction direction, Instant at, ByteBuffer data) {
            if (closed || ends.containsKey(direction)) {
                throw new IllegalStateException("bytes after the end of " + direction);
            }
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            bytes.computeIfAbsent(direction, d -> new ByteArrayOutputStream()).writeBytes(copy);
            times.add(at);
        }

        @Override
        public void end(Direction direction, Instant at, StreamEnd how) {
            if (closed || ends.putIfAbsent(direction, how) != null) {
                throw new IllegalStateException("a second end of " + direction);
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        public byte[] of(Direction direction) {
            ByteArrayOutputStream out = bytes.get(direction);
            return out == null ? new byte[0] : out.toByteArray();
        }

        public String text(Direction direction) {
            return new String(of(direction), StandardCharsets.ISO_8859_1);
        }
    }
}
