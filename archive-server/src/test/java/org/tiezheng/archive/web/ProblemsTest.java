package org.tiezheng.archive.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;

class ProblemsTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    private TestUsers.Browser signedIn(Role role) throws Exception {
        return TestUsers.signIn(uri("/"), TestUsers.create(accounts, role));
    }

    private HttpRequest.Builder page(String path) {
        return HttpRequest.newBuilder(uri(path)).header("Accept", "text/html");
    }

    @Test
    void pageThatIsNotThereSaysSoInWordsWithANumberAndNoStackTrace() throws Exception {
        HttpResponse<String> answer = signedIn(Role.INSPECTOR).send(page("/no/such/page?secret=1"));
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(answer.body())
                .contains("没有这个页面", "证据是否安全", "怎么办")
                .containsPattern("E-[A-Z2-9]{8}")
                .doesNotContain("Exception", "at org.", "secret=1");
    }

    @Test
    void sameInEnglish() throws Exception {
        HttpResponse<String> answer = signedIn(Role.INSPECTOR).send(page("/no/such/page?lang=en"));
        assertThat(answer.body()).contains("There is no such page", "Is the evidence safe?", "lang=\"en\"");
        assertThat(answer.headers().allValues("Set-Cookie")).noneMatch(cookie -> cookie.contains("lang=fr"));
    }

    @Test
    void programsGetProblemJsonInTheirLanguage() throws Exception {
        TestUsers.Browser browser = signedIn(Role.INSPECTOR);
        HttpResponse<String> chinese = browser.send(
                HttpRequest.newBuilder(uri("/api/v1/no-such-thing")).header("Accept-Language", "zh-CN"));
        assertThat(chinese.statusCode()).isEqualTo(404);
        assertThat(chinese.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(chinese.body())
                .contains("\"type\":\"urn:tiezheng:problem:no-page\"", "\"status\":404", "\"title\":\"没有这个页面\"");
        HttpResponse<String> english = browser.send(
                HttpRequest.newBuilder(uri("/api/v1/no-such-thing")).header("Accept-Language", "en-GB"));
        assertThat(english.body()).contains("\"title\":\"There is no such page\"", "\"code\":\"no-page\"");
    }

    @Test
    void wrongRoleIsRefusedInWords() throws Exception {
        HttpResponse<String> answer = signedIn(Role.SYSTEM_ADMINISTRATOR).send(page("/evidence"));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("您没有这项权限").doesNotContain("AccessDenied");
    }

    @Test
    void numberThatIsNoneIsTheCallersMistakeNotOurs() throws Exception {
        TestUsers.Browser browser = signedIn(Role.INSPECTOR);
        assertThat(browser.send(page("/evidence/not-a-uuid/thumbnail")).statusCode())
                .isEqualTo(404);
        assertThat(browser.send(page("/evidence?cursor=forged")).statusCode()).isEqualTo(400);
        assertThat(browser.post("/evidence/searches/x/delete", Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(browser.send(page("/evidence")
                                .PUT(HttpRequest.BodyPublishers.noBody())
                                .header("X-CSRF-TOKEN", browser.csrf()))
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void brokenJsonAndWrongTypesAre400And415() throws Exception {
        TestUsers.Browser browser = signedIn(Role.INSPECTOR);
        for (Map.Entry<String, String> body :
                Map.of("{", "application/json", "x", "text/plain").entrySet()) {
            HttpResponse<String> answer = browser.send(HttpRequest.newBuilder(uri("/api/v1/saved-searches"))
                    .header("Content-Type", body.getValue())
                    .header("X-CSRF-TOKEN", browser.csrf())
                    .POST(HttpRequest.BodyPublishers.ofString(body.getKey())));
            assertThat(answer.statusCode()).isEqualTo(body.getKey().equals("{") ? 400 : 415);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(answer.body()).doesNotContain("Exception", "tools.jackson");
        }
    }
}
