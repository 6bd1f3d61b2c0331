package org.tiezheng.archive.identity.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;

class AccountPagesTest extends ServerTest {
    private static final Pattern TOKEN = Pattern.compile("tz_[A-Za-z0-9_-]{43}");
    private static final Pattern ONE_TIME = Pattern.compile("data-copy=\"([A-Za-z0-9]{5}(?:-[A-Za-z0-9]{5}){3})\"");

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private ApiTokens tokens;

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(matcher.groupCount());
    }

    @Test
    void everyPageIsShownInBothLanguages() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        TestUsers.token(tokens, officer, org.tiezheng.archive.identity.Scope.EVIDENCE_READ);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), admin);
        for (String page : List.of(
                "/account",
                "/account/second-factor",
                "/users",
                "/users/" + officer.id(),
                "/users/" + admin.id(),
                "/users/" + Accounts.AGENTS,
                "/tokens",
                "/sign-in")) {
            for (String language : List.of("zh", "en")) {
                HttpResponse<String> answer = browser.get(page + "?lang=" + language);
                assertThat(answer.statusCode()).as(page).isEqualTo(200);
                assertThat(answer.body())
                        .as(page)
                        .doesNotContain("??", " style=", "onclick")
                        .contains("<main");
            }
        }
    }

    @Test
    void newUserSignsInWithTheOneTimePasswordAndChoosesHisOwn() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.Browser office = TestUsers.signIn(uri("/"), admin);
        String username = "new-" + System.nanoTime();
        HttpResponse<String> made =
                office.post("/users", Map.of("username", username, "displayName", "执法人员丙", "roles", "INSPECTOR"));
        assertThat(location(made)).contains("/users/");
        String page =
                office.get(location(made).replaceAll("^https?://[^/]+", "")).body();
        String password = found(ONE_TIME, page);
        assertThat(office.get(location(made).replaceAll("^https?://[^/]+", "")).body())
                .as("shown once")
                .doesNotContain(password);

        TestUsers.Browser browser = new TestUsers.Browser(uri("/"));
        HttpResponse<String> in = browser.post("/sign-in", Map.of("username", username, "password", password));
        assertThat(location(in)).endsWith("/account/first-steps");
        assertThat(location(browser.get("/account"))).endsWith("/account/first-steps");
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(403);
        assertThat(browser.post(
                                "/account/first-steps/password",
                                Map.of("present", password, "wanted", "short", "repeated", "short"))
                        .body())
                .contains("notice-bad");
        HttpResponse<String> chosen = browser.post(
                "/account/first-steps/password",
                Map.of("present", password, "wanted", TestUsers.PASSWORD, "repeated", TestUsers.PASSWORD));
        assertThat(location(chosen)).endsWith("/account/first-steps");
        assertThat(location(browser.get("/account/first-steps"))).doesNotContain("first-steps");
        assertThat(browser.get("/account").statusCode()).isEqualTo(200);
    }

    @Test
    void auditorSeesUsersAndChangesNothing() throws Exception {
        TestUsers.User auditor = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), auditor);
        assertThat(browser.get("/users/" + officer.id()).body())
                .contains(officer.account().username())
                .doesNotContain("/reset-password", "/disable");
        assertThat(browser.post("/users/" + officer.id() + "/disable", Map.of()).statusCode())
                .isEqualTo(403);
        assertThat(accounts.get(officer.account().id()).state()).isEqualTo(Account.State.ACTIVE);
    }

    @Test
    void administratorChangesRolesCertificateAndState() throws Exception {
        TestUsers.User admin = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        Account account = accounts.create(
                        new NewAccount("change-" + System.nanoTime(), "执法人员丁", Set.of(), null), Actor.system("test"))
                .account();
        String path = "/users/" + account.id();
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), admin);
        browser.post(path + "/roles", Map.of("roles", "ARCHIVIST"));
        assertThat(browser.get(path).body()).contains("notice-ok");
        browser.post(
                path + "/officer",
                Map.of(
                        "unit",
                        "示例局",
                        "certificateNo",
                        "X-" + account.username(),
                        "validFrom",
                        "2026-01-01",
                        "validTo",
                        "2027-01-01"));
        assertThat(browser.get(path).body()).contains("notice-ok");
        browser.post(path + "/disable", Map.of());
        assertThat(browser.get(path).body()).contains("notice-ok");
        assertThat(accounts.get(account.id()).roles()).containsExactly(Role.ARCHIVIST);
        assertThat(accounts.get(account.id()).state()).isEqualTo(Account.State.DISABLED);
        assertThat(officers.find(account.id()).orElseThrow().unit()).isEqualTo("示例局");
        browser.post(
                path + "/officer", Map.of("unit", "x", "certificateNo", "y", "validFrom", "never", "validTo", "x"));
        assertThat(browser.get(path).body()).contains("notice-bad");
        assertThat(browser.get("/users/" + java.util.UUID.randomUUID()).statusCode())
                .isEqualTo(404);
        assertThat(browser.get("/users/nonsense").statusCode()).isEqualTo(404);
    }

    @Test
    void ownTokenIsShownOnceAndRevoked() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        browser.post("/account/tokens", Map.of("name", "脚本", "scopes", "evidence.read", "days", "30"));
        String secret = found(TOKEN, browser.get("/account").body());
        assertThat(browser.get("/account").body()).doesNotContain(secret);
        assertThat(tokens.introspect(secret)).isPresent();
        // An agent's token is not for everybody to make.
        browser.post("/account/tokens", Map.of("name", "x", "scopes", "agent", "days", "30"));
        assertThat(browser.get("/account").body()).contains("notice-bad");
        browser.post(
                "/account/tokens/"
                        + tokens.ofAccount(user.account().id()).get(0).id() + "/revoke",
                Map.of());
        assertThat(tokens.introspect(secret)).isEmpty();
        TestUsers.User other = TestUsers.create(accounts, Role.ARCHIVIST);
        String others = TestUsers.token(tokens, other, org.tiezheng.archive.identity.Scope.EVIDENCE_READ);
        browser.post(
                "/account/tokens/"
                        + tokens.ofAccount(other.account().id()).get(0).id() + "/revoke",
                Map.of());
        assertThat(tokens.introspect(others)).as("of somebody else").isPresent();
    }

    @Test
    void signingOutOtherDevicesLeavesThisOne() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.Browser here = TestUsers.signIn(uri("/"), user);
        TestUsers.Browser there = TestUsers.signIn(uri("/"), user);
        // One of the two is this one, and has no button to end it.
        assertThat(here.get("/account").body()).containsOnlyOnce("/end\"");
        here.post("/account/sessions/end-others", Map.of());
        assertThat(here.get("/account").statusCode()).isEqualTo(200);
        assertThat(there.get("/account").statusCode()).isEqualTo(302);
    }

    @Test
    void qrCodeIsShownOnlyWhileItIsSetUp() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        assertThat(browser.get("/account/first-steps/qr.svg").statusCode()).isEqualTo(404);
        browser.get("/account/second-factor");
        HttpResponse<String> picture = browser.get("/account/first-steps/qr.svg");
        assertThat(picture.headers().firstValue("Content-Type").orElse("")).startsWith("image/svg+xml");
        assertThat(picture.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
    }

    @Test
    void ownAccountIsKeptByRestToo() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.AUDITOR);
        TestUsers.Browser here = TestUsers.signIn(uri("/"), user);
        TestUsers.Browser there = TestUsers.signIn(uri("/"), user);
        String wanted = "Xin-de_2026 mi ma ma";
        assertThat(rest(here, "PUT", "password", "{\"present\":\"wrong\",\"wanted\":\"" + wanted + "\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(rest(here, "PUT", "password", "{\"present\":\"" + user.password() + "\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(there.get("/account").statusCode()).isEqualTo(200);
        assertThat(rest(
                                here,
                                "PUT",
                                "password",
                                "{\"present\":\"" + user.password() + "\",\"wanted\":\"" + wanted + "\"}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(there.get("/account").statusCode()).as("signed out there").isEqualTo(302);
        assertThat(here.get("/api/v1/me/sessions").body()).containsOnlyOnce("\"id\"");

        HttpResponse<String> begun = rest(here, "POST", "second-factor", "");
        assertThat(begun.statusCode()).isEqualTo(200);
        assertThat(begun.body()).contains("\"active\":false", "otpauth://totp/");
        assertThat(rest(here, "POST", "second-factor", "").body())
                .as("goes on with what was begun")
                .isEqualTo(begun.body());
        HttpResponse<String> wrongCode = rest(here, "PUT", "second-factor", "{\"code\":\"abc\"}");
        assertThat(wrongCode.statusCode()).isEqualTo(409);
        assertThat(wrongCode.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(here.get("/api/v1/me/second-factor").body()).doesNotContain("otpauth");
        assertThat(rest(here, "POST", "second-factor/remove", "{\"password\":\"wrong\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(rest(here, "PUT", "language", "{\"language\":\"en\"}").statusCode())
                .isEqualTo(204);
        assertThat(rest(here, "PUT", "language", "{\"language\":\"tlh\"}").statusCode())
                .isEqualTo(400);
        // A token for reading evidence is not one for passwords.
        String reads = TestUsers.token(tokens, user, org.tiezheng.archive.identity.Scope.EVIDENCE_READ);
        assertThat(send(HttpRequest.newBuilder(uri("/api/v1/me/sessions"))
                                .header("Authorization", "Bearer " + reads)
                                .GET())
                        .statusCode())
                .isEqualTo(403);
    }

    private HttpResponse<String> rest(TestUsers.Browser browser, String method, String what, String json)
            throws Exception {
        return browser.send(HttpRequest.newBuilder(uri("/api/v1/me/" + what))
                .header("Content-Type", "application/json")
                .header("X-CSRF-TOKEN", browser.csrf())
                .method(method, HttpRequest.BodyPublishers.ofString(json)));
    }
}
