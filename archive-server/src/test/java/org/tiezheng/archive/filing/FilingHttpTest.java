package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.storage.ObjectStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Filing over HTTP: fonds, preview, task, answers, what was filed; and refused to others. */
class FilingHttpTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private AuditLog audit;

    @Autowired
    private Clock clock;

    @TempDir
    private Path folder;

    private String archivist;

    private HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json");
    }

    private JsonNode post(String path, String body, int status) throws Exception {
        HttpResponse<String> answer = send(request(path, archivist).POST(BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(status);
        return answer.body().isEmpty()
                ? JsonMapper.shared().createObjectNode()
                : JsonMapper.shared().readTree(answer.body());
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = send(request(path, archivist).GET());
        assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    private UUID evidence(String caseNo) throws IOException {
        TestPackages packages = new TestPackages(folder.resolve("p"), Instant.parse("2026-11-21T08:00:00Z"));
        UUID id = new TestArchive(jdbc, transactions, store, packages, clock)
                .archive(
                        packages.make("归档的网页", "http://shop.example/" + UUID.randomUUID(), "明前龙井"),
                        new NewEvidence.InitialLinks(null, caseNo, null, null, null));
        transactions.executeWithoutResult(status -> {
            for (int i = 1; i <= 2; i++) {
                Actor officer = new Actor("filing-officer-" + i, "执法人员" + i, "INSPECTOR", "F-" + i, null, null);
                jdbc.sql("""
                                insert into confirmation (evidence_id, account_id, name, unit, cert_no, cert_valid_from,
                                    cert_valid_to, method, confirmed_at)
                                values (:id, :account, :name, '甲局', :no, '2020-01-01', '2030-01-01', 'OWN_SESSION', :at)""")
                        .param("id", id)
                        .param("account", officer.id())
                        .param("name", officer.name())
                        .param("no", "F-" + i)
                        .param("at", Timestamp.from(clock.instant()))
                        .update();
                var unused = audit.append(AuditEvent.ok(officer, "evidence.confirm", "evidence", id.toString()));
            }
            jdbc.sql("update evidence set confirmed_at = now() where id = :id")
                    .param("id", id)
                    .update();
            var unused =
                    audit.append(AuditEvent.ok(TestArchive.OFFICER, "evidence.archived", "evidence", id.toString()));
        });
        return id;
    }

    @Test
    void anArchivistFilesACaseByRestAndNobodyElseDoes() throws Exception {
        TestUsers.User user = TestUsers.create(accounts, Role.ARCHIVIST);
        archivist = TestUsers.token(tokens, user, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        String fonds = "T" + UUID.randomUUID().toString().substring(0, 6).toUpperCase(java.util.Locale.ROOT);
        HttpResponse<String> set =
                send(request("/api/v1/filing/fonds/" + fonds, archivist).PUT(BodyPublishers.ofString("""
                                {"name":"测试全宗","unit":"甲市局","categories":{"XZCF":"行政处罚"},"organisations":{"WJ":"网监"}}""")));
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        HttpResponse<String> bad = send(request("/api/v1/filing/fonds/" + fonds, archivist)
                .PUT(BodyPublishers.ofString(
                        "{\"name\":\"x\",\"itemPattern\":\"{fonds}{item}\",\"categories\":null}")));
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.body()).contains("itemPattern").contains("unit");
        String caseNo = "案-" + UUID.randomUUID();
        UUID id = evidence(caseNo);
        String order = "{\"caseNo\":\"" + caseNo + "\",\"fonds\":\"" + fonds
                + "\",\"category\":\"XZCF\",\"organisation\":\"WJ\"}";
        JsonNode plan = post("/api/v1/filing/preview", order, 200);
        assertThat(plan.path("total").asInt()).isEqualTo(1);
        assertThat(plan.path("items").path(0).path("codeBegins").asString()).startsWith(fonds + "-XZCF·2026-");
        JsonNode task = post("/api/v1/filing/tasks", order, 202);
        String path = "/api/v1/filing/tasks/" + task.path("id").asString();
        await(() -> json(path).path("state").asString().equals("DONE"));
        JsonNode item = json(path + "/items").path("items").path(0);
        assertThat(item.path("state").asString()).as(item.toString()).isEqualTo("OPEN");
        String check = "/api/v1/filing/checks/" + item.path("checkId").asString();
        assertThat(json(check).path("items")).hasSize(40);
        JsonNode left = post(check + "/answers", "{\"code\":\"GD-2-9\",\"result\":\"PASS\",\"note\":\"卷内目录已核对\"}", 204);
        assertThat(left).isEmpty();
        // The test server trusts no root of these packages: who signed is open, and no reason makes up for that.
        JsonNode unanswered = post(path + "/items/0/file", "{\"reason\":\"演示\"}", 409);
        assertThat(unanswered.path("type").asString()).endsWith("filing.unanswered");
        left = post(check + "/answers", "{\"code\":\"GD-1-1\",\"result\":\"PASS\",\"note\":\"另以离线核验程序核对\"}", 204);
        assertThat(left).isEmpty();
        assertThat(post(path + "/items/0/file", "{}", 400).path("type").asString())
                .endsWith("invalid");
        JsonNode filed = post(path + "/items/0/file", "{\"reason\":\"演示环境未配杀毒软件\"}", 200);
        String code = filed.path("archivalCode").asString();
        assertThat(code).startsWith(fonds + "-XZCF·2026-").endsWith("-0001-001");
        assertThat(json("/api/v1/filing/filed/" + id).path("archivalCode").asString())
                .isEqualTo(code);
        assertThat(json("/api/v1/evidence/" + id).path("archivalCode").asString())
                .isEqualTo(code);
        assertThat(json("/api/v1/evidence?archivalCode=" + fonds + "-XZCF").path("items"))
                .hasSize(1);
        assertThat(json(check + "/report").path("archivalCode").asString()).isEqualTo(code);
        assertThat(json("/api/v1/filing/volumes?caseNo="
                                + java.net.URLEncoder.encode(caseNo, java.nio.charset.StandardCharsets.UTF_8))
                        .path("items"))
                .hasSize(1);
        assertThat(json("/api/v1/filing").path("filed").asInt()).isPositive();
        pages(user, fonds, path, check, id, caseNo);
        String auditor = TestUsers.token(
                tokens, TestUsers.create(accounts, Role.AUDITOR), Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        assertThat(send(request("/api/v1/filing/tasks", auditor).POST(BodyPublishers.ofString(order)))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/api/v1/filing/filed/" + id, auditor).GET()).statusCode())
                .isEqualTo(200);
    }

    /** Every screen of the area, with something on it. */
    private void pages(TestUsers.User user, String fonds, String task, String check, UUID id, String caseNo)
            throws Exception {
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), user);
        String volume = json("/api/v1/filing/filed/" + id).path("volumeId").asString();
        String run = check.substring(check.lastIndexOf('/'));
        for (String page : java.util.List.of(
                "/filing",
                "/filing/filed",
                "/filing/volumes",
                "/filing/volumes/" + volume,
                "/filing/fonds",
                "/filing/fonds/" + fonds,
                "/filing/new?q=",
                "/filing/new?evidence=" + id,
                "/filing/tasks" + task.substring(task.lastIndexOf('/')),
                "/filing/tasks" + task.substring(task.lastIndexOf('/')) + "/progress",
                "/filing/checks" + run,
                "/filing/checks" + run + "/print",
                "/filing/checks" + run + "/report.json",
                "/filing/exports?volume=" + volume,
                "/filing/imports",
                "/evidence?code=" + fonds,
                "/evidence/" + id)) {
            for (String language : java.util.List.of("zh", "en")) {
                HttpResponse<String> answer = browser.get(page + (page.contains("?") ? "&" : "?") + "lang=" + language);
                assertThat(answer.statusCode()).as(page).isEqualTo(200);
                assertThat(answer.body()).as(page).doesNotContain("??");
            }
        }
        assertThat(browser.get("/filing/volumes/" + volume).body()).contains(caseNo);
        assertThat(browser.get("/evidence/" + id).body()).contains(fonds + "-XZCF");
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        Instant end = Clock.systemUTC().instant().plus(Duration.ofSeconds(60));
        while (!condition.holds()) {
            assertThat(Clock.systemUTC().instant()).isBefore(end);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
