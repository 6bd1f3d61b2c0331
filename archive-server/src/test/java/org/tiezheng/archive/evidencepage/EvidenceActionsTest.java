package org.tiezheng.archive.evidencepage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.Verification;
import org.tiezheng.archive.catalogue.VerifyNow;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.storage.ObjectStore;

/** What persons do on the page of one evidence. */
class EvidenceActionsTest extends ServerTest {
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
    private VerifyNow verifications;

    @Autowired
    private Stores stores;

    @Autowired
    private Clock clock;

    private UUID archived(TestUsers.User officer) throws IOException {
        return ArchivedPage.archive(jdbc, transactions, store, clock, officer.actor());
    }

    private Evidence found(UUID id) {
        return catalogue.find(id).orElseThrow();
    }

    /** Sends the form and gives the page it leads to. */
    private static HttpResponse<String> submit(TestUsers.Browser browser, String path, Map<String, String> fields)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = browser.post(path, fields);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
        String to = answer.headers().firstValue("Location").orElseThrow().replaceAll("^https?://[^/]+", "");
        return browser.get(to.replaceAll("#.*", "") + "?lang=zh");
    }

    @Test
    void onePersonCannotBeBothOfficers() throws Exception {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        UUID id = archived(first);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), first);
        String path = "/evidence/" + id + "/confirmations";
        assertThat(submit(browser, path, Map.of()).body())
                .contains(first.account().displayName(), "现有 1 名")
                .doesNotContain("notice-bad");
        assertThat(submit(browser, path, Map.of()).body()).contains("notice-bad", "role=\"alert\"");
        assertThat(submit(browser, path, Map.of("username", first.account().username(), "password", first.password()))
                        .body())
                .contains("notice-bad");
        assertThat(found(id).confirmedAt()).isNull();
    }

    @Test
    void aSecondOfficerConfirmsOnTheSpotAndTheCaptureIsComplete() throws Exception {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        TestUsers.User second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        UUID id = archived(first);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), first);
        String path = "/evidence/" + id + "/confirmations";
        assertThat(submit(browser, path, Map.of()).statusCode()).isEqualTo(200);
        assertThat(submit(
                                browser,
                                path,
                                Map.of("username", second.account().username(), "password", "not the password"))
                        .body())
                .contains("notice-bad");
        assertThat(found(id).confirmedAt()).isNull();
        HttpResponse<String> done =
                submit(browser, path, Map.of("username", second.account().username(), "password", second.password()));
        assertThat(done.body())
                .contains("两名执法人员已确认", second.account().displayName(), "当场输入密码确认")
                .doesNotContain("notice-bad", second.password());
        assertThat(found(id).confirmedAt()).isNotNull();
    }

    @Test
    void whoIsNoOfficerCannotConfirmOrLink() throws Exception {
        UUID id = archived(TestUsers.officer(accounts, officers, Role.INSPECTOR));
        for (Role role : new Role[] {Role.AUDITOR, Role.ARCHIVIST, Role.LEGAL_REVIEWER}) {
            TestUsers.Browser browser = TestUsers.signIn(uri("/"), TestUsers.create(accounts, role));
            assertThat(browser.post("/evidence/" + id + "/confirmations", Map.of())
                            .statusCode())
                    .isEqualTo(403);
            assertThat(browser.post("/evidence/" + id + "/links", Map.of("kind", "CASE", "value", "x"))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(browser.get("/evidence/" + id + "/history").body()).doesNotContain("data-confirm-self");
        }
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        assertThat(auditor.post("/evidence/" + id + "/verifications", Map.of()).statusCode())
                .isEqualTo(403);
        assertThat(found(id).caseNo()).isNull();
    }

    @Test
    void linksAreKeptWithTheirHistory() throws Exception {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        String path = "/evidence/" + id + "/links";
        assertThat(submit(browser, path, Map.of("kind", "CASE", "value", "鄂市监案〔2026〕42号", "reason", "立案"))
                        .body())
                .contains("鄂市监案〔2026〕42号", "立案");
        assertThat(found(id).caseNo()).isEqualTo("鄂市监案〔2026〕42号");
        assertThat(submit(browser, path, Map.of("kind", "CASE", "value", "")).body())
                .contains("已取消");
        assertThat(found(id).caseNo()).isNull();
        assertThat(submit(browser, path, Map.of("kind", "CASE", "value", "x".repeat(500)))
                        .body())
                .contains("notice-bad");
    }

    @Test
    void verifyNowShowsEveryCheck() throws Exception {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        HttpResponse<String> page = submit(browser, "/evidence/" + id + "/verifications", Map.of("deep", "true"));
        assertThat(page.body()).contains("id=\"verification\"");
        UUID verification = verifications.of(id).get(0).id();
        for (int i = 0;
                i < 300 && verifications.find(verification).orElseThrow().state() == Verification.State.RUNNING;
                i++) {
            Thread.sleep(100);
        }
        assertThat(verifications.find(verification).orElseThrow().state()).isEqualTo(Verification.State.DONE);
        String shown = browser.get("/evidence/" + id + "/verifications/" + verification + "?lang=zh")
                .body();
        assertThat(shown).contains("项检查", "Z01").doesNotContain("hx-trigger=\"load delay:1s\"");
        // The server under test does not trust the root of the packages made here: that is undecided, and said so.
        assertThat(shown).contains("data-verdict=\"INDETERMINATE\"");
        assertThat(browser.get("/evidence/" + UUID.randomUUID() + "/verifications/" + verification)
                        .statusCode())
                .isEqualTo(404);
        // What is proved follows this one, and not the one at ingest, which had passed.
        assertThat(browser.get("/evidence/" + id + "?lang=zh").body())
                .contains("封存者的签名未能完全核验", "以这次核验为准", "的核验曾通过", "/verify#verification")
                .doesNotContain("封存者的签名有效");
    }

    @Test
    void whatIsProvedFollowsTheNewestVerification() throws Exception {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        UUID id = archived(officer);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        assertThat(browser.get("/evidence/" + id + "?lang=zh").body())
                .contains("没有一个字节被改动", "封存者的签名有效")
                .doesNotContain("data-refuted", "data-reasons", "data-damage");
        EvidenceObject wacz = catalogue.objects(id).stream()
                .filter(object -> object.member().equals("wacz/capture.wacz"))
                .findFirst()
                .orElseThrow();
        Path file = Path.of(stores.primary().description().location())
                .resolve(wacz.version().key() + "@" + wacz.version().versionId());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.delete(file);
        Files.write(file, bytes);
        try {
            HttpResponse<String> unused = submit(browser, "/evidence/" + id + "/verifications", Map.of());
            UUID verification = verifications.of(id).get(0).id();
            for (int i = 0;
                    i < 300 && verifications.find(verification).orElseThrow().state() == Verification.State.RUNNING;
                    i++) {
                Thread.sleep(100);
            }
            assertThat(found(id).verdict()).isEqualTo(Verdict.INVALID);
            for (String page : List.of("", "/print")) {
                assertThat(browser.get("/evidence/" + id + page + "?lang=zh").body())
                        .as(page)
                        .contains("data-refuted", "不再认为任何一项得到证明", "的核验曾通过", "M03", "/verify#verification")
                        .doesNotContain("没有一个字节被改动", "封存者的签名有效", "class=\"ticks\"", "??");
            }
            // What failed comes first.
            String checks = browser.get("/evidence/" + id + "/verify?lang=en").body();
            checks = checks.substring(checks.indexOf("live-checks"));
            assertThat(checks.indexOf("M03")).isPositive().isLessThan(checks.indexOf("Z01"));
        } finally {
            bytes[bytes.length / 2] ^= 1;
            Files.delete(file);
            Files.write(file, bytes);
        }
    }
}
