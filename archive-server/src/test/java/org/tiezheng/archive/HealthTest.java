package org.tiezheng.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.AuditQuery;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;

class HealthTest extends ServerTest {
    @Autowired
    @SuppressWarnings("NullAway.Init")
    private Accounts accounts;

    @Autowired
    @SuppressWarnings("NullAway.Init")
    private ApiTokens tokens;

    @Autowired
    @SuppressWarnings("NullAway.Init")
    private AuditLog audit;

    private HttpResponse<String> get(String path, String token) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token));
    }

    @Test
    void healthIsOpenAndTellsNothingElse() throws Exception {
        HttpResponse<String> answer = get("/health");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"status\":\"UP\"}");
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).isEqualTo("{\"status\":\"READY\"}");
    }

    @Test
    void partsAndFiguresAreNotForStrangers() throws Exception {
        String officer = TestUsers.token(tokens, TestUsers.create(accounts, Role.INSPECTOR), Scope.EVIDENCE_READ);
        for (String path : new String[] {"/api/v1/health", "/actuator/prometheus", "/actuator/env", "/actuator"}) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(401);
            assertThat(get(path, officer).statusCode()).as(path).isEqualTo(403);
        }
    }

    @Test
    void administratorSeesPartsAndMonitoringSeesFigures() throws Exception {
        String admin = TestUsers.token(tokens, TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR), Scope.ADMIN);
        assertThat(get("/api/v1/health", admin).body())
                .contains("\"database\":{\"status\":\"UP\",\"code\":\"ok\"", "\"disk\":");
        HttpResponse<String> figures = get("/actuator/prometheus", admin);
        assertThat(figures.statusCode()).isEqualTo(200);
        assertThat(figures.body())
                .contains(
                        "tiezheng_health{application=\"tiezheng\",part=\"database\"} 1.0",
                        "tiezheng_audit_rows{",
                        "tiezheng_ingest_packages{",
                        "tiezheng_ingest_received_bytes_total{",
                        "tiezheng_ingest_stage_seconds_count{");
        assertThat(get("/actuator/env", admin).statusCode()).isEqualTo(404);
    }

    @Test
    void statusPageSaysEverythingInWordsOfBothLanguages() throws Exception {
        TestUsers.Browser administrator =
                TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));
        for (String language : new String[] {"zh-CN", "en"}) {
            HttpResponse<String> page = administrator.get("/status?lang=" + language);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body())
                    .contains("PostgreSQL 18", language.equals("en") ? "Evidence store" : "证据存储")
                    .doesNotContain("health.", "??", ">audit-chain<");
        }
        assertThat(TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR))
                        .get("/status")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void startIsInTheAuditLog() {
        assertThat(audit.find(new AuditQuery(null, "server.start", null, null, null, null, null), Long.MAX_VALUE, 10))
                .isNotEmpty();
    }
}
