package org.tiezheng.evidence.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/** RFC 6455 section 5.7 and RFC 7692 section 7.2.3, their own examples. */
class WebSocketTest {
    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n";

    private static Collector open(String extensions) {
        return new Collector()
                .client(UPGRADE)
                .server(SWITCH + (extensions.isEmpty() ? "" : "Sec-WebSocket-Extensions: " + extensions + "\r\n")
                        + "\r\n");
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void examplesOfTheStandardAreRead() {
        Collector c = open("");
        assertThat(c.only().status()).isEqualTo(101);
        c.server(hex("81 05 48 65 6c 6c 6f"));
        c.client(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
        c.server(hex("01 03 48 65 6c"));
        c.server(hex("89 05 48 65 6c 6c 6f"));
        c.client(hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"));
        c.server(hex("80 02 6c 6f"));
        ByteArrayOutputStream binary = new ByteArrayOutputStream();
        binary.writeBytes(hex("82 7F 0000000000010000"));
        binary.writeBytes(new byte[65536]);
        c.server(binary.toByteArray());
        c.client(hex("88 82 00000000 03e8"));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.messages).extracting(Collector.Frame::number).containsExactly(1, 2, 3, 4, 5);
        assertThat(c.messages.subList(0, 3)).allMatch(m -> m.content().block().equals("Hello"));
        assertThat(c.messages.get(1).direction()).isEqualTo(Direction.CLIENT_TO_SERVER);
        assertThat(c.messages.get(2).content().firstMillis()).isEqualTo(4);
        assertThat(c.messages.get(3).content().payloadBytes()).isEqualTo(65536);
        assertThat(c.messages.get(3).kind()).isEqualTo(WebSocketMessage.Kind.BINARY);
        assertThat(c.messages.get(4).kind()).isEqualTo(WebSocketMessage.Kind.CLOSE);
        assertThat(c.messages.get(4).content().block()).isEqualTo("\u0003\u00e8");
        assertThat(c.messages.get(0).uri()).isEqualTo("ws://shop.example/chat");
        assertThat(c.undecoded).isEmpty();
    }

    @Test
    void compressedExamplesAreInflatedAcrossMessages() {
        Collector c = open("permessage-deflate; server_max_window_bits=15");
        c.server(hex("c1 07 f2 48 cd c9 c9 07 00"));
        c.server(hex("c1 05 f2 00 11 00 00"));
        c.server(hex("41 03 f2 48 cd"));
        c.server(hex("80 04 c9 c9 07 00"));
        c.server(hex("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00"));
        c.server(hex("81 02 6f 6b"));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.messages.stream().map(m -> m.content().block()))
                .containsExactly("Hello", "Hello", "Hello", "Hello", "ok");
        assertThat(c.messages).extracting(Collector.Frame::inflated).containsExactly(true, true, true, true, false);
    }

    @Test
    void anyCutGivesTheSameMessages() {
        byte[] bytes = hex("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00 82 7e 0004 01020304");
        Collector c = open("permessage-deflate");
        for (byte b : bytes) {
            c.server(new byte[] {b});
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.messages.stream().map(m -> m.content().block())).containsExactly("Hello", "Hello", "\1\2\3\4");
    }

    @Test
    void bytesRightBehindTheSwitchAreFrames() {
        Collector c = new Collector().client(UPGRADE).server(SWITCH + "\r\n\u0081\u0002ok");
        c.closed(StreamEnd.CLOSED);

        assertThat(c.messages).hasSize(1);
    }

    @Test
    void wrongFramesAreReported() {
        for (String frame : new String[] {
            "c1 02 6f 6b",
            "83 00",
            "09 00",
            "89 7e 0100",
            "80 01 41",
            "82 ff ffffffffffffffff 00000000",
            "01 01 41 01 01 41"
        }) {
            Collector c = open("").server(hex(frame)).server(hex("81 02 6f 6b"));
            c.closed(StreamEnd.CLOSED);
            assertThat(c.messages).as(frame).isEmpty();
            assertThat(c.reasons()).as(frame).containsExactly("websocket-frame");
            assertThat(c.undecoded.get(0).bytes()).as(frame).isEqualTo(hex(frame).length + 4L);
        }
    }

    @Test
    void deflateBombIsBounded() {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[80 * 1024 * 1024]);
        byte[] out = new byte[1024 * 1024];
        int n = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH) - 4;
        deflater.end();
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(hex("c2 7f"));
        frame.writeBytes(HexFormat.of().parseHex(String.format("%016x", n)));
        frame.write(out, 0, n);
        Collector c = open("permessage-deflate").withoutBlocks().server(frame.toByteArray());
        c.closed(StreamEnd.CLOSED);

        assertThat(c.messages).isEmpty();
        assertThat(c.reasons()).containsExactly("http-limit");
    }

    @Test
    void whatIsNotDeflateIsReported() {
        Collector c = open("permessage-deflate").server(hex("c1 02 ff ff 81 02 6f 6b"));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.reasons()).containsExactly("websocket-deflate");
        assertThat(c.messages).isEmpty();
    }

    @Test
    void messageCutByTheConnectionIsFlagged() {
        Collector c = open("").server(hex("81 05 48 65")).end(Direction.SERVER_TO_CLIENT, StreamEnd.CUT);
        c.close();

        assertThat(c.messages).hasSize(1);
        assertThat(c.messages.get(0).content().truncated()).isEqualTo(Truncation.DISCONNECT);
        assertThat(c.messages.get(0).content().block()).isEqualTo("He");
    }

    @Test
    void otherUpgradesAreReported() {
        Collector c = new Collector()
                .client(UPGRADE)
                .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")
                .server("xyz".getBytes(StandardCharsets.US_ASCII))
                .closed(StreamEnd.CLOSED);

        assertThat(c.only().status()).isEqualTo(101);
        assertThat(c.reasons()).containsExactly("upgrade");
    }
}
