package org.tiezheng.archive.evidencepage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectStore;

/** The page of one evidence, over HTTP. */
class EvidencePageTest extends ServerTest {
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
    private AuditLog audit;

    @Autowired
    private EvidenceCatalogue catalogue;

    @Autowired
    private Clock clock;

    @Autowired
    private ApiTokens tokens;

    private TestUsers.User officer() {
        return TestUsers.officer(accounts, officers, Role.INSPECTOR);
    }

    private UUID archived(TestUsers.User officer) throws IOException {
        return ArchivedPage.archive(jdbc, transactions, store, clock, officer.actor());
    }

    private List<AuditEvent> events(UUID id) {
        return audit.ofObject("evidence", id.toString()).stream()
                .map(AuditEntry::event)
                .toList();
    }

    @Test
    void everyPartIsShownInBothLanguagesAndNothingIsCalledTrue() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        for (String part : EvidenceView.PARTS) {
            for (String lang : List.of("zh", "en")) {
                HttpResponse<String> page = browser.get("/evidence/" + id + "/" + part + "?lang=" + lang);
                assertThat(page.statusCode()).as(part).isEqualTo(200);
                assertThat(page.body()).as(part).doesNotContain("??").doesNotContain("真实</");
                assertThat(page.body()).contains("茶叶旗舰店 &lt;b&gt;").doesNotContain(ArchivedPage.TITLE);
                assertThat(page.body()).contains(lang.equals("zh") ? "核验一致" : "Verified, consistent");
            }
        }
        HttpResponse<String> print = browser.get("/evidence/" + id + "/print?lang=zh");
        assertThat(print.statusCode()).isEqualTo(200);
        assertThat(print.body()).contains("文件清单", "环境与时钟", "保管记录");
    }

    @Test
    void htmxGetsThePartAlone() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        HttpResponse<String> part = TestUsers.signIn(uri("/"), officer)
                .send(HttpRequest.newBuilder(uri("/evidence/" + id + "/files"))
                        .header("HX-Request", "true")
                        .GET());
        assertThat(part.statusCode()).isEqualTo(200);
        assertThat(part.body()).contains("evidence/screenshot.png").doesNotContain("<html");
    }

    @Test
    void pageTextIsTextAndCapturedHtmlIsOnlyADownload() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        assertThat(browser.get("/evidence/" + id + "/text").body())
                .contains("正品保证 &lt;script&gt;alert(1)&lt;/script&gt;")
                .doesNotContain("<script>alert(1)");
        HttpResponse<String> dom = browser.get("/evidence/" + id + "/files/evidence/dom.html");
        assertThat(dom.statusCode()).isEqualTo(200);
        assertThat(dom.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
        assertThat(dom.headers().firstValue("Content-Disposition"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("attachment"));
        assertThat(dom.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(value -> assertThat(value).contains("sandbox"));
        assertThat(dom.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(browser.get("/evidence/" + id + "/show/evidence/dom.html").statusCode())
                .isEqualTo(404);
    }

    @Test
    void thePackageIsTheOneThatWasArchivedAndCanBeFetchedInParts() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        Evidence evidence = catalogue.find(id).orElseThrow();
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        HttpResponse<byte[]> whole = bytes(browser, "/evidence/" + id + "/package?proofs=false", null);
        assertThat(Digest.of(Digest.Algorithm.SHA256, whole.body())).isEqualTo(evidence.packageSha256());
        HttpResponse<byte[]> part = bytes(browser, "/evidence/" + id + "/package", "bytes=30-60");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(new String(part.body(), java.nio.charset.StandardCharsets.US_ASCII))
                .startsWith("mimetype");
        assertThat(bytes(browser, "/evidence/" + id + "/package", "bytes=99999999-")
                        .statusCode())
                .isEqualTo(416);
        assertThat(events(id)).anyMatch(event -> event.action().equals("evidence.download"));
    }

    private HttpResponse<byte[]> bytes(
            TestUsers.Browser browser, String path, @org.jspecify.annotations.Nullable String range)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).GET();
        if (range != null) {
            request.header("Range", range);
        }
        return java.net.http.HttpClient.newBuilder()
                .cookieHandler(browser.cookies())
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void stripsOfTheScreenshotArePictures() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        HttpResponse<byte[]> strip = bytes(browser, "/evidence/" + id + "/screenshot/0/2", null);
        assertThat(strip.statusCode()).isEqualTo(200);
        assertThat(javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(strip.body()))
                        .getHeight())
                .isEqualTo(1500 - 1024);
        assertThat(browser.get("/evidence/" + id + "/screenshot/0/3").statusCode())
                .isEqualTo(404);
        assertThat(browser.get("/evidence/" + id + "/screenshot/9/0").statusCode())
                .isEqualTo(404);
    }

    @Test
    void requestsAreFilteredSortedAndShownOneByOne() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        assertThat(browser.get("/evidence/" + id + "/exchanges?q=gif").body())
                .contains("/tea.gif")
                .doesNotContain("/item/42<");
        assertThat(browser.get("/evidence/" + id + "/exchanges?status=5").body())
                .doesNotContain("/tea.gif")
                .doesNotContain("/item/42<");
        assertThat(browser.get("/evidence/" + id + "/exchanges/1?lang=zh").body())
                .contains("GET /item/42 HTTP/1.1", "HTTP/1.1 200 OK", "WARC-Payload-Digest", "tcp.stream 0");
        assertThat(browser.get("/evidence/" + id + "/exchanges/99").statusCode())
                .isEqualTo(404);
        HttpResponse<byte[]> record = bytes(browser, "/evidence/" + id + "/exchanges/1/response.warc.gz", null);
        assertThat(record.statusCode()).isEqualTo(200);
        assertThat(new String(
                        new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(record.body()))
                                .readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8))
                .startsWith("WARC/1.1")
                .contains("茶叶旗舰店");
    }

    @Test
    void aViewIsOneAuditEventHoweverManyRequestsItTakes() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        for (int i = 0; i < 3; i++) {
            assertThat(browser.get("/evidence/" + id).statusCode()).isEqualTo(200);
        }
        assertThat(events(id))
                .filteredOn(event -> event.action().equals("evidence.view"))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.actor().id()).isEqualTo(officer.id());
                    assertThat(event.result()).isEqualTo(AuditEvent.Result.OK);
                    assertThat(event.objectDigest())
                            .isEqualTo(catalogue.find(id).orElseThrow().sha256().hex());
                });
        assertThat(browser.get("/evidence/" + id + "/history?lang=zh").body()).contains("查看");
    }

    @Test
    void whoMayNotSeeEvidenceSeesNothingOfIt() throws Exception {
        UUID id = archived(officer());
        assertThat(get("/evidence/" + id).statusCode()).isIn(302, 401, 403);
        TestUsers.Browser administrator =
                TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));
        for (String path :
                List.of("", "/screenshot/0/0", "/package", "/files/evidence/page.txt", "/exchanges", "/print")) {
            HttpResponse<String> answer = administrator.get("/evidence/" + id + path);
            assertThat(answer.statusCode()).as(path).isEqualTo(403);
            assertThat(answer.body()).doesNotContain("茶叶旗舰店");
        }
    }

    @Test
    void aReviewerCannotOpenWhatHeCaptured() throws Exception {
        TestUsers.User reviewer = TestUsers.create(accounts, Role.LEGAL_REVIEWER);
        UUID own = archived(reviewer);
        UUID other = archived(officer());
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), reviewer);
        assertThat(browser.get("/evidence/" + own).statusCode()).isEqualTo(403);
        assertThat(browser.get("/evidence/" + other).statusCode()).isEqualTo(200);
        assertThat(events(own)).anyMatch(event -> event.result() == AuditEvent.Result.REFUSED);
    }

    @Test
    void evidenceThatIsNotThereIsSaidPlainly() throws Exception {
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer());
        HttpResponse<String> answer = browser.get("/evidence/" + UUID.randomUUID() + "?lang=zh");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).doesNotContain("Exception");
    }

    @Test
    void programsGetWhatThePageShows() throws Exception {
        TestUsers.User officer = officer();
        UUID id = archived(officer);
        String token = TestUsers.token(tokens, officer, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        String base = "/api/v1/evidence/" + id;
        assertThat(api("GET", base + "/capture", token).body()).contains("\"verdict\":\"COMPLETE\"");
        assertThat(api("GET", base + "/exchanges?q=gif", token).body()).contains("\"matching\":1", "/tea.gif");
        assertThat(api("GET", base + "/exchanges/1", token).body()).contains("HTTP/1.1 200 OK");
        assertThat(api("GET", base + "/screenshot", token).body()).contains("\"height\":1500");
        assertThat(api("GET", base + "/pages", token).body()).contains(ArchivedPage.URL);
        HttpResponse<String> text = api("GET", base + "/text", token);
        assertThat(text.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(text.body()).contains("<script>alert(1)</script>");
        assertThat(api("GET", base + "/replay", token).body()).contains("/view/", ".wacz");
        assertThat(api("GET", base + "/wire", token).statusCode()).isEqualTo(404);
        assertThat(api("GET", base + "/exchanges?limit=0", token).statusCode()).isEqualTo(400);
        assertThat(api("GET", base + "/capture", "none").statusCode()).isEqualTo(401);
    }

    private HttpResponse<String> api(String method, String path, String token)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.noBody()));
    }
}
