package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.aip.AipItem;
import org.tiezheng.archive.filing.aip.AipReader;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.ingest.TestPackages;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What one archive gave out, another that knows nothing of it takes in; and what it gives out again is the same. */
class AipImportTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private FiledRegister register;

    @Autowired
    private EvidenceCatalogue catalogue;

    @TempDir
    private Path folder;

    private String archivist;

    private HttpResponse<String> call(String path, HttpRequest.BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + archivist);
        return send(
                body == null
                        ? request.GET()
                        : request.header("Content-Type", "application/json").POST(body));
    }

    private JsonNode ended(HttpResponse<String> begun) throws Exception {
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String path = begun.headers().firstValue("Location").orElseThrow();
        Instant end = Clock.systemUTC().instant().plus(Duration.ofSeconds(90));
        while (true) {
            JsonNode task = JsonMapper.shared().readTree(call(path, null).body());
            if (List.of("DONE", "FAILED", "CANCELLED")
                    .contains(task.path("state").asString())) {
                return task;
            }
            assertThat(Clock.systemUTC().instant()).as(task.toString()).isBefore(end);
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private JsonNode items(JsonNode task) throws Exception {
        return JsonMapper.shared()
                .readTree(call("/api/v1/filing/tasks/" + task.path("id").asString() + "/items", null)
                        .body())
                .path("items");
    }

    private static List<AipItem> read(Path zip) throws Exception {
        try (AipReader reader = AipReader.open(zip, 1L << 30)) {
            return reader.check(bytes -> {}).items();
        }
    }

    @Test
    void whatWasGivenOutComesInAndGoesOutTheSame() throws Exception {
        archivist = TestUsers.token(
                tokens, TestUsers.create(accounts, Role.ARCHIVIST), Scope.EVIDENCE_READ, Scope.EVIDENCE_WRITE);
        String caseNo = "案-" + UUID.randomUUID();
        Path zip = folder.resolve("out.zip");
        Map<UUID, String> digests = new java.util.HashMap<>();
        try (FilingWorld world = new FilingWorld(folder.resolve("world"))) {
            var unused = world.fonds();
            for (String title : List.of("甲", "乙")) {
                UUID id = world.evidence(title, caseNo);
                Filed filed =
                        world.filing.file(id, FilingWorld.CHOICE, null, "往返", nothing -> null, FilingWorld.ARCHIVIST);
                digests.put(
                        id,
                        world.catalogue.find(id).orElseThrow().packageSha256().hex());
                assertThat(filed.caseNo()).isEqualTo(caseNo);
            }
            ExportDesk exports = world.exports(null);
            FilingTask task = exports.start(null, null, caseNo, false, FilingWorld.ARCHIVIST);
            world.exporter(null).drain();
            ExportDesk.Ready ready = exports.ready(task.id());
            try (OutputStream out = Files.newOutputStream(zip)) {
                ready.write(new ByteRange(0, ready.sizeBytes()), out);
            }
        }
        List<AipItem> sent = read(zip);
        String import_ = "/api/v1/filing/imports?name=out.zip&sha256=" + TestPackages.sha256(zip);
        JsonNode first = ended(call(import_, BodyPublishers.ofFile(zip)));
        assertThat(first.path("state").asString()).as(first.toString()).isEqualTo("DONE");
        for (JsonNode item : items(first)) {
            assertThat(item.path("state").asString()).as(item.toString()).isEqualTo("FILED");
        }
        for (AipItem item : sent) {
            Filed filed = register.find(item.evidenceId()).orElseThrow();
            assertThat(Filing.elements(filed)).isEqualTo(item.elements());
            assertThat(filed.origin()).isEqualTo(Filed.Origin.IMPORTED);
            assertThat(filed.reason()).isEqualTo("往返");
            assertThat(catalogue
                            .find(item.evidenceId())
                            .orElseThrow()
                            .packageSha256()
                            .hex())
                    .isEqualTo(digests.get(item.evidenceId()));
            assertThat(catalogue.find(item.evidenceId()).orElseThrow().caseNo()).isEqualTo(caseNo);
            assertThat(register.documents(item.evidenceId())).contains("eep.xml", "mets.xml");
        }
        // Again: nothing is taken twice, nothing is lost.
        for (JsonNode item : items(ended(call(import_, BodyPublishers.ofFile(zip))))) {
            assertThat(item.path("state").asString()).as(item.toString()).isEqualTo("PRESENT");
        }
        JsonNode made =
                ended(call("/api/v1/filing/exports", BodyPublishers.ofString("{\"caseNo\":\"" + caseNo + "\"}")));
        assertThat(made.path("state").asString()).as(made.toString()).isEqualTo("DONE");
        Path again = folder.resolve("again.zip");
        HttpResponse<InputStream> got = client().send(
                        HttpRequest.newBuilder(uri("/api/v1/filing/exports/"
                                        + made.path("id").asString() + "/package"))
                                .header("Authorization", "Bearer " + archivist)
                                .timeout(Duration.ofSeconds(30))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        if (got.statusCode() == 200) {
            try (InputStream in = got.body()) {
                long unused = Files.copy(in, again);
            }
            assertThat(read(again))
                    .extracting(AipItem::elements)
                    .containsExactlyElementsOf(
                            sent.stream().map(AipItem::elements).toList());
        } else {
            // A proof of the log came in between, and the answer says so.
            assertThat(got.statusCode()).isEqualTo(409);
        }
        byte[] bytes = Files.readAllBytes(zip);
        bytes[bytes.length / 2] ^= 1;
        JsonNode refused = ended(call("/api/v1/filing/imports?name=bad.zip", BodyPublishers.ofByteArray(bytes)));
        assertThat(refused.path("state").asString()).isEqualTo("FAILED");
        assertThat(refused.path("failure").asString()).containsAnyOf("DIGEST", "DAMAGED");
    }
}
