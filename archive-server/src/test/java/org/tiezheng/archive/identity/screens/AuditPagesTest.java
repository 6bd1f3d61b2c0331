package org.tiezheng.archive.identity.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;

class AuditPagesTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private ChainState chain;

    @Test
    void auditorFiltersPagesAndExports() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.User other = TestUsers.create(accounts, Role.INSPECTOR);
        accounts.rename(other.account().id(), "=cmd()", org.tiezheng.archive.audit.Actor.system("test"));
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), auditor);
        for (String language : new String[] {"zh", "en"}) {
            HttpResponse<String> page =
                    browser.get("/audit?lang=" + language + "&type=account&object=" + other.id() + "&from=2020-01-01");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("account.create", "account.rename").doesNotContain("??", "sign-in</code>");
        }
        assertThat(browser.get("/audit?action=account.create&actor=system%3Atest&result=OK")
                        .body())
                .contains("account.create");
        assertThat(browser.get("/audit?lang=en&action=account.create&object=" + other.id())
                        .body())
                .contains("<span>Account made</span>", "<code>account.create</code>");
        assertThat(browser.get("/audit?lang=zh&action=account.create&object=" + other.id())
                        .body())
                .contains("<span>新建账号</span>", "<option value=\"hold.place\">发起冻结</option>");
        assertThat(browser.get("/audit?from=yesterday").statusCode()).isEqualTo(400);
        assertThat(browser.get("/audit?result=MAYBE").statusCode()).isEqualTo(400);
        assertThat(browser.get("/audit?object=none").statusCode()).isEqualTo(200);
        HttpResponse<String> csv = browser.get("/audit.csv?object=" + other.id());
        assertThat(csv.headers().firstValue("Content-Type").orElse("")).startsWith("text/csv");
        assertThat(csv.body().lines().toList()).hasSize(3).first().asString().startsWith("\ufeffseq,at,");
        assertThat(browser.get("/audit?action=audit.export&actor=" + auditor.id())
                        .body())
                .contains("audit.export");
    }

    @Test
    void chainIsVerifiedOnDemand() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), auditor);
        assertThat(browser.post("/audit/verify", Map.of()).statusCode()).isEqualTo(302);
        String name = auditor.account().displayName();
        for (int i = 0;
                i < 600
                        && chain.latest().stream()
                                .noneMatch(check -> check.askedName().equals(name));
                i++) {
            Thread.sleep(100);
        }
        assertThat(browser.get("/audit/chain?lang=en").body())
                .contains("Verified ", "all rows", name)
                .doesNotContain("??");
        assertThat(browser.get("/audit?lang=zh").body()).contains("最近的核验").doesNotContain("??");
        String token = TestUsers.token(tokens, auditor, Scope.ADMIN);
        assertThat(api("/api/v1/audit/chain", token).body()).contains("\"intact\":true", "\"kind\":\"FULL\"");
    }

    @Test
    void restGivesTheSameToTheAuditorOnly() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        String token = TestUsers.token(tokens, auditor, Scope.ADMIN);
        HttpResponse<String> first = api("/api/v1/audit?limit=1", token);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.body()).contains("\"next\":\"");
        String next = first.body().replaceAll(".*\"next\":\"([^\"]+)\".*", "$1");
        assertThat(api("/api/v1/audit?limit=1&cursor=" + next, token).body()).contains("\"seq\":");
        assertThat(api("/api/v1/accounts?limit=2", token).body())
                .contains("\"accounts\":[")
                .doesNotContain("argon2");
        assertThat(api("/api/v1/me", token).body()).contains("\"scopes\":[\"admin\"]");
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        String admins = TestUsers.token(tokens, admin, Scope.ADMIN);
        assertThat(api("/api/v1/audit", admins).statusCode()).isEqualTo(403);
        HttpResponse<String> account = api("/api/v1/accounts/" + auditor.id(), admins);
        String tag = account.headers().firstValue("ETag").orElseThrow();
        assertThat(send(HttpRequest.newBuilder(uri("/api/v1/accounts/" + auditor.id()))
                                .header("Authorization", "Bearer " + admins)
                                .header("If-None-Match", tag))
                        .statusCode())
                .isEqualTo(304);
        assertThat(put("/api/v1/accounts/" + auditor.id() + "/name", "{\"displayName\":\"审计员\"}", admins, "\"other\"")
                        .statusCode())
                .isEqualTo(412);
        assertThat(put("/api/v1/accounts/" + auditor.id() + "/name", "{\"displayName\":\"审计员\"}", admins, tag)
                        .body())
                .contains("审计员");
        HttpResponse<String> conflict = put(
                "/api/v1/accounts/" + auditor.id() + "/roles", "{\"roles\":[\"AUDITOR\",\"ARCHIVIST\"]}", admins, "*");
        assertThat(conflict.statusCode()).isEqualTo(409);
        assertThat(conflict.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(put("/api/v1/accounts/" + auditor.id() + "/roles", "{\"roles\":[\"KING\"]}", admins, "*")
                        .statusCode())
                .isEqualTo(400);
        assertThat(put("/api/v1/accounts/" + auditor.id() + "/roles", "{}", admins, "*")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void tokenCannotMakeTokens() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        String token = TestUsers.token(tokens, admin, Scope.ADMIN);
        HttpResponse<String> refused = send(HttpRequest.newBuilder(uri("/api/v1/tokens"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"x\",\"scopes\":[\"admin\"],\"days\":300}")));
        assertThat(refused.statusCode()).isEqualTo(403);
    }

    @Test
    void bodyThatIsTooLargeIsRefused() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        String token = TestUsers.token(tokens, admin, Scope.ADMIN);
        byte[] large = new byte[17_000_000];
        java.util.Arrays.fill(large, (byte) ' ');
        // Without a length: chunked.
        HttpResponse<String> refused = send(HttpRequest.newBuilder(uri("/api/v1/accounts"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large))));
        assertThat(refused.statusCode()).isEqualTo(413);
    }

    @Test
    void formulaIsNotOneInASpreadsheet() {
        assertThat(AuditController.cell("=1+1")).isEqualTo("'=1+1");
        assertThat(AuditController.cell("a,\"b\"")).isEqualTo("\"a,\"\"b\"\"\"");
        assertThat(AuditController.cell("\r=1")).isEqualTo("\"'\r=1\"");
        assertThat(AuditController.cell(null)).isEmpty();
    }

    private HttpResponse<String> api(String path, String token) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> put(String path, String json, String token, String match) throws Exception {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("If-Match", match)
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
    }
}
