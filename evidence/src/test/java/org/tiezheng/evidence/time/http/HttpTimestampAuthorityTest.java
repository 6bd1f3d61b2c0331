package org.tiezheng.evidence.time.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.seal.SealedPackage;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;

class HttpTimestampAuthorityTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final byte[] DATA = "what is stamped".getBytes(StandardCharsets.UTF_8);
    private static final Digest DIGEST = Digest.of(Digest.Algorithm.SHA256, DATA);

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static ForeignAuthority foreign;

    @BeforeAll
    static void start() throws Exception {
        foreign = new ForeignAuthority(shared.resolve("foreign"));
    }

    @AfterAll
    static void stop() {
        foreign.close();
    }

    @Test
    void tokenOfOpenSslValidatesHereAndThere() throws Exception {
        TimestampToken token = at("/tsa").stamp(DIGEST);

        assertThat(new TimestampChecks(foreign.anchors(), CLOCK.instant()).check(token, DIGEST, "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
        assertThat(token.authority()).isEqualTo("CN=Foreign time-stamp authority");
        assertThat(token.policy()).isEqualTo("1.2.3.4.1");
        assertThat(token.accuracy()).contains(Duration.ofMillis(1500));
        assertThat(token.nonce()).isPresent();
        // The CRL was added by us: the judge must not mind.
        Files.write(folder.resolve("token"), token.der());
        Files.write(folder.resolve("data"), DATA);
        OtherTools.run(
                        folder,
                        "openssl",
                        "ts",
                        "-verify",
                        "-token_in",
                        "-in",
                        "token",
                        "-data",
                        "data",
                        "-CAfile",
                        foreign.root().toString())
                .succeeded();
    }

    @Test
    void sealsTogetherWithTheEmbeddedAuthority() throws Exception {
        Path wacz = folder.resolve("capture.wacz");
        Digests digests;
        try (DigestingOutputStream out = new DigestingOutputStream(Files.newOutputStream(wacz))) {
            out.write(DATA);
            digests = out.digests();
        }
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
        SealedPackage sealed =
                new Sealer(embedded.signer(), List.of(at("/tsa"), embedded), CLOCK).seal(wacz, digests, "p1", folder);

        assertThat(sealed.failures()).isEmpty();
        assertThat(sealed.tokens())
                .extracting(SealedPackage.Stamped::authority)
                .containsExactly(foreign.url("/tsa").toString(), "embedded");
        assertThat(sealed.signatureTimestamp()).isEqualTo(foreign.url("/tsa").toString());
    }

    @Test
    void revokedAuthorityIsFoundOut() throws Exception {
        try (ForeignAuthority revoked = new ForeignAuthority(folder.resolve("revoked"))) {
            revoked.revoke("keyCompromise");
            TimestampToken token =
                    new HttpTimestampAuthority(revoked.url("/tsa"), revoked.anchors(), TIMEOUT).stamp(DIGEST);

            assertThat(new TimestampChecks(revoked.anchors(), CLOCK.instant()).check(token, DIGEST, "x"))
                    .filteredOn(f -> f.verdict() != Verdict.VALID)
                    .singleElement()
                    .satisfies(f -> {
                        assertThat(f.code()).isEqualTo(Code.T07);
                        assertThat(f.verdict()).isEqualTo(Verdict.INVALID);
                    });
        }
    }

    @Test
    void tokenWithoutAnAnchorIsLeftAsItIs() throws Exception {
        TimestampToken token =
                new HttpTimestampAuthority(foreign.url("/tsa"), TrustAnchors.none(), TIMEOUT).stamp(DIGEST);

        assertThat(token.cms().crls()).isEmpty();
        assertThat(new TimestampChecks(TrustAnchors.none(), CLOCK.instant()).check(token, DIGEST, "x"))
                .filteredOn(f -> f.verdict() != Verdict.VALID)
                .extracting(f -> f.code() + " " + f.verdict())
                .containsExactly("T06 INDETERMINATE", "T07 INDETERMINATE");
    }

    @Test
    void replayedAnswerIsRefused() throws Exception {
        AtomicReference<byte[]> first = new AtomicReference<>();
        foreign.on("/replay", exchange -> {
            byte[] query = exchange.getRequestBody().readAllBytes();
            try {
                first.compareAndSet(null, foreign.reply(query));
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            ForeignAuthority.answer(exchange, 200, first.get());
        });
        HttpTimestampAuthority authority = at("/replay");
        assertThat(authority.stamp(DIGEST)).isNotNull();

        assertFails(authority, true, "unusable answer", "nonce");
    }

    @Test
    void answerAboutOtherBytesIsRefused() throws Exception {
        TimeStampRequestGenerator other = new TimeStampRequestGenerator();
        other.setCertReq(true);
        byte[] answer =
                foreign.reply(other.generate(TSPAlgorithms.SHA256, new byte[32]).getEncoded());
        foreign.on("/other", exchange -> ForeignAuthority.answer(exchange, 200, answer));

        assertFails(at("/other"), true, "unusable answer");
    }

    @Test
    void refusalIsReportedWithItsReason() throws Exception {
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
        foreign.on("/refusing", exchange -> ForeignAuthority.answer(exchange, 200, embedded.respond(new byte[] {1})));

        assertFails(at("/refusing"), false, "refused", "badDataFormat", "not an RFC 3161 request");
    }

    @Test
    void embeddedAuthorityAnswersOverHttpToo() throws Exception {
        EmbeddedAuthority embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
        foreign.on(
                "/embedded",
                exchange -> ForeignAuthority.answer(
                        exchange,
                        200,
                        embedded.respond(exchange.getRequestBody().readAllBytes())));
        HttpTimestampAuthority authority =
                new HttpTimestampAuthority(foreign.url("/embedded"), embedded.anchors(), TIMEOUT);

        assertThat(new TimestampChecks(embedded.anchors(), CLOCK.instant()).check(authority.stamp(DIGEST), DIGEST, "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
    }

    @Test
    void whatIsNoAnswerIsReportedWithItsReason() throws Exception {
        foreign.on("/broken", exchange -> ForeignAuthority.answer(exchange, 503, new byte[0]));
        foreign.on("/missing", exchange -> ForeignAuthority.answer(exchange, 404, new byte[0]));
        foreign.on("/elsewhere", exchange -> {
            exchange.getResponseHeaders().set("Location", "/tsa");
            ForeignAuthority.answer(exchange, 307, new byte[0]);
        });
        foreign.on("/text", exchange -> ForeignAuthority.answer(exchange, 200, DATA));
        foreign.on("/nothing", exchange -> ForeignAuthority.answer(exchange, 200, new byte[0]));
        foreign.on("/huge", exchange -> ForeignAuthority.answer(exchange, 200, new byte[2 << 20]));

        assertFails(at("/broken"), true, "HTTP status 503");
        assertFails(at("/missing"), false, "HTTP status 404");
        assertFails(at("/elsewhere"), false, "HTTP status 307");
        assertFails(at("/text"), true, foreign.url("/text").toString());
        assertFails(at("/nothing"), true, foreign.url("/nothing").toString());
        assertFails(at("/huge"), true, "larger than");
    }

    @Test
    void authorityThatIsDownIsWorthAnotherTry() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertFails(
                new HttpTimestampAuthority(URI.create("http://127.0.0.1:" + port + "/"), TrustAnchors.none(), TIMEOUT),
                true,
                "127.0.0.1");
    }

    @Test
    void authorityThatStopsInTheMiddleTimesOut() {
        CountDownLatch end = new CountDownLatch(1);
        foreign.on("/slow", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(0x30);
            exchange.getResponseBody().flush();
            try {
                end.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            assertFails(
                    new HttpTimestampAuthority(foreign.url("/slow"), TrustAnchors.none(), Duration.ofSeconds(1)),
                    true,
                    "no answer");
        } finally {
            end.countDown();
        }
    }

    @Test
    void userInfoBecomesBasicAuthenticationAndIsNeverPrinted() throws Exception {
        AtomicReference<String> sent = new AtomicReference<>();
        foreign.on("/guarded", exchange -> {
            sent.set(exchange.getRequestHeaders().getFirst("Authorization"));
            ForeignAuthority.answer(exchange, 401, new byte[0]);
        });
        URI open = foreign.url("/guarded?key=secret");
        URI url = URI.create(open.toString().replace("http://", "http://officer:p%40ss@"));
        HttpTimestampAuthority authority = new HttpTimestampAuthority(url, TrustAnchors.none(), TIMEOUT);

        assertThatThrownBy(() -> authority.stamp(DIGEST))
                .isInstanceOf(TimestampException.class)
                .hasMessageNotContaining("p@ss")
                .hasMessageNotContaining("secret");
        assertThat(sent.get())
                .isEqualTo(
                        "Basic " + Base64.getEncoder().encodeToString("officer:p@ss".getBytes(StandardCharsets.UTF_8)));
        assertThat(authority.toString()).isEqualTo(foreign.url("/guarded").toString());
    }

    @Test
    void onlyHttpUrlsAreAccepted() {
        for (String url : List.of("file:///etc/passwd", "ftp://example.org/", "http:///x", "tsa")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new HttpTimestampAuthority(URI.create(url), TrustAnchors.none(), TIMEOUT));
        }
    }

    private static HttpTimestampAuthority at(String path) {
        try {
            return new HttpTimestampAuthority(foreign.url(path), foreign.anchors(), TIMEOUT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertFails(HttpTimestampAuthority authority, boolean retryHelps, String... words) {
        assertThatThrownBy(() -> authority.stamp(DIGEST))
                .isInstanceOfSatisfying(
                        TimestampException.class,
                        e -> assertThat(e.retryHelps()).isEqualTo(retryHelps))
                .hasMessageContainingAll(words);
    }
}
