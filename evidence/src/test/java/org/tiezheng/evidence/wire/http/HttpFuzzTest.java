package org.tiezheng.evidence.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/**
 * Any bytes in any pieces: no exception, no file or memory left behind, every block as long as it says, and the same
 * result when the bytes come one by one. Seeds are in the resources beside; {@code JAZZER_FUZZ=1} makes it search for more.
 *
 * <p>Input: pieces of one byte (lowest bit: from the server), two bytes of length, then the bytes.
 */
class HttpFuzzTest {
    private static final String UPGRADE = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

    private record Piece(Direction direction, byte[] bytes) {}

    @FuzzTest(maxDuration = "1m")
    void http1(byte[] input) {
        check(pieces(input), List.of(), false);
    }

    @FuzzTest(maxDuration = "1m")
    void http2(byte[] input) {
        check(pieces(input), List.of(new Piece(Direction.CLIENT_TO_SERVER, Http2Decoder.PREFACE)), true);
    }

    @FuzzTest(maxDuration = "1m")
    void webSocket(byte[] input) {
        check(
                pieces(input),
                List.of(
                        new Piece(Direction.CLIENT_TO_SERVER, UPGRADE.getBytes(StandardCharsets.US_ASCII)),
                        new Piece(Direction.SERVER_TO_CLIENT, SWITCH.getBytes(StandardCharsets.US_ASCII))),
                false);
    }

    private static List<Piece> pieces(byte[] input) {
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        while (at + 3 <= input.length) {
            Direction direction = (input[at] & 1) == 0 ? Direction.CLIENT_TO_SERVER : Direction.SERVER_TO_CLIENT;
            int length = (input[at + 1] & 0xFF) << 8 | input[at + 2] & 0xFF;
            int end = Math.min(input.length, at + 3 + length);
            pieces.add(new Piece(direction, Arrays.copyOfRange(input, at + 3, end)));
            at = end;
        }
        return pieces;
    }

    private static void check(List<Piece> pieces, List<Piece> before, boolean http2) {
        List<Piece> all = new ArrayList<>(before);
        all.addAll(pieces);
        Collector whole = new Collector(http2 ? Collector.tls("h2") : null);
        Collector bytewise = new Collector(http2 ? Collector.tls("h2") : null);
        long bytes = 0;
        for (Piece piece : all) {
            bytes += piece.bytes().length;
            whole.bytes(piece.direction(), piece.bytes());
            for (byte b : piece.bytes()) {
                bytewise.bytes(piece.direction(), new byte[] {b});
            }
        }
        whole.closed(StreamEnd.CLOSED);
        bytewise.closed(StreamEnd.CLOSED);
        assertThat(result(bytewise)).isEqualTo(result(whole));
        if (!http2) {
            assertThat(whole.undecoded.stream().mapToLong(u -> u.bytes()).sum()).isBetween(0L, bytes);
        }
    }

    private static List<String> result(Collector c) {
        List<String> lines = new ArrayList<>();
        for (Collector.Seen seen : c.exchanges) {
            lines.add(seen.number() + " " + seen.stream() + " " + seen.uri() + " " + seen.status() + " "
                    + seen.request().blockDigest() + " " + seen.request().truncated() + " "
                    + (seen.response() == null
                            ? "-"
                            : seen.answer().blockDigest() + " " + seen.answer().truncated()));
        }
        for (Collector.Frame frame : c.messages) {
            lines.add(frame.number() + " " + frame.direction() + " " + frame.kind() + " "
                    + frame.content().blockDigest() + " " + frame.content().truncated());
        }
        c.undecoded.forEach(u -> lines.add(u.direction() + " " + u.reason() + " " + u.bytes()));
        return lines;
    }
}
