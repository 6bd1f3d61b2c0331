package org.tiezheng.evidence.warc;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/**
 * Records a large download beside small exchanges, derives the WARC and compares it: to be run with a small heap. Arguments:
 * folder, mebibytes. Ends with code 0 and one line if all went well.
 */
final class LargeDownload {
    private LargeDownload() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        long mebibytes = Long.parseLong(args[1]);
        Path pcapng = record(folder, mebibytes);
        Path warc = folder.resolve("large.warc.gz");
        DerivationSummary summary = new WireDerivation("test", Clock.systemUTC()).derive(pcapng, warc, folder);
        long[] largest = {0};
        summary.forEachExchange(line -> largest[0] = Math.max(largest[0], line.responseBodyBytes()));
        List<Finding> findings = new WireComparison(folder)
                .compare(() -> Files.newInputStream(pcapng), () -> Files.newInputStream(warc));
        if (largest[0] != mebibytes << 20
                || summary.counts().truncated() != 0
                || summary.counts().exchanges() != 1 + mebibytes
                || findings.size() != 4
                || !findings.stream().allMatch(f -> f.toString().contains(" VALID "))) {
            throw new IOException("went wrong: " + summary.counts() + " " + findings);
        }
        try (Stream<Path> files = Files.list(folder)) {
            System.out.println("ok " + mebibytes + " MiB, heap limit "
                    + (Runtime.getRuntime().maxMemory() >> 20) + " MiB, left in folder " + files.count() + " files");
        }
    }

    private static Path record(Path folder, long mebibytes) throws IOException {
        Path spool = folder.resolve("large.spool");
        InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 80);
        Instant at = Instant.parse("2026-11-21T00:00:00Z");
        byte[] piece = new byte[65_536];
        new Random(7).nextBytes(piece);
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            PcapngWriter.ConversationWriter large = writer.open(server, at, null);
            PcapngWriter.ConversationWriter small = writer.open(server, at, null);
            send(large, Direction.CLIENT_TO_SERVER, at, "GET /large HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            send(
                    large,
                    Direction.SERVER_TO_CLIENT,
                    at,
                    "HTTP/1.1 200 OK\r\nContent-Length: " + (mebibytes << 20) + "\r\n\r\n");
            for (long i = 0; i < mebibytes; i++) {
                for (int j = 0; j < 16; j++) {
                    at = at.plusNanos(1_000);
                    large.chunk(Direction.SERVER_TO_CLIENT, at, ByteBuffer.wrap(piece));
                }
                send(small, Direction.CLIENT_TO_SERVER, at, "GET /" + i + " HTTP/1.1\r\nHost: shop.example\r\n\r\n");
                send(small, Direction.SERVER_TO_CLIENT, at, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
            for (PcapngWriter.ConversationWriter conversation : List.of(large, small)) {
                conversation.end(Direction.SERVER_TO_CLIENT, at);
                conversation.end(Direction.CLIENT_TO_SERVER, at);
            }
        }
        Path pcapng = folder.resolve("large.pcapng");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(pcapng))) {
            PcapngWriter.finish(
                    spool, folder.resolve("no-keys"), new PcapngWriter.Section("test", "test", "test"), null, out);
        }
        Files.delete(spool);
        return pcapng;
    }

    private static void send(PcapngWriter.ConversationWriter conversation, Direction direction, Instant at, String text)
            throws IOException {
        conversation.chunk(direction, at, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
