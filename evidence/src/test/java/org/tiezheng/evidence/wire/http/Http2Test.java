package org.tiezheng.evidence.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;
import org.tiezheng.evidence.wire.Undecoded;

/** RFC 9113 and RFC 7541, frame by frame. */
class Http2Test {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int PRIORITIZED = 32;

    private final DefaultHttp2HeadersEncoder clientEncoder =
            new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true);
    private final DefaultHttp2HeadersEncoder serverEncoder =
            new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true);

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(payload.length >> 16);
        out.write(payload.length >> 8);
        out.write(payload.length);
        out.write(type);
        out.write(flags);
        out.writeBytes(number(stream));
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private static byte[] number(int value) {
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    private static byte[] setting(int id, int value) {
        byte[] v = number(value);
        return new byte[] {(byte) (id >> 8), (byte) id, v[0], v[1], v[2], v[3]};
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] block(DefaultHttp2HeadersEncoder encoder, String... namesAndValues) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        ByteBuf out = Unpooled.buffer();
        try {
            encoder.encodeHeaders(3, headers, out);
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            return bytes;
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        } finally {
            out.release();
        }
    }

    private byte[] get(String path) {
        return block(clientEncoder, ":method", "GET", ":authority", "shop.example", ":scheme", "https", ":path", path);
    }

    private byte[] status(int status, String... more) {
        String[] fields = new String[more.length + 2];
        fields[0] = ":status";
        fields[1] = String.valueOf(status);
        System.arraycopy(more, 0, fields, 2, more.length);
        return block(serverEncoder, fields);
    }

    private static Collector open() {
        return new Collector(Collector.tls("h2"))
                .client(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
                .client(frame(SETTINGS, 0, 0, setting(1, 65536)))
                .server(frame(SETTINGS, 0, 0, new byte[0]))
                .server(frame(SETTINGS, ACK, 0, new byte[0]))
                .client(frame(SETTINGS, ACK, 0, new byte[0]));
    }

    @Test
    void exchangeIsWrittenInHttp1Form() {
        Collector c = open();
        c.client(frame(
                HEADERS,
                END_HEADERS,
                1,
                block(
                        clientEncoder,
                        ":method",
                        "POST",
                        ":scheme",
                        "https",
                        ":path",
                        "/cart?x=1",
                        ":authority",
                        "shop.example:8443",
                        "cookie",
                        "a=1",
                        "x-first",
                        "1",
                        "cookie",
                        "b=2")));
        c.client(frame(DATA, END_STREAM, 1, ascii("id=7")));
        c.server(frame(
                HEADERS,
                END_HEADERS,
                1,
                status(200, "content-type", "text/html", "set-cookie", "s=1", "set-cookie", "t=2")));
        c.server(frame(DATA, 0, 1, ascii("<p>")));
        c.server(frame(DATA, END_STREAM, 1, ascii("ok")));
        c.closed(StreamEnd.CLOSED);

        Collector.Seen seen = c.only();
        assertThat(seen.request().block())
                .isEqualTo(
                        "POST /cart?x=1 HTTP/1.1\r\nHost: shop.example:8443\r\ncookie: a=1; b=2\r\nx-first: 1\r\n\r\nid=7");
        assertThat(seen.answer().block())
                .isEqualTo(
                        "HTTP/1.1 200 \r\ncontent-type: text/html\r\nset-cookie: s=1\r\nset-cookie: t=2\r\n\r\n<p>ok");
        assertThat(seen.answer().payloadDigest()).isEqualTo(Collector.sha256("<p>ok"));
        assertThat(seen.request().payloadDigest()).isEqualTo(Collector.sha256("id=7"));
        assertThat(seen.uri()).isEqualTo("https://shop.example:8443/cart?x=1");
        assertThat(seen.protocol()).isEqualTo("h2");
        assertThat(seen.stream()).isEqualTo(1);
        assertThat(seen.request().firstMillis()).isEqualTo(5);
        assertThat(seen.answer().firstMillis()).isEqualTo(7);
        assertThat(c.undecoded).isEmpty();
    }

    @Test
    void rfc7541ExamplesDecode() {
        // Appendix C.4 (requests, Huffman, one table) and C.6 (responses, Huffman, table of 256 bytes).
        Collector c = new Collector(Collector.tls("h2"))
                .client(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
                .client(frame(SETTINGS, 0, 0, setting(1, 256)))
                .server(frame(SETTINGS, ACK, 0, new byte[0]));
        String[] requests = {
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"
        };
        String[] responses = {
            // A first 3f e1 01 sets the table to 256 bytes, as an encoder must after a smaller setting (section 4.2).
            "3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"
        };
        for (int i = 0; i < 3; i++) {
            c.client(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, hex(requests[i])));
            c.server(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, hex(responses[i])));
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.undecoded).isEmpty();
        assertThat(c.exchanges).extracting(Collector.Seen::status).containsExactly(302, 307, 200);
        assertThat(c.exchanges.get(2).request().head())
                .isEqualTo("GET /index.html HTTP/1.1\r\nHost: www.example.com\r\ncustom-key: custom-value\r\n\r\n");
        assertThat(c.exchanges.get(2).answer().head())
                .isEqualTo("HTTP/1.1 200 \r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:22 GMT\r\n"
                        + "location: https://www.example.com\r\ncontent-encoding: gzip\r\n"
                        + "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\r\n\r\n");
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void reducedTableMustBeSignalledOnceAcknowledged() {
        Collector c = new Collector(Collector.tls("h2"))
                .client(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
                .client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/1")))
                .client(frame(HEADERS, END_HEADERS | END_STREAM, 3, get("/3")))
                .client(frame(SETTINGS, 0, 0, setting(1, 0)))
                .server(frame(HEADERS, END_HEADERS | END_STREAM, 1, status(200, "x", "before")))
                .server(frame(SETTINGS, ACK, 0, new byte[0]))
                .server(frame(HEADERS, END_HEADERS | END_STREAM, 3, status(200, "x", "before")))
                .closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).extracting(Collector.Seen::status).containsExactly(200, 0);
        assertThat(c.reasons()).containsExactly("http2-frame");
    }

    @Test
    void interleavedStreamsComeInOrderOfCompletion() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/1")));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 3, get("/3")));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 5, get("/5")));
        c.server(frame(HEADERS, END_HEADERS, 5, status(200)));
        c.server(frame(HEADERS, END_HEADERS, 1, status(201)));
        c.server(frame(DATA, 0, 1, ascii("one")));
        c.server(frame(DATA, 0, 5, ascii("five")));
        c.server(frame(HEADERS, END_HEADERS | END_STREAM, 3, status(204)));
        c.server(frame(DATA, 0, 1, ascii("more")));
        c.server(frame(DATA, END_STREAM, 5, new byte[0]));
        c.server(frame(DATA, END_STREAM, 1, new byte[0]));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.exchanges)
                .extracting(Collector.Seen::number, Collector.Seen::stream, Collector.Seen::uri, Collector.Seen::status)
                .containsExactly(
                        tuple(2, 3, "https://shop.example/3", 204),
                        tuple(3, 5, "https://shop.example/5", 200),
                        tuple(1, 1, "https://shop.example/1", 201));
        assertThat(c.exchanges.get(2).answer().body()).isEqualTo("onemore");
    }

    @Test
    void paddingPriorityAndContinuationAreTakenOff() {
        byte[] request = get("/padded");
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.write(3);
        first.writeBytes(number(0));
        first.write(15);
        first.write(request, 0, 2);
        first.writeBytes(new byte[3]);
        Collector c = open();
        c.client(frame(PRIORITY, 0, 1, new byte[] {0, 0, 0, 0, 9}));
        c.client(frame(HEADERS, END_STREAM | PADDED | PRIORITIZED, 1, first.toByteArray()));
        c.client(frame(CONTINUATION, 0, 1, Arrays.copyOfRange(request, 2, 3)));
        c.client(frame(CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(request, 3, request.length)));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(frame(DATA, END_STREAM | PADDED, 1, new byte[] {2, 'o', 'k', 0, 0}));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().uri()).isEqualTo("https://shop.example/padded");
        assertThat(c.only().request().firstMillis()).isEqualTo(6);
        assertThat(c.only().answer().body()).isEqualTo("ok");
    }

    @Test
    void framesThatMeanNothingHereAreIgnored() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        c.server(frame(PING, 0, 0, new byte[8]));
        c.client(frame(PING, ACK, 0, new byte[8]));
        c.server(frame(WINDOW_UPDATE, 0, 0, number(1000)));
        c.server(frame(0xBE, 0, 1, ascii("unknown")));
        c.server(frame(HEADERS, END_HEADERS | END_STREAM, 1, status(204)));
        c.server(frame(GOAWAY, 0, 0, new byte[8]));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().status()).isEqualTo(204);
        assertThat(c.undecoded).isEmpty();
    }

    @Test
    void trailersAndInterimResponsesAreKeptBeside() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(103, "link", "</s.css>")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(frame(DATA, 0, 1, ascii("x")));
        c.server(frame(HEADERS, END_HEADERS | END_STREAM, 1, block(serverEncoder, "grpc-status", "0 \u00e4")));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().interim()).isNotNull();
        assertThat(c.only().interim().block()).isEqualTo("HTTP/1.1 103 \r\nlink: </s.css>\r\n\r\n");
        assertThat(c.only().answer().block()).isEqualTo("HTTP/1.1 200 \r\n\r\nx");
        assertThat(c.only().answer().outside()).containsExactly("grpc-status: 0 %E4");
    }

    @Test
    void resetStreamKeepsWhatItHas() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/big")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(frame(DATA, 0, 1, ascii("part")));
        c.client(frame(RST_STREAM, 0, 1, number(8)));
        c.server(frame(DATA, 0, 1, ascii("late")));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().body()).isEqualTo("part");
        assertThat(c.only().answer().truncated()).isEqualTo(Truncation.DISCONNECT);
        assertThat(c.undecoded).hasSize(1);
        assertThat(c.undecoded.get(0))
                .extracting(Undecoded::reason, Undecoded::bytes, Undecoded::direction)
                .containsExactly("http2-stray", 4L, Direction.SERVER_TO_CLIENT);
    }

    @Test
    void responseOfTheAnnouncedLengthIsWholeThoughItsStreamIsReset() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200, "content-length", "4")));
        c.server(frame(DATA, 0, 1, ascii("part")));
        c.client(frame(RST_STREAM, 0, 1, number(8)));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().truncated()).isNull();
    }

    @Test
    void connectionThatEndsCutsItsStreams() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/1")));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 3, get("/3")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(Arrays.copyOf(frame(DATA, 0, 1, ascii("part")), 11));
        c.closed(StreamEnd.CUT);

        assertThat(c.exchanges).extracting(Collector.Seen::status).containsExactly(200, 0);
        assertThat(c.exchanges.get(0).answer().truncated()).isEqualTo(Truncation.DISCONNECT);
        assertThat(c.reasons()).containsExactly("truncated");
    }

    @Test
    void pushIsReported() {
        Collector c = open();
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        byte[] promised =
                block(serverEncoder, ":method", "GET", ":authority", "shop.example", ":scheme", "https", ":path", "/p");
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(number(2));
        payload.writeBytes(promised);
        c.server(frame(PUSH_PROMISE, END_HEADERS, 1, payload.toByteArray()));
        c.server(frame(HEADERS, END_HEADERS, 2, status(200)));
        c.server(frame(DATA, END_STREAM, 2, ascii("pushed")));
        c.server(frame(HEADERS, END_HEADERS | END_STREAM, 1, status(200)));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().stream()).isEqualTo(1);
        assertThat(c.reasons()).containsExactly("http2-push", "http2-stray");
    }

    @Test
    void webSocketOverHttp2IsDecoded() {
        Collector c = open();
        c.client(frame(
                HEADERS,
                END_HEADERS,
                1,
                block(
                        clientEncoder,
                        ":method",
                        "CONNECT",
                        ":protocol",
                        "websocket",
                        ":scheme",
                        "https",
                        ":path",
                        "/chat",
                        ":authority",
                        "shop.example")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(frame(DATA, 0, 1, hex("8105 48656c6c6f")));
        c.client(frame(DATA, 0, 1, hex("8185 37fa213d 7f9f4d5158")));
        c.client(frame(DATA, END_STREAM, 1, new byte[0]));
        c.server(frame(DATA, END_STREAM, 1, new byte[0]));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().request().block()).startsWith("CONNECT /chat HTTP/1.1\r\nHost: shop.example\r\n");
        assertThat(c.only().request().outside()).containsExactly(":protocol: websocket");
        assertThat(c.messages).extracting(Collector.Frame::uri).containsOnly("wss://shop.example/chat");
        assertThat(c.messages.stream().map(m -> m.content().block())).containsExactly("Hello", "Hello");
        assertThat(c.undecoded).isEmpty();
    }

    @Test
    void headersThatWouldForgeAnHttp1MessageAreRefused() {
        String[][] bad = {
            {":status", "200", "x", "1\r\nSet-Cookie: forged=1"},
            {":status", "200", "a: b\r\nx", "1"},
            {":status", "200", "x y", "1"},
            {":status", "20"},
            {"x", "1"},
            {":status", "200", "x", "\0"},
        };
        for (String[] fields : bad) {
            Http2Test fresh = new Http2Test();
            Collector c = open();
            c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, fresh.get("/1")));
            c.client(frame(HEADERS, END_HEADERS | END_STREAM, 3, fresh.get("/3")));
            c.server(frame(HEADERS, END_HEADERS, 1, block(fresh.serverEncoder, fields)));
            c.server(frame(DATA, END_STREAM, 1, ascii("x")));
            c.server(frame(HEADERS, END_HEADERS | END_STREAM, 3, fresh.status(200)));
            c.closed(StreamEnd.CLOSED);
            assertThat(c.only().stream()).isEqualTo(3);
            assertThat(c.reasons()).containsExactly("http2-header", "http2-stray");
        }
        String[][] badRequests = {
            {":method", "GET", ":authority", "a", ":scheme", "https", ":path", "/ HTTP/1.1\r\nX: y"},
            {":method", "GET", ":authority", "a", ":scheme", "https", ":path", "/a b"},
            {":method", "G T", ":authority", "a", ":scheme", "https", ":path", "/"},
            {":method", "GET", ":authority", "a", ":scheme", "https"},
        };
        for (String[] fields : badRequests) {
            Http2Test fresh = new Http2Test();
            Collector c = open();
            c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fresh.clientEncoder, fields)));
            c.server(frame(HEADERS, END_HEADERS | END_STREAM, 1, fresh.status(400)));
            c.closed(StreamEnd.CLOSED);
            assertThat(c.exchanges).isEmpty();
            assertThat(c.reasons()).containsExactly("http2-header", "http2-stray");
        }
    }

    @Test
    void hpackBombIsBounded() {
        // One field of 4,000 bytes put into the table, then referred to 250,000 times: 1 GB of fields in 250 KB.
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes(hex("82 86 84 41 0c"));
        bomb.writeBytes(ascii("shop.example"));
        bomb.writeBytes(hex("40 01 78"));
        bomb.writeBytes(hex("7f a1 1e"));
        bomb.writeBytes(ascii("v".repeat(4000)));
        for (int i = 0; i < 12_000; i++) {
            bomb.write(0xBE);
        }
        Collector c = open();
        c.client(frame(HEADERS, END_STREAM, 1, bomb.toByteArray()));
        byte[] more = new byte[16_000];
        Arrays.fill(more, (byte) 0xBE);
        for (int i = 0; i < 14; i++) {
            c.client(frame(CONTINUATION, 0, 1, more));
        }
        c.client(frame(CONTINUATION, END_HEADERS, 1, new byte[0]));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 3, get("/after")));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.reasons()).containsExactly("http2-frame");
        assertThat(c.exchanges).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void buffersAreFreedHoweverTheConnectionEnds(@TempDir Path folder) throws IOException {
        byte[][] starts = {
            frame(HEADERS, END_STREAM, 1, get("/")),
            frame(HEADERS, END_STREAM | END_HEADERS, 1, get("/")),
            frame(HEADERS, END_STREAM | END_HEADERS, 1, new byte[] {(byte) 0xFF, 1}),
            new byte[] {0, 0, 9, 1}
        };
        for (byte[] start : starts) {
            Collector sink = new Collector();
            Http2Decoder decoder = new Http2Decoder(new ConversationContext(
                    Collector.CONVERSATION, null, sink, sink.undecoded::add, new Spools(folder)));
            decoder.bytes(Direction.CLIENT_TO_SERVER, Collector.START, ByteBuffer.wrap(Http2Decoder.PREFACE));
            decoder.bytes(Direction.CLIENT_TO_SERVER, Collector.START, ByteBuffer.wrap(start));
            if (start == starts[0]) {
                assertThat(decoder.heldBufferBytes()).isPositive();
            }
            decoder.close();
            assertThat(decoder.heldBufferBytes()).isZero();
            sink.close();
        }
    }

    @Test
    void floodOfContinuationIsBounded() {
        Collector c = open();
        c.client(frame(HEADERS, END_STREAM, 1, get("/")));
        for (int i = 0; i < 40; i++) {
            c.client(frame(CONTINUATION, 0, 1, new byte[16_000]));
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).isEmpty();
        assertThat(c.reasons()).containsExactly("http2-frame");
    }

    @Test
    void frameLongerThanAnnouncedIsReportedWithoutBeingHeld() {
        Collector c = open();
        c.server(new byte[] {0, 0x40, 1, 0, 0, 0, 0, 0, 1});
        c.closed(StreamEnd.CLOSED);

        assertThat(c.reasons()).containsExactly("http2-frame");
    }

    @Test
    void announcedFrameSizeIsAllowed() {
        Collector c = open();
        c.client(frame(SETTINGS, 0, 0, setting(5, 65536)));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        c.server(frame(HEADERS, END_HEADERS, 1, status(200)));
        c.server(frame(DATA, END_STREAM, 1, new byte[60_000]));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().payloadBytes()).isEqualTo(60_000);
    }

    @Test
    void prefaceWithoutTlsIsRecognised() {
        Collector c = new Collector();
        for (byte b : ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
            c.client(new byte[] {b});
        }
        c.client(frame(SETTINGS, 0, 0, new byte[0]));
        c.client(frame(HEADERS, END_HEADERS | END_STREAM, 1, get("/")));
        c.server(frame(HEADERS, END_HEADERS | END_STREAM, 1, status(200)));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().uri()).isEqualTo("http://shop.example/");
        assertThat(c.undecoded).isEmpty();
    }
}
