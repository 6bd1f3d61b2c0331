package org.tiezheng.archive.identity.security;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent.Result;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.AuditQuery;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;

class SignInTest extends ServerTest {
    @Autowired
    @Qualifier("springSecurityFilterChain")
    private Filter chain;

    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private AuditLog audit;

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    @Test
    void strangerIsSentToTheSignInPageAndBackToWhatHeWanted() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.Browser browser = new TestUsers.Browser(uri("/"));
        HttpResponse<String> refused = browser.get("/ui?lang=en");
        assertThat(refused.statusCode()).isEqualTo(302);
        assertThat(location(refused)).endsWith("/sign-in");
        HttpResponse<String> in =
                browser.post("/sign-in", Map.of("username", admin.account().username(), "password", admin.password()));
        assertThat(location(in)).contains("/ui?lang=en");
        assertThat(browser.get("/ui").statusCode()).isEqualTo(200);
        HttpResponse<String> out = browser.post("/logout", Map.of());
        assertThat(location(out)).endsWith("/sign-in");
        assertThat(browser.get("/ui").statusCode()).isEqualTo(302);
    }

    @Test
    void wrongPasswordIsAnsweredInBothLanguages() throws Exception {
        TestUsers.Browser browser = new TestUsers.Browser(uri("/"));
        Map<String, String> wrong = Map.of("username", "nobody", "password", "wrong");
        assertThat(browser.post("/sign-in?lang=zh", wrong))
                .matches(answer -> answer.statusCode() == 401)
                .extracting(HttpResponse::body)
                .asString()
                .contains("用户名或密码不正确");
        assertThat(browser.post("/sign-in?lang=en", wrong).body()).contains("wrong user name or password");
    }

    @Test
    void sessionGetsANewNumberAndTheCookieIsClosed() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser browser = new TestUsers.Browser(uri("/"));
        HttpResponse<String> before = browser.get("/sign-in");
        String cookie = before.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).startsWith("TIEZHENG=").contains("HttpOnly", "SameSite=Lax", "Path=/");
        List<java.net.HttpCookie> old =
                List.copyOf(browser.cookies().getCookieStore().getCookies());
        browser.post("/sign-in", Map.of("username", user.account().username(), "password", user.password()));
        assertThat(browser.cookies().getCookieStore().getCookies())
                .extracting(java.net.HttpCookie::getValue)
                .doesNotContainAnyElementsOf(
                        old.stream().map(java.net.HttpCookie::getValue).toList());
    }

    @Test
    void formWithoutItsTokenIsRefused() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        HttpResponse<String> forged = browser.send(HttpRequest.newBuilder(uri("/logout"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(forged.statusCode()).isEqualTo(403);
        assertThat(browser.get("/ui").statusCode()).isEqualTo(403);
    }

    @Test
    void wrongRoleGetsPlainWordsAndALineInTheAuditLog() throws Exception {
        TestUsers.User inspector = TestUsers.create(accounts, Role.INSPECTOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), inspector);
        HttpResponse<String> denied = browser.get("/ui?lang=zh");
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).contains("您没有这项权限").doesNotContain("Exception");
        assertThat(audit.find(
                        new AuditQuery(inspector.id(), "access.refused", null, null, Result.REFUSED, null, null),
                        Long.MAX_VALUE,
                        10))
                .extracting(AuditEntry::event)
                .extracting(event -> event.objectId())
                .containsExactly("GET /ui");
    }

    @Test
    void changeOfRolesEndsTheSession() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        assertThat(browser.get("/ui").statusCode()).isEqualTo(200);
        accounts.setRoles(user.account().id(), java.util.Set.of(Role.AUDITOR), Actor.system("test"));
        assertThat(browser.get("/ui").statusCode()).isEqualTo(302);
    }

    @Test
    void apiAnswersWithProblems() throws Exception {
        HttpResponse<String> without = get("/api/v1/nothing");
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(without.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(without.body()).contains("\"status\":401");
        HttpResponse<String> bad =
                send(HttpRequest.newBuilder(uri("/api/v1/nothing")).header("Authorization", "Bearer tz_bad"));
        assertThat(bad.statusCode()).isEqualTo(401);
    }

    @Test
    void tokenReachesWhatItsScopesSayAndIsRefusedOnceRevoked() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        String read = TestUsers.token(tokens, auditor, Scope.EVIDENCE_READ);
        // No such endpoint: 404 says that the gates let it through.
        assertThat(api("GET", "/api/v1/evidence/none/such/thing", read)).isEqualTo(404);
        assertThat(api("POST", "/api/v1/evidence/none/such/thing", read)).isEqualTo(403);
        assertThat(api("GET", "/api/v1/accounts", read)).isEqualTo(403);
        String agent = TestUsers.token(tokens, auditor, Scope.AGENT);
        assertThat(api("GET", "/api/agent/nothing", agent)).isEqualTo(404);
        assertThat(api("GET", "/api/v1/evidence", agent)).isEqualTo(403);
        long events = audit.head().seq();
        assertThat(api("GET", "/api/agent/nothing", agent)).isEqualTo(404);
        assertThat(audit.head().seq())
                .as("no audit event for a look at a token")
                .isEqualTo(events);
        tokens.ofAccount(auditor.account().id()).forEach(token -> tokens.revoke(token.id(), Actor.system("test")));
        assertThat(api("GET", "/api/agent/nothing", agent)).isEqualTo(401);
    }

    @Test
    void descriptionOfTheInterfaceIsForThoseWhoMayEnter() throws Exception {
        assertThat(get("/api/v1/openapi").statusCode()).isEqualTo(401);
        assertThat(get("/v3/api-docs").statusCode()).isEqualTo(302);
        String token = TestUsers.token(tokens, TestUsers.create(accounts, Role.AUDITOR), Scope.ADMIN);
        HttpResponse<String> description =
                send(HttpRequest.newBuilder(uri("/api/v1/openapi")).header("Authorization", "Bearer " + token));
        assertThat(description.statusCode()).isEqualTo(200);
        assertThat(description.body()).contains("\"openapi\":\"3", "/api/v1/accounts");
    }

    private int api(String method, String path, String token) throws Exception {
        return send(HttpRequest.newBuilder(uri(path))
                        .header("Authorization", "Bearer " + token)
                        .method(method, HttpRequest.BodyPublishers.noBody()))
                .statusCode();
    }

    @Test
    void everyAnswerCarriesTheHeaders() throws Exception {
        for (String path : List.of("/sign-in", "/api/v1/nothing", "/assets/app.css", "/no-such-page")) {
            var headers = get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'")
                    .doesNotContain("unsafe");
            assertThat(headers.firstValue("X-Content-Type-Options")).as(path).hasValue("nosniff");
            assertThat(headers.firstValue("X-Frame-Options")).as(path).hasValue("DENY");
            assertThat(headers.firstValue("Referrer-Policy")).as(path).hasValue("same-origin");
            assertThat(headers.firstValue("Cross-Origin-Opener-Policy"))
                    .as(path)
                    .hasValue("same-origin");
            assertThat(headers.firstValue("Permissions-Policy").orElse(""))
                    .as(path)
                    .contains("camera=()");
            // This server answers on plain HTTP: the header belongs to TLS only.
            assertThat(headers.firstValue("Strict-Transport-Security")).as(path).isEmpty();
        }
    }

    /** The chain itself, since this server has no certificate: what a browser over TLS, or behind a proxy that says so, is told. */
    @Test
    void overTlsTheBrowserIsToldToStayThere() throws Exception {
        for (String path : List.of("/sign-in", "/api/v1/nothing", "/assets/app.css")) {
            MockHttpServletRequest request = new MockHttpServletRequest("GET", path);
            request.setSecure(true);
            MockHttpServletResponse response = new MockHttpServletResponse();
            chain.doFilter(request, response, new MockFilterChain());
            assertThat(response.getHeader("Strict-Transport-Security")).as(path).isEqualTo("max-age=31536000");
        }
    }
}
