package org.tiezheng.evidence.wire.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.PcapngReader;
import org.tiezheng.evidence.wire.PcapngWriter;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.Recorded;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** A recording decoded: plain streams and facts per conversation. */
final class Decoded implements PlainStreams {
    final Map<Integer, Recorded.Stream> plain = new TreeMap<>();
    final Map<Integer, TlsFacts> factsAtOpening = new TreeMap<>();
    final Map<Integer, TlsFacts> facts = new TreeMap<>();
    final List<Integer> ended = new ArrayList<>();
    final List<Undecoded> undecoded = new ArrayList<>();
    PcapngReader.@Nullable Summary summary;

    static Decoded of(Path pcapng) throws IOException {
        try (InputStream in = Files.newInputStream(pcapng)) {
            return of(in);
        }
    }

    static Decoded of(byte[] pcapng) throws IOException {
        return of(new ByteArrayInputStream(pcapng));
    }

    private static Decoded of(InputStream in) throws IOException {
        Decoded decoded = new Decoded();
        decoded.summary =
                PcapngReader.read(in, new TlsStreams(decoded, decoded.undecoded::add), decoded.undecoded::add);
        return decoded;
    }

    /** Makes {@code network.pcapng} next to the spool. */
    static Path finish(Path spool, Path keyLog) throws IOException {
        Path file = spool.resolveSibling("network.pcapng");
        try (var out = Files.newOutputStream(file)) {
            PcapngWriter.finish(spool, keyLog, new PcapngWriter.Section("test", "test", "Tiezheng test"), null, out);
        }
        return file;
    }

    @Override
    public ByteStream open(Conversation conversation, @Nullable TlsFacts tls) {
        Recorded.Stream stream = new Recorded.Stream(conversation);
        if (plain.put(conversation.number(), stream) != null) {
            throw new IllegalStateException("opened twice: " + conversation);
        }
        if (tls != null) {
            factsAtOpening.put(conversation.number(), tls);
        }
        return stream;
    }

    @Override
    public void ended(Conversation conversation, @Nullable TlsFacts tls) {
        if (ended.contains(conversation.number())) {
            throw new IllegalStateException("ended twice: " + conversation);
        }
        ended.add(conversation.number());
        if (tls != null) {
            facts.put(conversation.number(), tls);
        }
    }
}
