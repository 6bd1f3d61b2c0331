package org.tiezheng.archive.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.evidence.record.EvidenceRecord;
import org.tiezheng.storage.ObjectStore;

/** Screens and REST by role, on the running server with its embedded authority. */
class RecordsPageTest extends ServerTest {
    @TempDir
    private Path folder;

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
    private Clock clock;

    @Autowired
    private RecordTable table;

    private UUID archive() throws Exception {
        TestPackages packages = new TestPackages(folder, clock.instant().minus(Duration.ofMinutes(5)));
        return new TestArchive(jdbc, transactions, store, packages, clock)
                .archive(packages.make("茶叶旗舰店", "http://shop.example/item/42", "正品保证"), NewEvidence.InitialLinks.NONE);
    }

    @Test
    @Timeout(120)
    void theArchivistHasABatchMadeAndRenewedAndSeesEachPackagesRecord() throws Exception {
        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        UUID id = archive();

        assertThat(archivist.post("/records/now", Map.of()).statusCode()).isEqualTo(302);
        Instant until = clock.instant().plusSeconds(60);
        while (table.chainOf(id).isEmpty() && clock.instant().isBefore(until)) {
            Thread.sleep(200);
        }
        Batch batch = table.chainOf(id).flatMap(table::head).orElseThrow();

        HttpResponse<String> list = archivist.get("/records?lang=en");
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(list.body()).contains("Evidence records", batch.id().toString(), "embedded", "Batch now");
        assertThat(list.body()).doesNotContain("??");
        HttpResponse<String> one = archivist.get("/records/batches/" + batch.id() + "?lang=zh");
        assertThat(one.body()).contains("首个证书到期", "续期时间戳").doesNotContain("??");
        HttpResponse<String> ofPackage = archivist.get("/evidence/" + id + "/record?lang=en");
        assertThat(ofPackage.statusCode()).isEqualTo(200);
        assertThat(ofPackage.body()).contains(batch.id().toString(), "SHA256").doesNotContain("??");

        HttpResponse<String> renewed =
                archivist.post("/records/batches/" + batch.id() + "/renew", Map.of("kind", "TREE"));
        assertThat(renewed.statusCode()).isEqualTo(302);
        assertThat(archivist
                        .post("/records/batches/" + batch.id() + "/renew", Map.of("kind", "COPPER"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(archivist.get("/records/batches/" + UUID.randomUUID()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void othersLookOrDoNotEvenLook() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        assertThat(auditor.get("/records?lang=en").body())
                .contains("Evidence records")
                .doesNotContain("Batch now");
        assertThat(auditor.post("/records/now", Map.of()).statusCode()).isEqualTo(403);
        TestUsers.Browser inspector = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(inspector.get("/records").statusCode()).isEqualTo(403);
    }

    @Test
    @Timeout(120)
    void restSaysTheSameAndGivesTheRecordItself() throws Exception {
        String token = TestUsers.token(
                tokens, TestUsers.create(accounts, Role.ARCHIVIST), Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        UUID id = archive();
        assertThat(call(
                                token,
                                HttpRequest.newBuilder(uri("/api/v1/records/now"))
                                        .POST(HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(202);
        Instant until = clock.instant().plusSeconds(60);
        while (table.chainOf(id).isEmpty() && clock.instant().isBefore(until)) {
            Thread.sleep(200);
        }

        HttpResponse<String> list = call(token, HttpRequest.newBuilder(uri("/api/v1/records")));
        assertThat(list.statusCode()).as(list.body()).isEqualTo(200);
        assertThat(list.body()).contains("\"recorded\":", "\"kind\":\"FIRST\"", "\"state\":\"DONE\"");
        HttpResponse<String> ofPackage = call(token, HttpRequest.newBuilder(uri("/api/v1/evidence/" + id + "/record")));
        assertThat(ofPackage.body()).contains("\"chain\":1", "\"hash\":\"SHA256\"");
        HttpResponse<byte[]> file = client().send(
                        HttpRequest.newBuilder(uri("/api/v1/evidence/" + id + "/record/file"))
                                .header("Authorization", "Bearer " + token)
                                .timeout(Duration.ofSeconds(30))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(EvidenceRecord.parse(file.body()).tokens()).hasSize(1);
        assertThat(get("/api/v1/records").statusCode()).isEqualTo(401);
    }

    private HttpResponse<String> call(String token, HttpRequest.Builder request) throws Exception {
        return send(request.header("Authorization", "Bearer " + token));
    }
}
