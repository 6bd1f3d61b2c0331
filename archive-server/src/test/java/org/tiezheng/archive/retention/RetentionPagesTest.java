package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.storage.ObjectStore;

/** Screens and REST of retention on the running server: what a hold and a list look like to those who work with them. */
class RetentionPagesTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private Clock clock;

    @Autowired
    private Holds holds;

    private UUID archived() throws IOException {
        TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        return ArchivedPage.archive(jdbc, transactions, store, clock, officer.actor());
    }

    @Test
    void aHoldIsSeenOnThePageInTheListAndByRest() throws Exception {
        UUID id = archived();
        TestUsers.User archivist = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.Browser visitor = TestUsers.signIn(uri("/"), archivist);
        HttpResponse<String> made = visitor.post("/holds", Map.of("id", id.toString(), "reason", "行政诉讼"));
        assertThat(made.statusCode()).isEqualTo(302);
        for (int i = 0; i < 300 && holds.list(id).get(0).state() != Holds.State.ON; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(holds.list(id).get(0).state()).isEqualTo(Holds.State.ON);
        String page = visitor.get("/evidence/" + id + "?lang=en").body();
        assertThat(page).contains("legal hold").contains("行政诉讼").contains("limitation period");
        assertThat(visitor.get("/evidence?held=yes").body()).contains(id.toString());
        assertThat(visitor.get("/evidence?held=no&limit=500").body()).doesNotContain("/evidence/" + id + "\"");
        String rest = visitor.get("/api/v1/evidence/" + id + "/retention").body();
        assertThat(rest).contains("\"classId\":\"CLUE\"").contains("行政诉讼");
        assertThat(visitor.get("/api/v1/evidence?held=true").body()).contains(id.toString());
        for (String path : List.of(
                "/retention",
                "/retention/classes",
                "/retention/cases",
                "/retention/approvals",
                "/holds",
                "/appraisals",
                "/disposals",
                "/api/v1/retention",
                "/api/v1/retention/classes",
                "/api/v1/retention/rules",
                "/api/v1/holds",
                "/api/v1/appraisals",
                "/api/v1/disposals")) {
            assertThat(visitor.get(path).statusCode()).as(path).isEqualTo(200);
        }
    }

    @Test
    void whatWasDestroyedShowsItsRecordAndGivesNothingOut() throws Exception {
        UUID id = archived();
        UUID disposal = UUID.randomUUID();
        // As the end of a disposal leaves it; the way there is DisposalsTest's.
        transactions.executeWithoutResult(status -> {
            UUID appraisal = UUID.randomUUID();
            jdbc.sql("""
                            insert into appraisal (id, evidence_id, decision, opinion, by_id, by_name, at, state)
                            values (:id, :evidence, 'DESTROY', 'x', 'a', '档案管理员甲', now(), 'DONE')""").param("id", appraisal).param("evidence", id).update();
            jdbc.sql("""
                            insert into disposal (id, state, list, list_sha256, opinion, method, supervisors, proposed_by,
                                proposed_by_name, proposed_at, approval_id, approved_by_name, approved_at, started_at, certificate)
                            values (:id, 'RUNNING', '{"items":[]}', repeat('0', 64), 'x', 'x', array['监销人甲', '监销人乙'], 'a',
                                '档案管理员甲', now(), gen_random_uuid(), '负责人甲', now(), now(), '{}')""").param("id", disposal).update();
            jdbc.sql("""
                            insert into disposal_item (disposal_id, position, evidence_id, appraisal_id, state, changed_at)
                            values (:id, 0, :evidence, :appraisal, 'DELETING', now())""")
                    .param("id", disposal)
                    .param("evidence", id)
                    .param("appraisal", appraisal)
                    .update();
            jdbc.sql("""
                            insert into disposal_object (disposal_id, evidence_id, position, member, sha256, size_bytes, key,
                                version_id, state, versions, changed_at)
                            select :id, evidence_id, position, member, sha256, size_bytes, key, version_id, 'DELETED', 2, now()
                            from evidence_object where evidence_id = :evidence""").param("id", disposal).param("evidence", id).update();
            jdbc.sql("select bury_evidence(:evidence, :id, now())")
                    .param("evidence", id)
                    .param("id", disposal)
                    .query((row, number) -> true)
                    .single();
            jdbc.sql("update disposal_item set state = 'DELETED' where disposal_id = :id")
                    .param("id", disposal)
                    .update();
            jdbc.sql("update disposal set state = 'DONE', certificate_sha256 = repeat('1', 64) where id = :id")
                    .param("id", disposal)
                    .update();
        });
        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        assertThat(archivist.get("/api/v1/evidence/" + id + "/package").statusCode())
                .isEqualTo(410);
        assertThat(archivist.get("/api/v1/evidence/" + id + "/package").body())
                .contains("catalogue.disposed")
                .contains(disposal.toString());
        assertThat(archivist.get("/api/v1/evidence/" + id).body()).contains("\"disposalId\":\"" + disposal);
        HttpResponse<String> page = archivist.get("/evidence/" + id + "?lang=en");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("监销人甲").contains("The objects were deleted from every copy");
        assertThat(archivist.get("/evidence/" + id + "/thumbnail").statusCode()).isEqualTo(302);
        assertThat(archivist.get("/evidence?limit=500").statusCode()).isEqualTo(200);
        assertThat(archivist.get("/disposals/" + disposal).body()).contains("监销人乙");
        assertThat(archivist.get("/disposals/" + disposal + "/print").statusCode())
                .isEqualTo(200);
        assertThat(archivist.get("/disposals").statusCode()).isEqualTo(200);
        assertThat(archivist
                        .get("/api/v1/disposals/" + disposal + "/certificate")
                        .body())
                .isEqualTo("{}");
    }

    @Test
    void aReleaseGoesThroughTheScreensOfTwoPersons() throws Exception {
        UUID id = archived();
        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        HttpResponse<String> made = archivist.post("/holds", Map.of("id", id.toString(), "reason", "行政复议"));
        String hold = String.valueOf(made.headers().firstValue("Location").orElse(""));
        String holdPath = URI.create(hold).getPath();
        assertThat(archivist.get(holdPath).body()).contains("行政复议");
        assertThat(archivist
                        .post(holdPath + "/release", Map.of("reason", "复议已终结"))
                        .statusCode())
                .isEqualTo(302);
        String approvalsPage = archivist.get("/retention/approvals").body();
        Matcher approval =
                Pattern.compile("/retention/approvals/([0-9a-f-]{36})").matcher(approvalsPage);
        assertThat(approval.find()).isTrue();
        UUID asked = jdbc.sql("select id from retention_approval where subject = :hold")
                .param("hold", holdPath.substring("/holds/".length()))
                .query(UUID.class)
                .single();
        assertThat(archivist
                        .post("/retention/approvals/" + asked, Map.of("decision", "approve"))
                        .statusCode())
                .isEqualTo(403);
        TestUsers.Browser leader = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.RESPONSIBLE_LEADER));
        assertThat(leader.get("/retention/approvals").body()).contains("复议已终结");
        assertThat(leader.post("/retention/approvals/" + asked, Map.of("decision", "approve", "note", "同意"))
                        .statusCode())
                .isEqualTo(302);
        assertThat(holds.find(UUID.fromString(holdPath.substring("/holds/".length())))
                        .orElseThrow()
                        .releasedAt())
                .isAfter(Instant.EPOCH);
    }
}
