package org.tiezheng.evidence.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.evidence.wire.Direction.CLIENT_TO_SERVER;
import static org.tiezheng.evidence.wire.Direction.SERVER_TO_CLIENT;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;

class PcapngTest {
    private static final Instant T0 = Instant.parse("2026-11-21T08:00:00.123456789Z");
    private static final PcapngWriter.Section SECTION = new PcapngWriter.Section("x86_64", "Debian 12", "Tiezheng 测试");

    @TempDir
    Path dir;

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        byte[] large = new byte[200_001];
        new Random(1).nextBytes(large);
        Path spool = dir.resolve("spool.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            var first = writer.open(server("203.0.113.9", 443), T0, "shop.example:443");
            var second = writer.open(server("2001:db8::7", 8443), T0.plusNanos(1), null);
            first.chunk(CLIENT_TO_SERVER, T0.plusNanos(2), ByteBuffer.wrap(large));
            second.chunk(SERVER_TO_CLIENT, T0.plusNanos(3), ByteBuffer.wrap("second".getBytes(UTF_8)));
            writer.datagrams(
                    server("203.0.113.53", 53),
                    T0,
                    ByteBuffer.wrap("q".getBytes(UTF_8)),
                    T0,
                    ByteBuffer.wrap("an".getBytes(UTF_8)));
            first.chunk(SERVER_TO_CLIENT, T0.plusNanos(4), ByteBuffer.wrap("answer".getBytes(UTF_8)));
            first.end(SERVER_TO_CLIENT, T0.plusNanos(5));
            first.chunk(CLIENT_TO_SERVER, T0.plusNanos(6), ByteBuffer.wrap("more".getBytes(UTF_8)));
            first.end(CLIENT_TO_SERVER, T0.plusNanos(7));
            second.reset(SERVER_TO_CLIENT, T0.plusNanos(8));
            assertThat(second.chunk(CLIENT_TO_SERVER, T0, ByteBuffer.wrap(large)))
                    .isFalse();
        }

        Recorded recorded = new Recorded();
        PcapngReader.Summary summary = read(finish(spool, null), recorded);

        assertThat(recorded.undecoded).isEmpty();
        assertThat(summary).isEqualTo(new PcapngReader.Summary(2, 18, 2, 200_001 + 6 + 6 + 4, 0, true));
        Recorded.Stream first = recorded.streams.get(1);
        assertThat(first.of(CLIENT_TO_SERVER)).startsWith(large).endsWith("more".getBytes(UTF_8));
        assertThat(first.text(SERVER_TO_CLIENT)).isEqualTo("answer");
        assertThat(first.ends)
                .containsEntry(CLIENT_TO_SERVER, StreamEnd.CLOSED)
                .containsEntry(SERVER_TO_CLIENT, StreamEnd.CLOSED);
        assertThat(first.conversation.server()).isEqualTo(server("203.0.113.9", 443));
        assertThat(first.conversation.client().getAddress().getHostAddress()).isEqualTo("10.0.0.1");
        assertThat(first.conversation.opened()).isEqualTo(T0);
        assertThat(first.times).contains(T0.plusNanos(2), T0.plusNanos(4), T0.plusNanos(6));
        Recorded.Stream second = recorded.streams.get(2);
        assertThat(second.text(SERVER_TO_CLIENT)).isEqualTo("second");
        assertThat(second.ends)
                .containsEntry(CLIENT_TO_SERVER, StreamEnd.CUT)
                .containsEntry(SERVER_TO_CLIENT, StreamEnd.CUT);
        assertThat(second.conversation.client().getAddress()).isEqualTo(InetAddress.getByName("fd00::1"));
        assertThat(recorded.streams.values()).allMatch(s -> s.closed);
    }

    @Test
    void theDigestIsThatOfTheTailOfTheFinishedFile() throws Exception {
        Path spool = smallSpool();
        byte[] before = finish(spool, null);
        PcapngWriter writer = PcapngWriter.create(dir.resolve("again.pcapng"));
        writeSmall(writer);
        writer.close();
        int packetBytes = (int) writer.sizeBytes() - headerLength(spool);
        byte[] tail = Arrays.copyOfRange(before, before.length - packetBytes, before.length);
        assertThat(writer.packetsSha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, tail));
    }

    @Test
    void aSpoolCutAnywhereGivesEveryWholeBlock() throws Exception {
        Path spool = smallSpool();
        byte[] whole = Files.readAllBytes(spool);
        int last = -1;
        for (int length = headerLength(spool); length <= whole.length; length++) {
            Path cut = dir.resolve("cut");
            Files.write(cut, Arrays.copyOf(whole, length));
            Recorded recorded = new Recorded();
            PcapngReader.Summary summary = read(finish(cut, null), recorded);
            assertThat(recorded.undecoded).isEmpty();
            assertThat((int) summary.packets()).isBetween(Math.max(0, last), last + 1);
            last = (int) summary.packets();
        }
        assertThat(last).isEqualTo(8);
    }

    @Test
    void aSpoolChangedBehindOurBackIsNotFinished() throws Exception {
        Path spool = dir.resolve("spool.pcapng");
        PcapngWriter writer = PcapngWriter.create(spool);
        writeSmall(writer);
        writer.close();
        byte[] bytes = Files.readAllBytes(spool);
        bytes[bytes.length - 30] ^= 1;
        Files.write(spool, bytes);
        assertThatThrownBy(() -> finish(spool, writer.packetsSha256()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was changed");
        Files.write(spool, Arrays.copyOf(bytes, bytes.length - 3));
        assertThatThrownBy(() -> finish(spool, writer.packetsSha256()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cut short");
    }

    @Test
    void aMissingSegmentIsAGapAndEndsThatDirectionOnly() throws Exception {
        byte[] whole = Files.readAllBytes(smallSpool());
        List<int[]> packets = packetBlocks(whole);
        int[] dropped = packets.get(3); // the first client bytes
        byte[] without = new byte[whole.length - dropped[1]];
        System.arraycopy(whole, 0, without, 0, dropped[0]);
        System.arraycopy(whole, dropped[0] + dropped[1], without, dropped[0], without.length - dropped[0]);
        Recorded recorded = new Recorded();
        PcapngReader.Summary summary = read(without, recorded);
        assertThat(summary.sound()).isFalse();
        assertThat(recorded.undecoded)
                .extracting(Undecoded::reason, Undecoded::direction)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(PcapngReader.REASON_GAP, CLIENT_TO_SERVER));
        assertThat(recorded.streams.get(1).text(SERVER_TO_CLIENT)).isEqualTo("pong");
        assertThat(recorded.streams.get(1).ends).containsEntry(CLIENT_TO_SERVER, StreamEnd.CUT);
    }

    @Test
    void anyFlippedBitIsReportedOrHarmless() throws Exception {
        byte[] whole = Files.readAllBytes(smallSpool());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Recorded recorded = new Recorded();
            PcapngReader.Summary summary = read(flipped, recorded);
            assertThat(recorded.undecoded.isEmpty()).isEqualTo(summary.sound());
            if (summary.sound()) {
                // Times, comments, padding, section texts and TTL, window and urgent pointer are outside or summed
                // apart.
                assertThat(recorded.streams.get(1).text(CLIENT_TO_SERVER)).isEqualTo("ping");
                assertThat(recorded.streams.get(1).text(SERVER_TO_CLIENT)).isEqualTo("pong");
            }
        }
    }

    @Test
    void manyThreadsWriteWithoutInterleaving() throws Exception {
        Path spool = dir.resolve("spool.pcapng");
        int threads = 8;
        byte[][] data = new byte[threads][300_000];
        IntStream.range(0, threads).forEach(i -> new Random(i).nextBytes(data[i]));
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            List<Callable<Void>> relays = IntStream.range(0, threads)
                    .<Callable<Void>>mapToObj(i -> () -> {
                        var conversation = writer.open(server("203.0.113." + (i + 1), 80), T0, null);
                        for (int at = 0; at < data[i].length; at += 7_000) {
                            int length = Math.min(7_000, data[i].length - at);
                            conversation.chunk(SERVER_TO_CLIENT, T0, ByteBuffer.wrap(data[i], at, length));
                        }
                        conversation.end(SERVER_TO_CLIENT, T0);
                        conversation.end(CLIENT_TO_SERVER, T0);
                        return null;
                    })
                    .toList();
            for (Future<Void> done : executor.invokeAll(relays, 60, TimeUnit.SECONDS)) {
                done.get();
            }
        } finally {
            executor.shutdownNow();
        }
        Recorded recorded = new Recorded();
        assertThat(read(Files.readAllBytes(spool), recorded).sound()).isTrue();
        for (Recorded.Stream stream : recorded.streams.values()) {
            int i = stream.conversation.server().getAddress().getAddress()[3] - 1;
            assertThat(stream.of(SERVER_TO_CLIENT)).isEqualTo(data[i]);
        }
    }

    @Test
    void aSpoolIsNeverWrittenOver() throws Exception {
        Path spool = smallSpool();
        assertThatThrownBy(() -> PcapngWriter.create(spool)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void anInterruptedThreadStillWrites() throws Exception {
        try (PcapngWriter writer = PcapngWriter.create(dir.resolve("interrupted"))) {
            Thread.currentThread().interrupt();
            writeSmall(writer);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(read(Files.readAllBytes(dir.resolve("interrupted")), new Recorded())
                        .sound())
                .isTrue();
    }

    private Path smallSpool() throws IOException {
        Path spool = dir.resolve("small.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            writeSmall(writer);
        }
        return spool;
    }

    private static void writeSmall(PcapngWriter writer) throws IOException {
        var conversation = writer.open(server("203.0.113.9", 80), T0, "商城.example:80");
        conversation.chunk(CLIENT_TO_SERVER, T0, ByteBuffer.wrap("ping".getBytes(UTF_8)));
        conversation.chunk(SERVER_TO_CLIENT, T0, ByteBuffer.wrap("pong".getBytes(UTF_8)));
        conversation.end(CLIENT_TO_SERVER, T0);
        conversation.end(SERVER_TO_CLIENT, T0);
        writer.datagrams(server("2001:db8::53", 53), T0, ByteBuffer.wrap(new byte[5]), T0, null);
    }

    private byte[] finish(Path spool, @Nullable Digest expected) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PcapngWriter.finish(spool, dir.resolve("no keys"), SECTION, expected, out);
        return out.toByteArray();
    }

    private static PcapngReader.Summary read(byte[] file, Recorded recorded) throws IOException {
        return PcapngReader.read(new ByteArrayInputStream(file), recorded, recorded.undecoded::add);
    }

    private static int headerLength(Path spool) throws IOException {
        return packetBlocks(Files.readAllBytes(spool)).get(0)[0];
    }

    /** Offset and length of each packet block. */
    private static List<int[]> packetBlocks(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        List<int[]> found = new java.util.ArrayList<>();
        for (int at = 0; at < file.length; at += in.getInt(at + 4)) {
            if (in.getInt(at) == Blocks.ENHANCED_PACKET) {
                found.add(new int[] {at, in.getInt(at + 4)});
            }
        }
        return found;
    }

    private static InetSocketAddress server(String address, int port) {
        return new InetSocketAddress(address, port);
    }
}
