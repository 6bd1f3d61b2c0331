package org.tiezheng.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiezheng.demo.Origin.Listener;

class OriginTest {
    private Origin origin;
    private HttpClient client;

    @BeforeEach
    void start() throws Exception {
        origin = Origin.start(new DemoShop().or(new PageSet()));
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        roots.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(origin.authorityPem().getBytes(StandardCharsets.US_ASCII))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(roots);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        client = HttpClient.newBuilder()
                .sslContext(tls)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        origin.close();
    }

    private HttpResponse<byte[]> get(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void truthLogHasTheDigestOfWhatTheClientReceivedOverEachProtocol() throws Exception {
        for (Listener listener :
                new Listener[] {Listener.HTTPS_H2, Listener.HTTPS_H1, Listener.HTTPS_TLS12, Listener.HTTP}) {
            origin.forget();
            HttpResponse<byte[]> answer = get(origin.url(listener) + "/r/coded?as=gzip");
            assertThat(answer.statusCode()).isEqualTo(200);
            awaitSent(1);
            SentExchange truth = origin.sent().get(0);
            assertThat(truth.responseSha256()).as("%s", listener).isEqualTo(sha256(answer.body()));
            assertThat(truth.responseBytes()).isEqualTo(answer.body().length);
            assertThat(truth.protocol()).isEqualTo(listener == Listener.HTTPS_H2 ? "HTTP/2.0" : "HTTP/1.1");
            assertThat(truth.contentEncoding()).isEqualTo("gzip");
        }
    }

    @Test
    void badCertificatesAreRefusedByAnOrdinaryClient() {
        for (Listener listener :
                new Listener[] {Listener.HTTPS_EXPIRED, Listener.HTTPS_SELF_SIGNED, Listener.HTTPS_WRONG_HOST}) {
            Assertions.assertThatThrownBy(() -> get(origin.url(listener) + "/p/plain"))
                    .as("%s", listener)
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void everyPageOfTheSetAndOfTheShopAnswers() throws Exception {
        for (String page : PageSet.names()) {
            assertThat(get(origin.url(Listener.HTTPS_H2) + "/p/" + page).statusCode())
                    .as(page)
                    .isEqualTo(200);
        }
        for (String page : new String[] {"/", "/list", "/detail?sku=T004", "/licence", "/img/T036.svg"}) {
            HttpResponse<byte[]> answer = get(origin.url(Listener.HTTPS_H2) + page);
            assertThat(answer.statusCode()).as(page).isEqualTo(200);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).doesNotContain("{{");
        }
        assertThat(get(origin.url(Listener.HTTPS_H2) + "/detail?sku=T999").statusCode())
                .isEqualTo(404);
    }

    private void awaitSent(int n) throws InterruptedException {
        // The note is made after the last byte left, so the client may be a moment ahead of it.
        for (int i = 0; i < 200 && origin.sent().size() < n; i++) {
            Thread.sleep(10);
        }
        assertThat(origin.sent()).hasSize(n);
    }
}
