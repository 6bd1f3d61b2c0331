package org.tiezheng.evidence.warc;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngReader;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.ExchangeSink;
import org.tiezheng.evidence.wire.http.HttpStream;
import org.tiezheng.evidence.wire.http.Spools;
import org.tiezheng.evidence.wire.http.WebSocketMessage;
import org.tiezheng.evidence.wire.http.WireMessage;
import org.tiezheng.evidence.wire.tls.TlsStreams;

/**
 * Reads a pcapng once, hands its exchanges to a sink and counts. The same for the agent that writes the WARC and for the
 * verifier that checks it.
 */
final class WireReading implements PlainStreams, ExchangeSink {
    /** Entries of the undecoded list that are kept; hostile recordings could make millions. */
    private static final int UNDECODED_KEPT = 10_000;

    private final ExchangeSink sink;
    private final Spools spools;
    private final Map<Integer, Tally> open = new HashMap<>();
    private final List<DerivationSummary.ConversationSummary> ended = new ArrayList<>();
    private final Map<String, X509Certificate> certificates = new LinkedHashMap<>();
    private final List<Undecoded> undecoded = new ArrayList<>();
    private long undecodedCount;
    private long exchanges;
    private long responses;
    private long truncated;
    private long webSocketMessages;

    private WireReading(ExchangeSink sink, Spools spools) {
        this.sink = sink;
        this.spools = spools;
    }

    /** What was read, and its findings without the list of exchanges. */
    record Result(PcapngReader.Summary pcapng, WireReading reading) {
        DerivationSummary summary(Path exchangeLines) {
            return new DerivationSummary(
                    DerivationSummary.FORMAT,
                    pcapng.sound(),
                    new DerivationSummary.Counts(
                            pcapng.conversations(),
                            pcapng.keySessions(),
                            reading.exchanges,
                            reading.responses,
                            reading.truncated,
                            reading.webSocketMessages,
                            reading.undecodedCount),
                    reading.ended,
                    reading.undecoded,
                    List.copyOf(reading.certificates.values()),
                    exchangeLines);
        }

        List<Undecoded> undecoded() {
            return reading.undecoded;
        }
    }

    /** @param pcapng read to its end, not closed */
    static Result read(InputStream pcapng, ExchangeSink sink, Spools spools) throws IOException {
        WireReading reading = new WireReading(sink, spools);
        Undecoded.Sink undecoded = reading::undecoded;
        PcapngReader.Summary summary = PcapngReader.read(pcapng, new TlsStreams(reading, undecoded), undecoded);
        return new Result(summary, reading);
    }

    private void undecoded(Undecoded entry) {
        undecodedCount++;
        if (undecoded.size() < UNDECODED_KEPT) {
            undecoded.add(entry);
        }
    }

    /** Counts of one conversation that has not ended. */
    private static final class Tally {
        private @Nullable String protocol;
        private long bytesFromClient;
        private long bytesFromServer;
        private long exchanges;
        private long webSocketMessages;
    }

    private Tally tally(Conversation conversation) {
        return open.computeIfAbsent(conversation.number(), number -> new Tally());
    }

    @Override
    public ByteStream open(Conversation conversation, @Nullable TlsFacts tls) {
        Tally tally = tally(conversation);
        ByteStream http = new HttpStream(conversation, tls, this, this::undecoded, spools);
        return new ByteStream() {
            @Override
            public void bytes(Direction direction, Instant at, ByteBuffer data) throws IOException {
                if (direction == Direction.CLIENT_TO_SERVER) {
                    tally.bytesFromClient += data.remaining();
                } else {
                    tally.bytesFromServer += data.remaining();
                }
                http.bytes(direction, at, data);
            }

            @Override
            public void end(Direction direction, Instant at, StreamEnd how) throws IOException {
                http.end(direction, at, how);
            }

            @Override
            public void close() throws IOException {
                http.close();
            }
        };
    }

    @Override
    public void ended(Conversation conversation, @Nullable TlsFacts tls) {
        Tally tally = tally(conversation);
        open.remove(conversation.number());
        DerivationSummary.TlsSummary tlsSummary = tls == null ? null : DerivationSummary.TlsSummary.of(tls);
        if (tls != null) {
            for (X509Certificate certificate : tls.chain()) {
                certificates.putIfAbsent(DerivationSummary.TlsSummary.digest(certificate), certificate);
            }
        }
        ended.add(new DerivationSummary.ConversationSummary(
                conversation.number(),
                text(conversation.client()),
                text(conversation.server()),
                conversation.opened(),
                tally.protocol,
                tally.bytesFromClient,
                tally.bytesFromServer,
                tally.exchanges,
                tally.webSocketMessages,
                tlsSummary));
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    @Override
    public void exchange(Exchange exchange) throws IOException {
        Tally tally = tally(exchange.conversation());
        tally.exchanges++;
        tally.protocol = exchange.protocol();
        exchanges++;
        count(exchange.request());
        if (exchange.response() != null) {
            responses++;
            count(exchange.response());
        }
        sink.exchange(exchange);
    }

    @Override
    public void webSocketMessage(WebSocketMessage message) throws IOException {
        tally(message.conversation()).webSocketMessages++;
        webSocketMessages++;
        count(message.content());
        sink.webSocketMessage(message);
    }

    private void count(WireMessage message) {
        if (message.truncated() != null) {
            truncated++;
        }
    }
}
