package org.tiezheng.archive.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.AuditQuery;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;

/** The list over HTTP, on catalogue rows of its own (without packages behind them: the list reads rows only). */
class EvidenceListTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private AuditLog audit;

    private final Random random = new Random();

    private void row(String title, String caseNo, String officer) {
        String digest = String.format(Locale.ROOT, "%064x", new BigInteger(250, random));
        jdbc.sql("""
                        with e as (insert into evidence (id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url,
                            title, captured_from, captured_to, archived_at, completeness, completeness_reasons, verdict,
                            verified_at, embedded_authority, report, origin, automatic, officer_ids, officer_names,
                            archived_by, archived_by_name, retain_until, case_no)
                        values (gen_random_uuid(), :digest, :digest, 1000, :digest, 2000, 'https://shop.example/', :title,
                            now(), now(), now(), 'COMPLETE', '{}', 'VALID', now(), true, '{}', 'UPLOAD', false,
                            array[:officer]::text[], array['执法人员甲']::text[], :officer, '执法人员甲', now(), :case)
                            returning number)
                        insert into evidence_text (number, body, cut, words) select number, '', false, ''::tsvector from e""")
                .param("digest", digest)
                .param("title", title)
                .param("officer", officer)
                .param("case", caseNo)
                .update();
    }

    @Test
    void pagesFollowOneAnotherWithoutGapsOrRepeats() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.INSPECTOR);
        for (int i = 0; i < 120; i++) {
            row("paged-" + i, "PAGED", user.id());
        }
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        String path = "/evidence?case=PAGED";
        StringBuilder seen = new StringBuilder();
        for (int page = 0; page < 3; page++) {
            String body = browser.get(path).body();
            Matcher title = Pattern.compile(">paged-([0-9]+)<").matcher(body);
            while (title.find()) {
                seen.append(title.group(1)).append(' ');
            }
            Matcher next = Pattern.compile("href=\"([^\"]+)\" rel=\"next\"").matcher(body);
            assertThat(next.find()).isEqualTo(page < 2);
            path = page < 2 ? next.group(1).replace("&amp;", "&") : path;
        }
        StringBuilder expected = new StringBuilder();
        for (int i = 119; i >= 0; i--) {
            expected.append(i).append(' ');
        }
        assertThat(seen).hasToString(expected.toString());
    }

    @Test
    void csvHoldsAllRowsBeginsNoFormulaAndIsAudited() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.ARCHIVIST);
        row("=HYPERLINK(\"http://evil.example\")", "CSV", user.id());
        row("plain, with \"quotes\"", "CSV", user.id());
        for (int i = 0; i < 510; i++) {
            row("row", "CSV", user.id());
        }
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        HttpResponse<String> answer = browser.get("/evidence.csv?case=CSV");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Disposition"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("attachment; filename=\"evidence-"));
        String body = answer.body();
        assertThat(browser.get("/api/v1/evidence/list.csv?case=CSV").body()).isEqualTo(body);
        assertThat(body).startsWith("\ufeff\"证据编号\"");
        assertThat(body.split("\r\n")).hasSize(513);
        assertThat(body).contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\"", "\"plain, with \"\"quotes\"\"\"");
        assertThat(audit.find(
                        new AuditQuery(user.id(), "evidence.list-export", null, null, null, null, null),
                        Long.MAX_VALUE,
                        10))
                .hasSize(2)
                .allSatisfy(entry -> assertThat(entry.event().reason()).isEqualTo("case=CSV"));
    }

    @Test
    void reviewerDoesNotSeeWhatHeWasAnOfficerOf() throws Exception {
        TestUsers.User reviewer = TestUsers.create(accounts, Role.LEGAL_REVIEWER);
        row("of-the-reviewer", "REVIEW", reviewer.id());
        row("of-another", "REVIEW", "another");
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), reviewer);
        assertThat(browser.get("/evidence?case=REVIEW").body())
                .contains("of-another")
                .doesNotContain("of-the-reviewer");
        assertThat(browser.get("/evidence.csv?case=REVIEW").body())
                .contains("of-another")
                .doesNotContain("of-the-reviewer");
    }

    @Test
    void markedRowsAreLinkedToACaseAtOnceAndTheListIsShownAgain() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.INSPECTOR);
        row("to-link", "BULK", user.id());
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        Matcher id = Pattern.compile("name=\"id\" form=\"link-form\" value=\"([0-9a-f-]{36})\"")
                .matcher(browser.get("/evidence?case=BULK").body());
        assertThat(id.find()).isTrue();
        HttpResponse<String> answer = browser.post(
                "/evidence/links",
                Map.of("id", id.group(1), "kind", "CASE", "value", "鄂〔2026〕9号", "case", "BULK", "reason", "立案"));
        assertThat(answer.headers().firstValue("Location"))
                .hasValueSatisfying(place -> assertThat(place).endsWith("/evidence?case=BULK"));
        assertThat(browser.get("/evidence?case=BULK").body())
                .contains("已关联 1 条证据")
                .doesNotContain("to-link");
        assertThat(browser.get("/evidence?case=%E9%84%82%E3%80%942026%E3%80%959%E5%8F%B7")
                        .body())
                .contains("to-link");

        assertThat(browser.post("/evidence/links", Map.of("id", id.group(1), "kind", "CASE", "value", " "))
                        .statusCode())
                .isEqualTo(400);
        assertThat(browser.post("/evidence/links", Map.of("id", "x", "kind", "CASE", "value", "1"))
                        .statusCode())
                .isEqualTo(400);
        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        assertThat(archivist
                        .post("/evidence/links", Map.of("id", id.group(1), "kind", "CASE", "value", "1"))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void whatWaitsForMyConfirmationIsMineOnly() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.INSPECTOR);
        row("waits-for-me", "WAIT", user.id());
        row("waits-for-another", "WAIT", "another");
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        assertThat(browser.get("/confirmations").body())
                .contains("waits-for-me")
                .doesNotContain("waits-for-another");
        assertThat(browser.get("/").body()).contains("waits-for-me").doesNotContain("waits-for-another");
    }

    @Test
    void savedSearchIsOnesOwnUntilItIsShared() throws Exception {
        TestUsers.User owner = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.User other = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), owner);
        TestUsers.Browser others = TestUsers.signIn(uri("/"), other);
        String name = "未确认-" + random.nextInt(1_000_000);
        assertThat(browser.post("/evidence/searches", Map.of("name", name, "confirmed", "no"))
                        .headers()
                        .firstValue("Location"))
                .hasValueSatisfying(place -> assertThat(place).endsWith("/evidence?confirmed=no"));
        assertThat(browser.get("/evidence").body()).contains(name);
        assertThat(others.get("/evidence").body()).doesNotContain(name);

        browser.post("/evidence/searches", Map.of("name", name, "confirmed", "no", "shared", "true"));
        assertThat(others.get("/evidence").body()).contains(name);
        Matcher id = Pattern.compile("\"id\":([0-9]+),[^}]*" + name)
                .matcher(browser.get("/api/v1/saved-searches").body());
        assertThat(id.find()).isTrue();
        String delete = "/evidence/searches/" + id.group(1) + "/delete";
        assertThat(others.post(delete, Map.of()).statusCode()).isEqualTo(404);
        assertThat(browser.post(delete, Map.of()).statusCode()).isEqualTo(302);
        assertThat(browser.get("/evidence").body()).doesNotContain(name);
    }

    @Test
    void whatCannotBeSavedIsSaidWhy() throws Exception {
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        for (Map<String, String> fields : List.of(
                Map.of("name", "  ", "q", "x"),
                Map.of("name", "x".repeat(61), "q", "x"),
                Map.of("name", "nothing"),
                Map.of("name", "wrong", "verdict", "FINE"))) {
            assertThat(browser.post("/evidence/searches", fields).statusCode()).isEqualTo(400);
        }
        HttpResponse<String> noBody = browser.send(HttpRequest.newBuilder(uri("/api/v1/saved-searches"))
                .header("Content-Type", "application/json")
                .header("X-CSRF-TOKEN", browser.csrf())
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":null,\"conditions\":null,\"shared\":true}")));
        assertThat(noBody.statusCode()).isEqualTo(400);
    }

    @Test
    void conditionThatIsNotUnderstoodIsSaidAtItsFieldAndShowsNothing() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.INSPECTOR);
        row("must-not-show", "WRONG", user.id());
        String body = TestUsers.signIn(uri("/"), user)
                .get("/evidence?case=WRONG&from=yesterday")
                .body();
        assertThat(body).contains("日期应为 2026-11-22 的形式").doesNotContain("must-not-show");
    }
}
