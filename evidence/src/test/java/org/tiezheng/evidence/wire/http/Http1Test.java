package org.tiezheng.evidence.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.StreamEnd;

/** RFC 9112, message by message. */
class Http1Test {
    private static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    @Test
    void bytesOfBothMessagesAreKeptAsTheyWere() {
        String response = "HTTP/1.1  200 OK\nContent-length:3\nX: 1\r\n 2\r\n\r\nabc";
        Collector c = new Collector().client(GET).server(response).closed(StreamEnd.CLOSED);

        Collector.Seen seen = c.only();
        assertThat(seen.request().block()).isEqualTo(GET);
        assertThat(seen.answer().block()).isEqualTo(response);
        assertThat(seen.status()).isEqualTo(200);
        assertThat(seen.uri()).isEqualTo("http://shop.example/a");
        assertThat(seen.protocol()).isEqualTo("http/1.1");
        assertThat(seen.answer().payloadDigest()).isEqualTo(Collector.sha256("abc"));
        assertThat(seen.answer().truncated()).isNull();
        assertThat(c.undecoded).isEmpty();
    }

    @Test
    void anyCutOfTheBytesGivesTheSameExchanges() {
        String requests =
                "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nT: 1\r\n\r\n"
                        + GET;
        String responses =
                "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n00\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
        Collector whole = new Collector().client(requests).server(responses).closed(StreamEnd.CLOSED);
        assertThat(whole.exchanges).hasSize(2);
        for (int step : new int[] {1, 2, 3, 7}) {
            Collector cut = new Collector();
            for (int at = 0; at < requests.length(); at += step) {
                cut.client(requests.substring(at, Math.min(requests.length(), at + step)));
            }
            for (int at = 0; at < responses.length(); at += step) {
                cut.server(responses.substring(at, Math.min(responses.length(), at + step)));
            }
            cut.closed(StreamEnd.CLOSED);
            assertThat(cut.exchanges.stream().map(e -> e.answer().blockDigest()))
                    .isEqualTo(whole.exchanges.stream()
                            .map(e -> e.answer().blockDigest())
                            .toList());
            assertThat(cut.exchanges.get(0).request().block())
                    .isEqualTo(whole.exchanges.get(0).request().block());
            assertThat(cut.undecoded).isEmpty();
        }
    }

    @Test
    void chunkedBodyKeepsItsFramingAndHashesWithoutIt() {
        String body = "4\r\nWiki\r\n7;name=value\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\nExpires: never\r\n\r\n";
        Collector c = new Collector()
                .client(GET)
                .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 1\r\n\r\n" + body)
                .closed(StreamEnd.CUT);

        assertThat(c.only().answer().body()).isEqualTo(body);
        assertThat(c.only().answer().payloadDigest()).isEqualTo(Collector.sha256("Wikipedia in \r\nchunks."));
        assertThat(c.only().answer().truncated()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified"})
    void statusWithoutBodyHasNoneWhateverItsFieldsSay(String status) {
        Collector c = new Collector()
                .client(GET + GET)
                .server("HTTP/1.1 " + status
                        + "\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).extracting(Collector.Seen::status).endsWith(200).hasSize(2);
        assertThat(c.exchanges.get(0).answer().payloadBytes()).isZero();
    }

    @Test
    void headHasNoBody() {
        Collector c = new Collector()
                .client("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
                .server(
                        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
                .closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).extracting(Collector.Seen::status).containsExactly(200, 201);
    }

    @Test
    void pipelinedResponsesGoToTheirRequests() {
        Collector c = new Collector()
                .client(
                        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
                .server("HTTP/1.1 201 A\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 202 B\r\nContent-Length: 0\r\n\r\n")
                .closed(StreamEnd.CLOSED);

        assertThat(c.exchanges)
                .extracting(Collector.Seen::number, Collector.Seen::uri, Collector.Seen::status)
                .containsExactly(tuple(1, "http://a/1", 201), tuple(2, "http://a/2", 202), tuple(3, "http://a/3", 0));
        assertThat(c.exchanges.get(2).response()).isNull();
    }

    @Test
    void interimResponsesAreKeptBesideTheFinalOne() {
        String interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n";
        Collector c = new Collector()
                .client(GET)
                .server(interim)
                .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .closed(StreamEnd.CLOSED);

        Collector.Message kept = c.only().interim();
        assertThat(kept).isNotNull();
        assertThat(kept.block()).isEqualTo(interim);
        assertThat(c.only().status()).isEqualTo(200);
        assertThat(c.only().answer().firstMillis()).isEqualTo(2);
    }

    @Test
    void responseBeforeTheRequestIsWholeBelongsToIt() {
        Collector c = new Collector()
                .client("POST /u HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345")
                .server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        assertThat(c.exchanges).isEmpty();
        c.client("67890").closed(StreamEnd.CLOSED);

        assertThat(c.only().request().body()).isEqualTo("1234567890");
        assertThat(c.only().request().payloadDigest()).isEqualTo(Collector.sha256("1234567890"));
        assertThat(c.only().status()).isEqualTo(413);
    }

    @Test
    void bodyUntilCloseIsWholeOnlyIfTheServerSaidSo() {
        String response = "HTTP/1.0 200 OK\r\n\r\nabc";
        assertThat(new Collector()
                        .client(GET)
                        .server(response)
                        .closed(StreamEnd.CLOSED)
                        .only()
                        .answer()
                        .truncated())
                .isNull();
        assertThat(new Collector()
                        .client(GET)
                        .server(response)
                        .closed(StreamEnd.CUT)
                        .only()
                        .answer()
                        .truncated())
                .isEqualTo(Truncation.DISCONNECT);
        Collector unfinished = new Collector().client(GET).server(response);
        unfinished.close();
        assertThat(unfinished.only().answer().truncated()).isEqualTo(Truncation.UNSPECIFIED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b"
            })
    void messageThatStopsShortIsFlagged(String response) {
        Collector c = new Collector().client(GET).server(response).closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().block()).isEqualTo(response);
        assertThat(c.only().answer().truncated()).isEqualTo(Truncation.DISCONNECT);
        assertThat(c.only().answer().payloadDigest()).isEqualTo(Collector.sha256("abc"));
    }

    @Test
    void sameLengthTwiceIsOneLength() {
        Collector c = new Collector()
                .client(GET)
                .server("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc")
                .closed(StreamEnd.CUT);

        assertThat(c.only().answer().truncated()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
                "HTTP/1.1 2x0 OK\r\n\r\nabc",
                "HTTP/2.0 200 OK\r\n\r\nabc",
                "HTTP/1.1 0200 OK\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nA: \0\r\n\r\nabc",
                "<html>no status line\r\n\r\nabc"
            })
    void badHeadIsReportedWithAllItsBytes(String response) {
        Collector c =
                new Collector().client(GET).server(response).server("more").closed(StreamEnd.CLOSED);

        assertThat(c.only().response()).isNull();
        assertThat(c.reasons()).containsExactly("http1-syntax");
        assertThat(c.undecoded.get(0).bytes()).isEqualTo(response.length() + 4L);
        assertThat(c.undecoded.get(0).direction()).isEqualTo(Direction.SERVER_TO_CLIENT);
        assertThat(c.undecoded.get(0).at()).isEqualTo(Collector.START.plusMillis(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "3\r\nabcd\r\n", "fffffffffffffffff\r\n", "-1\r\n", "\r\n"})
    void badChunkEndsTheMessageThere(String chunk) {
        Collector c = new Collector()
                .client(GET)
                .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" + chunk)
                .closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().truncated()).isEqualTo(Truncation.UNSPECIFIED);
        assertThat(c.only().answer().block()).contains("2\r\nok\r\n");
        assertThat(c.reasons()).containsExactly("http1-syntax");
    }

    @Test
    void requestOfUnknownEndIsRefused() {
        Collector c = new Collector()
                .client("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nxxxx")
                .closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).isEmpty();
        assertThat(c.reasons()).containsExactly("http1-syntax");
    }

    @Test
    void codingThatDoesNotEndInChunkedRunsUntilClose() {
        Collector c = new Collector()
                .client(GET)
                .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\nContent-Length: 1\r\n\r\nabc")
                .closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().payloadDigest()).isEqualTo(Collector.sha256("abc"));
    }

    @Test
    void headBeyondTheLimitIsReported() {
        String field = "X: " + "y".repeat(1000) + "\r\n";
        Collector c = new Collector().client(GET).server("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 300; i++) {
            c.server(field);
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.reasons()).containsExactly("http-limit");
        assertThat(c.undecoded.get(0).bytes()).isEqualTo(17L + 300L * field.length());
        assertThat(c.only().response()).isNull();
    }

    @Test
    void endlessLinesAndRequestsAreBounded() {
        Collector c = new Collector();
        for (int i = 0; i < 400; i++) {
            c.client(GET);
        }
        c.server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + "e".repeat(20_000));
        c.closed(StreamEnd.CLOSED);

        assertThat(c.exchanges).hasSize(256);
        assertThat(c.reasons()).containsExactlyInAnyOrder("http-limit", "http-limit");
    }

    @Test
    void endlessInterimResponsesAreBounded() {
        Collector c = new Collector().client(GET);
        for (int i = 0; i < 20_000; i++) {
            c.server("HTTP/1.1 102 Processing\r\n\r\n");
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.reasons()).containsExactly("http-limit");
    }

    @Test
    void responseNobodyAskedForIsReported() {
        Collector c = new Collector()
                .client(GET)
                .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .server("HTTP/1.1 408 Request Timeout\r\n\r\n")
                .closed(StreamEnd.CLOSED);

        assertThat(c.only().status()).isEqualTo(200);
        assertThat(c.reasons()).containsExactly("response-without-request");
    }

    @Test
    void streamThatEndsWithinAHeadIsReported() {
        Collector c = new Collector().client(GET).server("HTTP/1.1 20").closed(StreamEnd.CUT);

        assertThat(c.only().response()).isNull();
        assertThat(c.reasons()).containsExactly("truncated");
        assertThat(c.undecoded.get(0).bytes()).isEqualTo(11);
    }

    @Test
    void otherProtocolsAreReportedNotGuessed() {
        Collector ssh =
                new Collector().server("SSH-2.0-x\r\n").client("SSH-2.0-y\r\n").closed(StreamEnd.CLOSED);
        assertThat(ssh.reasons()).containsExactly("not-http", "not-http");
        Collector binary = new Collector().client(new byte[] {0, 1, 2, 3}).closed(StreamEnd.CLOSED);
        assertThat(binary.reasons()).containsExactly("not-http");
        assertThat(binary.undecoded.get(0).bytes()).isEqualTo(4);
        assertThat(new Collector().closed(StreamEnd.CLOSED).undecoded).isEmpty();
    }

    @Test
    void connectTunnelIsReported() {
        Collector c = new Collector()
                .client("CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n")
                .server("HTTP/1.1 200 OK\r\n\r\n")
                .client(new byte[] {22, 3, 1})
                .server(new byte[] {22, 3, 3, 9})
                .closed(StreamEnd.CLOSED);

        assertThat(c.only().uri()).isEqualTo("http://other.example:443");
        assertThat(c.reasons()).containsExactly("upgrade", "upgrade");
    }

    @Test
    void targetUriFollowsSchemeHostAndPort() {
        assertThat(uri("GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", false)).isEqualTo("http://a/");
        assertThat(uri("GET / HTTP/1.1\r\nHost: a:8443\r\n\r\n", true)).isEqualTo("https://a:8443/");
        assertThat(uri("GET / HTTP/1.1\r\nHost: a:443\r\n\r\n", true)).isEqualTo("https://a/");
        assertThat(uri("GET / HTTP/1.0\r\n\r\n", true)).isEqualTo("https://shop.example/");
        assertThat(uri("GET / HTTP/1.0\r\n\r\n", false)).isEqualTo("http://192.0.2.1:443/");
        assertThat(uri("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", true)).isEqualTo("https://a");
        assertThat(uri("GET http://b/x?y HTTP/1.1\r\nHost: a\r\n\r\n", false)).isEqualTo("http://b/x?y");
        assertThat(uri("GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n", true)).isEqualTo("https://a/%E4");
    }

    private static String uri(String request, boolean encrypted) {
        Collector c = new Collector(encrypted ? Collector.tls("http/1.1") : null).client(request);
        c.closed(StreamEnd.CLOSED);
        return c.only().uri();
    }

    @Test
    void largeBodiesGoThroughFiles() {
        byte[] piece = "0123456789abcdef".repeat(4096).getBytes(StandardCharsets.US_ASCII);
        Collector c = new Collector().client(GET);
        c.server("HTTP/1.1 200 OK\r\nContent-Length: " + 50L * piece.length + "\r\n\r\n");
        java.security.MessageDigest digest = Digest.Algorithm.SHA256.start();
        for (int i = 0; i < 50; i++) {
            c.server(piece);
            digest.update(piece);
        }
        c.closed(StreamEnd.CLOSED);

        assertThat(c.only().answer().payloadDigest())
                .isEqualTo(Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()));
        assertThat(c.only().answer().body()).hasSize(50 * piece.length);
    }
}
