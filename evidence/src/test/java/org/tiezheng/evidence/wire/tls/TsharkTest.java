package org.tiezheng.evidence.wire.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.tiezheng.evidence.wire.Direction.CLIENT_TO_SERVER;
import static org.tiezheng.evidence.wire.Direction.SERVER_TO_CLIENT;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.wire.PcapngWriter;

/** What Wireshark thinks of the packets we make. */
class TsharkTest {
    private static final Instant T0 = Instant.parse("2026-11-21T08:00:00.123456789Z");
    private static final byte[] QUESTION =
            HexFormat.of().parseHex("123401000001000000000000" + "0473686f70076578616d706c6500" + "00010001");

    @TempDir
    Path dir;

    @Test
    void everyChecksumIsRightAndNothingIsMissing() throws Exception {
        Path spool = dir.resolve("spool.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(spool)) {
            for (String server : List.of("203.0.113.9", "2001:db8::9")) {
                writer.datagrams(
                        new InetSocketAddress(server, 53),
                        T0,
                        ByteBuffer.wrap(QUESTION),
                        T0,
                        ByteBuffer.wrap(QUESTION));
                var conversation = writer.open(new InetSocketAddress(server, 80), T0, "shop.example:80");
                conversation.chunk(CLIENT_TO_SERVER, T0.plusNanos(1), bytes("GET /odd HTTP/1.1\r\n\r\n"));
                conversation.chunk(
                        SERVER_TO_CLIENT, T0.plusNanos(2), bytes("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"));
                conversation.chunk(SERVER_TO_CLIENT, T0.plusNanos(3), bytes("x".repeat(200_000)));
                conversation.end(SERVER_TO_CLIENT, T0.plusNanos(4));
                conversation.end(CLIENT_TO_SERVER, T0.plusNanos(5));
                writer.open(new InetSocketAddress(server, 81), T0, null).reset(SERVER_TO_CLIENT, T0.plusNanos(6));
            }
        }
        Path file = Decoded.finish(spool, dir.resolve("no keys"));

        String wrong = "ip.checksum.status == Bad || tcp.checksum.status == Bad || udp.checksum.status == Bad"
                + " || tcp.analysis.flags || _ws.malformed";
        assertThat(tshark(file, "-Y", wrong)).isEmpty();
        String right = "tcp.checksum.status == Good || udp.checksum.status == Good";
        assertThat(tshark(file, "-Y", right).lines()).hasSize(2 * (2 + 3 + 1 + 1 + 4 + 2 + 3 + 1));
        assertThat(tshark(file, "-Y", "http.response", "-T", "fields", "-e", "http.content_length")
                        .lines())
                .containsExactly("200000", "200000");
        assertThat(tshark(file, "-Y", "dns", "-T", "fields", "-e", "dns.qry.name")
                        .lines())
                .hasSize(4)
                .containsOnly("shop.example");
        assertThat(tshark(file, "-T", "fields", "-e", "frame.comment", "-e", "frame.time_epoch"))
                .contains("conversation 1 to shop.example:80\t1795248000.123456789");
    }

    private String tshark(Path file, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("tshark", "-r", file.toString()));
        command.addAll(List.of("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"));
        command.addAll(List.of("-o", "udp.check_checksum:TRUE"));
        command.addAll(List.of(arguments));
        return Tool.run(dir, command.toArray(String[]::new)).replaceFirst("Running as user \"root\".*\\n", "");
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }
}
