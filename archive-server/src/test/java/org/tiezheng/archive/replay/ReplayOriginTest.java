package org.tiezheng.archive.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.storage.ObjectStore;

/** What the second connector answers, and what it does not. */
class ReplayOriginTest extends ServerTest {
    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private EvidenceCatalogue catalogue;

    @Autowired
    private Clock clock;

    private UUID id = UUID.randomUUID();
    private String origin = "";
    private String token = "";
    private TestUsers.Browser browser = new TestUsers.Browser(URI.create("http://127.0.0.1/"));

    @BeforeEach
    void openReplay() throws Exception {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        id = ArchivedPage.archive(jdbc, transactions, store, clock, officer.actor());
        browser = TestUsers.signIn(uri("/"), officer);
        HttpResponse<String> page = browser.get("/evidence/" + id + "/replay");
        Matcher frame = Pattern.compile("<iframe[^>]+src=\"(http://127\\.0\\.0\\.1:[0-9]+)/view/([A-Za-z0-9_-]{43})\\?")
                .matcher(page.body());
        assertThat(frame.find()).isTrue();
        origin = frame.group(1);
        token = frame.group(2);
        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).contains("frame-src " + origin));
    }

    private HttpResponse<String> ask(String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        // With the session's cookie: cookies ignore ports, so the browser sends it here too.
        return HttpClient.newBuilder()
                .cookieHandler(browser.cookies())
                .build()
                .send(
                        request.build(),
                        HttpResponse.BodyHandlers.ofString(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    @Test
    void everythingButThePlayerAndTokensIsRefused() throws Exception {
        for (String path : List.of(
                "/",
                "/evidence/" + id,
                "/api/v1/evidence/" + id,
                "/assets/app.css",
                "/vendor/htmx.js",
                "/sign-in",
                "/health",
                "/data/x.wacz",
                "/data/" + "A".repeat(43) + ".wacz",
                "/replay/../evidence/" + id,
                "/replay/other.js",
                "/view.html",
                "//evidence/" + id)) {
            assertThat(ask("GET", path).statusCode()).as(path).isIn(400, 403);
        }
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH")) {
            assertThat(ask(method, "/data/" + token + ".wacz").statusCode())
                    .as(method)
                    .isEqualTo(403);
        }
        HttpResponse<String> refused = ask("GET", "/evidence/" + id);
        assertThat(refused.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void theScreensOriginServesNoPlayerAndNoData() throws Exception {
        assertThat(browser.get("/data/" + token + ".wacz").statusCode()).isNotEqualTo(200);
        assertThat(browser.get("/replay/sw.js").statusCode()).isNotEqualTo(200);
        assertThat(browser.get("/view/" + token).statusCode()).isNotEqualTo(200);
    }

    @Test
    void aTokenReadsItsPackageByRanges() throws Exception {
        long size = catalogue.find(id).orElseThrow().sizeBytes();
        String data = "/data/" + token + ".wacz";
        HttpResponse<String> whole = ask("GET", data);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).hasSize((int) size).startsWith("PK");
        assertThat(whole.headers().firstValue("Accept-Ranges")).hasValue("bytes");
        HttpResponse<String> suffix = ask("GET", data, "Range", "bytes=-999999999");
        assertThat(suffix.statusCode()).isEqualTo(206);
        assertThat(suffix.body()).isEqualTo(whole.body());
        HttpResponse<String> some = ask("GET", data, "Range", "bytes=10-19");
        assertThat(some.statusCode()).isEqualTo(206);
        assertThat(some.body()).isEqualTo(whole.body().substring(10, 20));
        assertThat(some.headers().firstValue("Content-Range")).hasValue("bytes 10-19/" + size);
        assertThat(ask("GET", data, "Range", "bytes=" + size + "-").statusCode())
                .isEqualTo(416);
        HttpResponse<String> head = ask("HEAD", data);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).hasValue(Long.toString(size));
    }

    @Test
    void thePlayerIsThereUnmodifiedWithItsLicence() throws Exception {
        assertThat(ask("GET", "/replay/sw.js").body()).hasSizeGreaterThan(1_000_000);
        assertThat(ask("GET", "/replay/ui.js").body()).hasSizeGreaterThan(500_000);
        assertThat(ask("GET", "/replay/LICENSE.txt").body()).contains("GNU AFFERO GENERAL PUBLIC LICENSE");
        assertThat(ask("GET", "/replay/SOURCE.txt").body()).contains("github.com/webrecorder/replayweb.page");
    }

    @Test
    void onlyOurPagesMayEmbedThePlayerAndItMayEmbedOnlyItself() throws Exception {
        HttpResponse<String> view = ask("GET", "/view/" + token);
        assertThat(view.statusCode()).isEqualTo(200);
        assertThat(view.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .endsWith(
                                "frame-ancestors 'self' " + uri("/").toString().replaceAll("/$", ""))
                        .contains("frame-src 'self'", "sandbox allow-scripts allow-same-origin"));
        assertThat(view.headers().firstValue("X-Frame-Options")).isEmpty();
        assertThat(ask("GET", "/view/" + "A".repeat(43)).statusCode()).isEqualTo(410);
    }
}
