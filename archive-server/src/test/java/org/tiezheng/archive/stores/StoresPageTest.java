package org.tiezheng.archive.stores;

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

/** The screen and REST, by role, with the default stores: two folders. */
class StoresPageTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Test
    void theAdministratorSeesWhatTheStoreIsWorthInBothLanguages() throws Exception {
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));

        HttpResponse<String> english = browser.get("/stores?lang=en");
        assertThat(english.statusCode()).isEqualTo(200);
        assertThat(english.body())
                .contains(
                        "Tamper-evident, not WORM", "Primary store", "Copies at the custodian", "Test now", "Retry now")
                .doesNotContain("??");
        HttpResponse<String> chinese = browser.get("/stores?lang=zh");
        assertThat(chinese.body()).contains("防篡改可察觉,非 WORM", "保管方副本").doesNotContain("??");

        assertThat(browser.post("/stores/objects/self-test", Map.of()).statusCode())
                .isEqualTo(302);
        assertThat(browser.post("/stores/custodian/retry", Map.of()).statusCode())
                .isEqualTo(302);
        assertThat(browser.post("/stores/nothing/self-test", Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(browser.post("/stores/override", Map.of("reason", "too short"))
                        .statusCode())
                .isEqualTo(400);
        // A folder is let in anyway: there is nothing to override.
        assertThat(browser.post("/stores/override", Map.of("reason", "long enough a reason"))
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void theAuditorLooksAndChangesNothingTheInspectorDoesNotEvenLook() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        HttpResponse<String> page = auditor.get("/stores?lang=en");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).doesNotContain("Test now", "Retry now");
        assertThat(auditor.post("/stores/objects/self-test", Map.of()).statusCode())
                .isEqualTo(403);

        TestUsers.Browser inspector = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(inspector.get("/stores").statusCode()).isEqualTo(403);
    }

    @Test
    void restSaysTheSame() throws Exception {
        String token = TestUsers.token(tokens, TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR), Scope.ADMIN);

        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(uri("/api/v1/stores")).header("Authorization", "Bearer " + token));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"standing\":\"FOLDER\"", "\"id\":\"custodian\"", "\"waiting\":0");
        HttpResponse<String> refused = send(HttpRequest.newBuilder(uri("/api/v1/stores/override"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"reason\":\"short\"}")));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("Content-Type").orElse("")).contains("problem+json");
        assertThat(get("/api/v1/stores").statusCode()).isEqualTo(401);
    }
}
