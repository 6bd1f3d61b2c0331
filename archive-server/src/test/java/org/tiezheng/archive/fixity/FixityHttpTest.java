package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From a damaged file to the repaired copy, over HTTP, by the threads of the running server. */
class FixityHttpTest extends ServerTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

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
    private Stores stores;

    @Autowired
    private EvidenceCatalogue catalogue;

    @Autowired
    private Clock clock;

    private record Reply(int status, JsonNode json) {}

    private Reply call(String token, String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body)));
        return new Reply(answer.statusCode(), JSON.readTree(answer.body().isEmpty() ? "null" : answer.body()));
    }

    private JsonNode await(String token, String path, Predicate<JsonNode> until) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode last = call(token, "GET", path, null).json();
        while (!until.test(last)) {
            assertThat(System.nanoTime()).as("still " + last).isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(200);
            last = call(token, "GET", path, null).json();
        }
        return last;
    }

    private String run(String token, UUID evidence) throws Exception {
        Reply begun =
                call(token, "POST", "/api/v1/fixity/runs", "{\"kind\":\"PACKAGE\",\"evidence\":\"" + evidence + "\"}");
        assertThat(begun.status()).as(begun.json().toString()).isEqualTo(202);
        String path = "/api/v1/fixity/runs/" + begun.json().path("id").asString();
        JsonNode unused = await(token, path, run -> run.path("state").asString().equals("DONE"));
        return path;
    }

    @Test
    void aDamagedFileIsFoundShownProposedApprovedAndRepaired() throws Exception {
        TestUsers.User archivist = TestUsers.create(accounts, Role.ARCHIVIST);
        TestUsers.User leader = TestUsers.create(accounts, Role.RESPONSIBLE_LEADER);
        String archivistToken = TestUsers.token(tokens, archivist, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        String leaderToken = TestUsers.token(tokens, leader, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        UUID evidence = ArchivedPage.archive(jdbc, transactions, store, clock, archivist.actor());
        EvidenceObject wacz = catalogue.objects(evidence).stream()
                .filter(object -> object.member().equals("wacz/capture.wacz"))
                .findFirst()
                .orElseThrow();
        JsonNode before = call(archivistToken, "GET", "/api/v1/evidence/" + evidence + "/fixity", null)
                .json();
        assertThat(before.path("allGood").asBoolean(true)).as(before.toString()).isFalse();
        assertThat(before.path("copies").asLong()).isPositive();

        // A full run of the package: all good.
        JsonNode whole =
                call(archivistToken, "GET", run(archivistToken, evidence), null).json();
        assertThat(whole.path("done").asLong())
                .isEqualTo(whole.path("objects").asLong())
                .isPositive();
        assertThat(whole.path("good").asLong()).isEqualTo(whole.path("done").asLong());
        TestUsers.Browser officer = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(officer.get("/evidence/" + evidence + "/history?lang=en").body())
                .contains("Last checked, all copies good");

        // Somebody flips a bit on the disk of the primary store.
        Path file = Path.of(stores.primary().description().location())
                .resolve(wacz.version().key() + "@" + wacz.version().versionId());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.delete(file);
        Files.write(file, bytes);
        JsonNode found =
                call(archivistToken, "GET", run(archivistToken, evidence), null).json();
        assertThat(found.path("bad").asLong()).isEqualTo(1);

        JsonNode damage = null;
        for (JsonNode one :
                call(leaderToken, "GET", "/api/v1/fixity/damages", null).json()) {
            damage = one.path("sha256").asString("").equals(wacz.sha256()) ? one : damage;
        }
        assertThat(damage).isNotNull();
        assertThat(damage.path("outcome").asString()).isEqualTo("CHANGED");
        assertThat(damage.path("evidenceSafe").asBoolean()).isTrue();
        String damageId = damage.path("id").asString();
        TestUsers.Browser archivistPage = TestUsers.signIn(uri("/"), archivist);
        // The page of the evidence says so in a line: with a link for whoever may look at the damage.
        assertThat(archivistPage.get("/evidence/" + evidence + "?lang=en").body())
                .contains("data-damage", "The evidence is safe", "/fixity/damages/" + damageId)
                .doesNotContain("??");
        assertThat(officer.get("/evidence/" + evidence + "?lang=en").body())
                .contains("data-damage", "The evidence is safe")
                .doesNotContain("/fixity/damages/");
        assertThat(archivistPage.get("/fixity?lang=en").body())
                .contains("/fixity/damages/" + damageId, "open damages")
                .doesNotContain("??");
        assertThat(archivistPage.get("/fixity?lang=zh").body())
                .contains("固定性检查")
                .doesNotContain("??");
        HttpResponse<String> page = archivistPage.get("/fixity/damages/" + damageId + "?lang=en");
        assertThat(page.body())
                .contains("The evidence is safe", "Custodian", "Propose repair", evidence.toString())
                .doesNotContain("??");
        assertThat(officer.get("/evidence/" + evidence + "/history?lang=en").body())
                .contains("copies are not as they were archived");

        // Too short a reason, then a proposal; the proposer cannot decide, the leader can.
        assertThat(archivistPage
                        .post("/fixity/damages/" + damageId + "/propose", Map.of("reason", "x"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(archivistPage
                        .post("/fixity/damages/" + damageId + "/propose", Map.of("reason", "副本损坏"))
                        .statusCode())
                .isEqualTo(302);
        JsonNode view = call(archivistToken, "GET", "/api/v1/fixity/damages/" + damageId, null)
                .json();
        String repair = view.path("repairs").path(0).path("id").asString();
        assertThat(call(
                                archivistToken,
                                "POST",
                                "/api/v1/fixity/repairs/" + repair + "/approval",
                                "{\"reason\":\"同意修复\"}")
                        .status())
                .isEqualTo(403);
        TestUsers.Browser leaderPage = TestUsers.signIn(uri("/"), leader);
        assertThat(leaderPage.get("/fixity?lang=en").body()).contains(repair, "Approve");
        assertThat(leaderPage
                        .post("/fixity/repairs/" + repair + "/approve", Map.of("reason", "同意修复"))
                        .statusCode())
                .isEqualTo(302);
        JsonNode unused = await(
                leaderToken,
                "/api/v1/fixity/damages/" + damageId,
                one -> one.path("damage").path("state").asString().equals("REPAIRED"));

        JsonNode after =
                call(archivistToken, "GET", run(archivistToken, evidence), null).json();
        assertThat(after.path("good").asLong()).isEqualTo(after.path("objects").asLong());
        assertThat(officer.get("/evidence/" + evidence + "/history?lang=en").body())
                .contains("Last checked, all copies good");
        assertThat(archivistPage.get("/fixity/damages/" + damageId + "?lang=en").body())
                .contains("repaired", wacz.sha256() + ".2")
                .doesNotContain("??");
        assertThat(jdbc.sql("select count(*) from log_entry where evidence_id = :id and kind = 'repair'")
                                .param("id", evidence)
                                .query(Long.class)
                                .single()
                        + jdbc.sql("select count(*) from log_queue where evidence_id = :id and kind = 'repair'")
                                .param("id", evidence)
                                .query(Long.class)
                                .single())
                .isEqualTo(1);
    }

    /** Status and bytes; null if the answer broke off or is an error that tells nothing more. */
    private @Nullable HttpResponse<byte[]> download(String token, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<byte[]> answer = client().send(request, HttpResponse.BodyHandlers.ofByteArray());
            return answer.statusCode() == 500 ? null : answer;
        } catch (IOException brokenOff) {
            return null;
        }
    }

    private static byte[] flip(Path file) throws IOException {
        byte[] before = Files.readAllBytes(file);
        byte[] bytes = before.clone();
        bytes[bytes.length / 2] ^= 1;
        Files.delete(file);
        Files.write(file, bytes);
        return before;
    }

    @Test
    void aDamagedPackageIsNeverDownloadedWhole() throws Exception {
        TestUsers.User archivist = TestUsers.create(accounts, Role.ARCHIVIST);
        String token = TestUsers.token(tokens, archivist, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        UUID evidence = ArchivedPage.archive(jdbc, transactions, store, clock, archivist.actor());
        EvidenceObject wacz = catalogue.objects(evidence).stream()
                .filter(object -> object.member().equals("wacz/capture.wacz"))
                .findFirst()
                .orElseThrow();
        String unused = run(token, evidence);
        String path = "/api/v1/evidence/" + evidence + "/package?proofs=false";
        String archived = catalogue.find(evidence).orElseThrow().packageSha256().hex();
        String name = wacz.version().key() + "@" + wacz.version().versionId();
        Path primary = Path.of(stores.primary().description().location()).resolve(name);
        Path custodian = Path.of(stores.parts().get(1).description().location()).resolve(name);
        byte[] good = flip(primary);
        try {
            assertThat(download(token, path)).isNull();

            unused = run(token, evidence);
            HttpResponse<byte[]> whole = download(token, path);
            assertThat(whole).isNotNull();
            assertThat(whole.statusCode()).isEqualTo(200);
            assertThat(Digest.of(Digest.Algorithm.SHA256, whole.body()).hex()).isEqualTo(archived);
            // Who verifies sees what lies in the primary store.
            Reply begun = call(token, "POST", "/api/v1/evidence/" + evidence + "/verifications", "{}");
            assertThat(begun.status()).as(begun.json().toString()).isEqualTo(202);
            JsonNode verified = await(
                    token,
                    "/api/v1/verifications/" + begun.json().path("id").asString(),
                    one -> !one.path("state").asString().equals("RUNNING"));
            assertThat(verified.path("verdict").asString()).isEqualTo("INVALID");

            byte[] same = flip(custodian);
            assertThat(same).isEqualTo(good);
            unused = run(token, evidence);
            Reply refused = call(token, "GET", path, null);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("code").asString()).isEqualTo("fixity.no-good-copy");
            assertThat(refused.json().toString()).contains("wacz/capture.wacz", "/fixity/damages/");
            HttpResponse<String> page =
                    TestUsers.signIn(uri("/"), archivist).get("/evidence/" + evidence + "/package?lang=en");
            assertThat(page.statusCode()).isEqualTo(409);
            assertThat(page.body()).contains("no good copy", "/fixity/damages/").doesNotContain("??");
        } finally {
            // No alarm is left for other tests.
            for (Path file : List.of(primary, custodian)) {
                Files.delete(file);
                Files.write(file, good);
            }
            unused = run(token, evidence);
        }
        assertThat(call(token, "GET", "/api/v1/fixity/damages", null).json().toString())
                .doesNotContain(wacz.sha256());
        assertThat(download(token, path)).isNotNull();
    }

    @Test
    void theRateThePeriodAndThePauseAreChangedWhileTheServerRuns() throws Exception {
        TestUsers.User administrator = TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR);
        TestUsers.Browser page = TestUsers.signIn(uri("/"), administrator);
        String reader = TestUsers.token(tokens, TestUsers.create(accounts, Role.AUDITOR), Scope.EVIDENCE_READ);

        assertThat(page.post("/fixity/rate", Map.of("rate", "80")).statusCode()).isEqualTo(302);
        assertThat(call(reader, "GET", "/api/v1/fixity", null)
                        .json()
                        .path("pace")
                        .path("bytesPerSecond")
                        .asLong())
                .isEqualTo(80_000_000);
        assertThat(page.post("/fixity/rate", Map.of("rate", "fast")).statusCode())
                .isEqualTo(400);
        assertThat(page.post("/fixity/rate", Map.of("rate", "")).statusCode()).isEqualTo(302);
        assertThat(page.post("/fixity/period", Map.of("days", "0")).statusCode())
                .isEqualTo(400);
        JsonNode calendar =
                call(reader, "GET", "/api/v1/fixity/calendar?days=30", null).json();
        assertThat(calendar.size()).isEqualTo(30);
        assertThat(call(reader, "PUT", "/api/v1/fixity/pause", "{\"reason\":\"维护存储\"}")
                        .status())
                .isEqualTo(403);
        TestUsers.Browser inspector = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.INSPECTOR));
        assertThat(inspector.get("/fixity").statusCode()).isEqualTo(403);
        assertThat(page.get("/fixity?lang=en").body()).contains("MB per second").doesNotContain("??", "Check now");
    }
}
