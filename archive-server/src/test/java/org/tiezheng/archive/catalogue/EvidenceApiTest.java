package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.ingest.TestPackages;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Archived evidence over HTTP: found, read, given out, linked, confirmed, verified; and refused to others. */
class EvidenceApiTest extends ServerTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private org.tiezheng.archive.audit.AuditLog audit;

    @TempDir
    private Path folder;

    private TestUsers.User officer;
    private String token;
    private Path file;
    private UUID id;

    private void archive(String title) throws Exception {
        officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        token = token(officer);
        id = UUID.randomUUID();
        file = new TestPackages(folder, SEALED)
                .make(
                        id,
                        title,
                        "http://shop.example/" + id,
                        "明前龙井",
                        Map.of(
                                "evidence/dom.html",
                                "<script>alert(1)</script>".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        HttpResponse<String> sent =
                send(request("/api/v1/packages?clueNo=XS-" + id + "&sha256=" + TestPackages.sha256(file), token)
                        .POST(BodyPublishers.ofFile(file)));
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
        String upload = sent.headers().firstValue("Location").orElseThrow();
        await(() -> json(send(request(upload, token).GET()))
                .path("state")
                .asString()
                .equals("ARCHIVED"));
    }

    private String token(TestUsers.User user) {
        return TestUsers.token(tokens, user, Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        Instant end = java.time.Clock.systemUTC().instant().plus(Duration.ofSeconds(60));
        while (!condition.holds()) {
            assertThat(java.time.Clock.systemUTC().instant()).isBefore(end);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private HttpRequest.Builder request(String path, String by) {
        return HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + by)
                .timeout(Duration.ofSeconds(30));
    }

    private HttpRequest.Builder post(String path, String by, String json) {
        return request(path, by).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json));
    }

    private HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client().send(request.build(), BodyHandlers.ofByteArray());
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    @Test
    void evidenceIsFoundAndGivenOutAsItCame() throws Exception {
        archive("甲店");
        JsonNode list =
                json(send(request("/api/v1/evidence?clueNo=XS-" + id, token).GET()));
        assertThat(list.path("items")).hasSize(1);
        assertThat(list.path("items").path(0).path("id").asString()).isEqualTo(id.toString());
        assertThat(json(send(request("/api/v1/evidence?q=%E9%BE%99%E4%BA%95&limit=1", token)
                                .GET()))
                        .path("items"))
                .isNotEmpty();
        HttpResponse<String> one = send(request("/api/v1/evidence/" + id, token).GET());
        assertThat(one.statusCode()).isEqualTo(200);
        String tag = one.headers().firstValue("ETag").orElseThrow();
        assertThat(send(request("/api/v1/evidence/" + id, token)
                                .header("If-None-Match", tag)
                                .GET())
                        .statusCode())
                .isEqualTo(304);

        byte[] whole = Files.readAllBytes(file);
        String path = "/api/v1/evidence/" + id + "/package?proofs=false";
        HttpResponse<byte[]> all = bytes(request(path, token).GET());
        assertThat(all.body()).isEqualTo(whole);
        assertThat(all.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"" + id + ".asice\"");
        String packageTag = all.headers().firstValue("ETag").orElseThrow();
        assertThat(packageTag).matches("\"[0-9a-f]{64}\"");
        HttpResponse<byte[]> part =
                bytes(request(path, token).header("Range", "bytes=100-4199").GET());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 100-4199/" + whole.length);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(whole, 100, 4200));
        HttpResponse<byte[]> tail =
                bytes(request(path, token).header("Range", "bytes=-70000000").GET());
        assertThat(tail.statusCode()).isEqualTo(206);
        assertThat(tail.body()).isEqualTo(whole);
        HttpResponse<byte[]> fits = bytes(request(path, token)
                .header("Range", "bytes=0-9")
                .header("If-Range", packageTag)
                .GET());
        assertThat(fits.statusCode()).isEqualTo(206);
        HttpResponse<byte[]> changed = bytes(request(path, token)
                .header("Range", "bytes=0-9")
                .header("If-Range", "\"other\"")
                .GET());
        assertThat(changed.statusCode()).isEqualTo(200);
        HttpResponse<byte[]> behind = bytes(request(path, token)
                .header("Range", "bytes=" + whole.length + "-")
                .GET());
        assertThat(behind.statusCode()).isEqualTo(416);
        assertThat(behind.headers().firstValue("Content-Range")).contains("bytes */" + whole.length);
        HttpResponse<byte[]> head = bytes(request(path, token).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(whole.length);
    }

    @Test
    void capturedPagesLeaveAsDownloadsThatNothingRuns() throws Exception {
        archive("乙店");
        HttpResponse<byte[]> html = bytes(request("/api/v1/evidence/" + id + "/files/evidence/dom.html", token)
                .GET());
        assertThat(html.statusCode()).isEqualTo(200);
        assertThat(html.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(html.headers().firstValue("Content-Disposition").orElse("")).startsWith("attachment");
        assertThat(html.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(html.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("sandbox");
        HttpResponse<byte[]> part = bytes(request("/api/v1/evidence/" + id + "/files/evidence/dom.html", token)
                .header("Range", "bytes=1-6")
                .GET());
        assertThat(new String(part.body(), java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("script");
        HttpResponse<byte[]> member =
                bytes(request("/api/v1/evidence/" + id + "/objects/META-INF/ASiCManifest001.xml", token)
                        .GET());
        assertThat(new String(member.body(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("ASiCManifest");
        for (String none : new String[] {"files/evidence/none.png", "files/../x", "objects/none", "files/%00"}) {
            assertThat(bytes(request("/api/v1/evidence/" + id + "/" + none, token)
                                    .GET())
                            .statusCode())
                    .as(none)
                    .isIn(400, 404);
        }
        assertThat(json(send(request("/api/v1/evidence/" + id + "/files", token).GET()))
                        .path("items"))
                .hasSize(9);
    }

    @Test
    void linksConfirmationsAndVerificationByRest() throws Exception {
        archive("丙店");
        String base = "/api/v1/evidence/" + id;
        String tag =
                send(request(base, token).GET()).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> linked = send(post(base + "/links", token, "{\"kind\":\"CASE\",\"value\":\"案9\"}")
                .header("If-Match", tag));
        assertThat(linked.statusCode()).as(linked.body()).isEqualTo(200);
        assertThat(json(linked).path("caseNo").asString()).isEqualTo("案9");
        assertThat(send(post(base + "/links", token, "{\"kind\":\"CASE\",\"value\":\"案10\"}")
                                .header("If-Match", tag))
                        .statusCode())
                .isEqualTo(412);
        assertThat(send(post(base + "/links", token, "{\"kind\":\"X\"}")).statusCode())
                .isEqualTo(400);

        assertThat(json(send(post(base + "/confirmations", token, "{}")))
                        .path("confirmedAt")
                        .isNull())
                .isTrue();
        assertThat(send(post(base + "/confirmations", token, "{}")).statusCode())
                .isEqualTo(409);
        TestUsers.User second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        assertThat(send(post(
                                base + "/confirmations",
                                token,
                                "{\"username\":\"" + second.account().username() + "\",\"password\":\"wrong\"}"))
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> both = send(post(
                base + "/confirmations",
                token,
                "{\"username\":\"" + second.account().username() + "\",\"password\":\"" + second.password() + "\"}"));
        assertThat(both.statusCode()).as(both.body()).isEqualTo(200);
        assertThat(json(both).path("confirmedAt").asString("")).isNotEmpty();
        assertThat(json(send(request(base + "/confirmations", token).GET())).path("items"))
                .hasSize(2);

        HttpResponse<String> begun = send(post(base + "/verifications", token, "{\"deep\":true}"));
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String verification = begun.headers().firstValue("Location").orElseThrow();
        await(() -> json(send(request(verification, token).GET()))
                .path("state")
                .asString()
                .equals("DONE"));
        JsonNode done = json(send(request(verification, token).GET()));
        assertThat(done.path("checks")).hasSizeGreaterThan(20);
        // The test server has no root: bytes and signatures are right, who signed is open.
        assertThat(done.path("verdict").asString()).isEqualTo("INDETERMINATE");
        assertThat(audit.ofObject("evidence", id.toString()))
                .extracting(
                        entry -> entry.event().action() + " " + entry.event().result())
                .contains(
                        "evidence.archived OK",
                        "evidence.link OK",
                        "evidence.confirm OK",
                        "evidence.confirm REFUSED",
                        "evidence.verify OK");
    }

    @Test
    void otherRolesAreRefused() throws Exception {
        archive("丁店");
        String administrator = token(TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));
        for (String path : new String[] {"", "/package", "/files", "/custody", "/files/evidence/page.txt"}) {
            assertThat(send(request("/api/v1/evidence/" + id + path, administrator)
                                    .GET())
                            .statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
        String auditor = token(TestUsers.create(accounts, Role.AUDITOR));
        assertThat(send(request("/api/v1/evidence/" + id + "/custody", auditor).GET())
                        .statusCode())
                .isEqualTo(200);
        for (String path : new String[] {"/links", "/confirmations", "/verifications", "/reviews"}) {
            assertThat(send(post("/api/v1/evidence/" + id + path, auditor, "{}"))
                            .statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
        assertThat(send(request("/api/v1/evidence/not-an-id", token).GET()).statusCode())
                .isIn(400, 404);
        assertThat(send(request("/api/v1/evidence?cursor=x", token).GET()).statusCode())
                .isEqualTo(400);
        assertThat(send(request("/api/v1/evidence?verdict=MAYBE", token).GET()).statusCode())
                .isEqualTo(400);
        assertThat(get("/api/v1/evidence/" + id).statusCode()).isEqualTo(401);
    }

    @Test
    void whatIsKeptApartIsShownToThoseWhoDecide() throws Exception {
        officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        token = token(officer);
        Path bad = Path.of("../vectors/bad/M03_one-byte-changed/package.asice");
        HttpResponse<String> sent =
                send(request("/api/v1/packages?fileName=bad.asice&sha256=" + TestPackages.sha256(bad), token)
                        .POST(BodyPublishers.ofFile(bad)));
        String upload = sent.headers().firstValue("Location").orElseThrow();
        await(() -> json(send(request(upload, token).GET()))
                .path("state")
                .asString()
                .equals("QUARANTINED"));
        String number = upload.substring(upload.lastIndexOf('/') + 1);
        JsonNode list = json(send(request("/api/v1/quarantine?limit=500", token).GET()));
        assertThat(list.path("items").toString()).contains(number);
        assertThat(json(send(request("/api/v1/quarantine/" + number, token).GET()))
                        .path("report")
                        .toString())
                .contains("M03");
        HttpResponse<byte[]> package_ = bytes(
                request("/api/v1/quarantine/" + number + "/package", token).GET());
        assertThat(package_.body()).isEqualTo(Files.readAllBytes(bad));
        TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);
        for (String language : new String[] {"zh-CN", "en"}) {
            HttpResponse<String> page = browser.get("/quarantine?lang=" + language);
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            assertThat(page.body()).contains("bad.asice").doesNotContain("??");
            HttpResponse<String> one = browser.get("/quarantine/" + number + "?lang=" + language);
            assertThat(one.statusCode()).as(one.body()).isEqualTo(200);
            assertThat(one.body()).contains("M03").doesNotContain("??");
            HttpResponse<String> orphans = browser.get("/orphans?lang=" + language);
            assertThat(orphans.statusCode()).as(orphans.body()).isEqualTo(200);
            assertThat(orphans.body()).doesNotContain("??");
        }
        assertThat(browser.post("/quarantine/" + number + "/discard", Map.of("reason", " "))
                        .statusCode())
                .isEqualTo(400);
        assertThat(browser.post("/quarantine/" + number + "/discard", Map.of("reason", "测试件"))
                        .statusCode())
                .isEqualTo(302);
        assertThat(send(request("/api/v1/quarantine/" + number, token).GET()).statusCode())
                .isEqualTo(404);
        assertThat(browser.post("/orphans/strays", Map.of()).statusCode()).isEqualTo(302);
        await(() -> !json(send(request("/api/v1/strays", token).GET()))
                .path("running")
                .asBoolean());
        assertThat(json(send(request("/api/v1/strays", token).GET()))
                        .path("failure")
                        .isNull())
                .isTrue();
        String reviewer = token(TestUsers.create(accounts, Role.LEGAL_REVIEWER));
        assertThat(send(request("/api/v1/quarantine", reviewer).GET()).statusCode())
                .isEqualTo(403);
        String auditor = token(TestUsers.create(accounts, Role.AUDITOR));
        assertThat(send(request("/api/v1/orphans", auditor).GET()).statusCode()).isEqualTo(200);
        assertThat(send(post("/api/v1/orphans/" + number + "/adopt", auditor, "{\"reason\":\"x\"}"))
                        .statusCode())
                .isEqualTo(403);
    }
}
