package org.tiezheng.archive.preservation.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.pdf.PdfA;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.verifier.cli.RootCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From the auditor's order to files that other people's tools accept. */
class ReportsTest extends ServerTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Autowired
    private Accounts accounts;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private Officers officers;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private KeptObjects kept;

    @Autowired
    private ArchiveFolder folder;

    @Autowired
    private Clock clock;

    @TempDir
    private Path work;

    @Test
    void theReportIsSealedKeptLoggedAndReadByOthers() throws Exception {
        UUID evidence = ArchivedPage.archive(
                jdbc,
                transactions,
                store,
                clock,
                TestUsers.officer(accounts, officers, Role.INSPECTOR).actor());
        String token =
                TestUsers.token(tokens, TestUsers.create(accounts, Role.AUDITOR), Scope.ADMIN, Scope.EVIDENCE_READ);

        JsonNode done = made(token, """
                {"from":"%s","to":"%s","sample":3,"scope":{"unit":"单位镕喆堃犇燚㐂䶮𠮷"}}""");
        JsonNode second = made(token, """
                {"from":"%s","to":"%s","sample":1000,"language":"en"}""");

        UUID id = UUID.fromString(done.get("id").asString());
        byte[] container = file(token, id, done.get("number").asString() + ".asice");
        assertThat(Digest.of(Digest.Algorithm.SHA256, container).hex())
                .isEqualTo(done.get("sha256").asString())
                .isEqualTo(kept.find(KeptObjects.Kind.REPORT, id).orElseThrow().sha256());
        assertThat(jdbc.sql(
                                "select leaf from log_queue where kind = 'report' union all select leaf from log_entry where kind ="
                                        + " 'report'")
                        .query(String.class)
                        .list())
                .anyMatch(leaf -> leaf.contains(id.toString())
                        && leaf.contains(done.get("sha256").asString()));

        byte[] pdf = file(token, id, "report.pdf");
        PdfA.assertConforms(pdf);
        Path saved = Files.write(work.resolve("report.pdf"), pdf);
        String text = PdfA.run("pdftotext", saved.toString(), "-");
        assertThat(text).contains("电子档案保管期限与固定性审计报告", done.get("number").asString(), "单位镕喆堃犇燚㐂䶮[U+20BB7]", "U+20BB7 ×");
        for (int section = 1; section <= 15; section++) {
            assertThat(text).containsPattern("(?m)^" + section + "\\. ");
        }
        String unused = PdfA.run(
                "pdfdetach", "-save", "1", "-o", work.resolve("inside.json").toString(), saved.toString());
        byte[] json = file(token, id, "report.json");
        assertThat(Files.readAllBytes(work.resolve("inside.json"))).isEqualTo(json);
        JsonNode data = JSON.readTree(json);
        assertThat(data.get("form").asString()).isEqualTo("org.tiezheng.audit-report");
        assertThat(data.get("scope").get("unit").asString()).endsWith("䶮𠮷");
        assertThat(data.get("sections")).hasSize(14);
        assertThat(data.get("totals").get("items").asLong()).isZero();
        assertThat(text.replace("\n", "")).contains("复读了 0 件");

        JsonNode whole =
                JSON.readTree(file(token, UUID.fromString(second.get("id").asString()), "report.json"));
        assertThat(whole.get("totals").get("items").asLong()).isPositive();
        JsonNode fixity = whole.get("sections").get(2);
        assertThat(fact(fixity, "samplePackages")).isPositive();
        assertThat(fact(fixity, "sampleGood")).isPositive();
        assertThat(rows(fixity, "fixity-sample"))
                .as("every copy of what this test archived is good")
                .noneMatch(row -> row.contains(evidence.toString()));
        // Both stores of the tests are folders, and the authority is their own.
        assertThat(whole.get("findings").toString()).contains("store-folder", "tsa-only-embedded");
        byte[] formats = file(token, UUID.fromString(second.get("id").asString()), "tables/formats-formats.csv");
        assertThat(new String(formats, StandardCharsets.UTF_8))
                .startsWith("\uFEFF")
                .contains("fmt/1840", "pcapng,");
        PdfA.assertConforms(file(token, UUID.fromString(second.get("id").asString()), "report.pdf"));
        keepPictures(pdf, file(token, UUID.fromString(second.get("id").asString()), "report.pdf"));

        verifyAsPrinted(container, done.get("number").asString());
    }

    @Test
    void whatIsWrongInAnOrderIsSaidAtItsField() throws Exception {
        String token =
                TestUsers.token(tokens, TestUsers.create(accounts, Role.AUDITOR), Scope.ADMIN, Scope.EVIDENCE_READ);
        String archivist = TestUsers.token(tokens, TestUsers.create(accounts, Role.ARCHIVIST), Scope.ADMIN);
        String ordinary = order("{\"from\":\"%s\",\"to\":\"%s\"}");

        assertThat(post(archivist, "/api/v1/reports", ordinary).statusCode()).isEqualTo(403);
        for (String wrong : List.of(
                "{\"from\":\"2026-02-01\",\"to\":\"2026-01-01\"}",
                "{\"from\":\"2999-02-01\",\"to\":\"2999-02-02\"}",
                "{\"from\":\"2001-02-01\",\"to\":\"2026-02-02\"}",
                ordinary.replace("}", ",\"sample\":1001}"),
                ordinary.replace("}", ",\"language\":\"fr\"}"),
                ordinary.replace("}", ",\"scope\":{\"store\":\"elsewhere\"}}"),
                ordinary.replace("}", ",\"scope\":{\"case\":\"" + "长".repeat(201) + "\"}}"),
                "{\"from\":\"no day\"}",
                "{}",
                "[")) {
            HttpResponse<String> answer = post(token, "/api/v1/reports", wrong);
            assertThat(answer.statusCode()).as(wrong + answer.body()).isEqualTo(400);
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).contains("problem+json");
        }
        assertThat(call(token, "/api/v1/reports/" + UUID.randomUUID()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void theScreensOrderShowAndCancelAndTheArchivistClosesAFinding() throws Exception {
        TestUsers.Browser auditor = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.AUDITOR));
        LocalDate today = LocalDate.ofInstant(clock.instant(), Format.BEIJING);
        assertThat(auditor.get("/reports?lang=zh").body()).contains("新报告").doesNotContain("??");

        HttpResponse<String> ordered =
                auditor.post("/reports", Map.of("from", today.toString(), "to", today.toString(), "sample", "0"));
        String page = ordered.headers().firstValue("Location").orElseThrow().replaceFirst("^https?://[^/]+", "");
        awaitEnd(auditor, page);
        String body = auditor.get(page + "?lang=en").body();
        assertThat(body)
                .contains("report.pdf", ".asice", "openssl cms -verify", "tables/")
                .doesNotContain("??");
        assertThat(auditor.post(page + "/cancel", Map.of()).statusCode()).isEqualTo(409);
        assertThat(auditor.get(page + "/files/META-INF/nothing").statusCode()).isEqualTo(404);
        assertThat(auditor.get("/findings?lang=en").body())
                .contains("is a folder")
                .doesNotContain("What was done");

        TestUsers.Browser archivist = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.ARCHIVIST));
        // A finding of this test's own: those of the archive are in the reports of other tests too.
        Long finding = jdbc.sql("""
                        insert into audit_finding (code, subject, severity, section, arguments, owner_role, due_on, first_report,
                            first_seen_at, last_report, last_seen_at)
                        select code, :subject, severity, section, arguments, owner_role, due_on, first_report, first_seen_at,
                            last_report, last_seen_at
                        from audit_finding where code = 'store-folder' order by id limit 1 returning id""")
                .param("subject", "store-" + UUID.randomUUID())
                .query(Long.class)
                .single();
        assertThat(archivist.get("/findings?lang=en").body()).contains("What was done");
        assertThat(archivist
                        .post("/findings/" + finding + "/close", Map.of("note", "short"))
                        .statusCode())
                .isEqualTo(400);
        Map<String, String> note = Map.of("note", "外部时间戳机构已采购,合同 2026-17");
        assertThat(auditor.post("/findings/" + finding + "/close", note).statusCode())
                .isEqualTo(403);
        assertThat(archivist.post("/findings/" + finding + "/close", note).statusCode())
                .isEqualTo(302);
        assertThat(archivist.post("/findings/" + finding + "/close", note).statusCode())
                .isEqualTo(409);
        assertThat(archivist.get("/findings?lang=zh").body()).contains("合同 2026-17");
    }

    // ---- help ------------------------------------------------------------------------------------------------------

    private void awaitEnd(TestUsers.Browser browser, String page) throws Exception {
        Instant end = clock.instant().plus(Duration.ofSeconds(120));
        while (browser.get(page + "/progress")
                .headers()
                .firstValue("HX-Refresh")
                .isEmpty()) {
            assertThat(clock.instant()).isBefore(end);
            Thread.sleep(500);
        }
    }

    private JsonNode made(String token, String order) throws Exception {
        HttpResponse<String> ordered = post(token, "/api/v1/reports", order(order));
        assertThat(ordered.statusCode()).as(ordered.body()).isEqualTo(202);
        String id = JSON.readTree(ordered.body()).get("id").asString();
        Instant end = clock.instant().plus(Duration.ofSeconds(120));
        while (true) {
            JsonNode report = JSON.readTree(call(token, "/api/v1/reports/" + id).body());
            String state = report.get("state").asString();
            if (state.equals("DONE")) {
                return report;
            }
            assertThat(state).as(report.toString()).isIn("WAITING", "RUNNING");
            assertThat(clock.instant()).as(report.toString()).isBefore(end);
            Thread.sleep(300);
        }
    }

    private String order(String form) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), Format.BEIJING);
        return String.format(java.util.Locale.ROOT, form, today.minusDays(300), today);
    }

    private static long fact(JsonNode section, String key) {
        for (JsonNode fact : section.get("facts")) {
            if (fact.get("key").asString().equals(key)) {
                return fact.get("value").asLong();
            }
        }
        throw new AssertionError("no fact " + key + " in " + section);
    }

    private static List<String> rows(JsonNode section, String table) {
        List<String> rows = new java.util.ArrayList<>();
        for (JsonNode one : section.get("tables")) {
            if (one.get("key").asString().equals(table)) {
                one.get("rows").forEach(row -> rows.add(row.toString()));
            }
        }
        return rows;
    }

    /** Runs the very commands that the report prints. */
    private void verifyAsPrinted(byte[] container, String number) throws Exception {
        Path at = Files.createDirectories(work.resolve("offline"));
        Files.write(at.resolve(number + ".asice"), container);
        Path root = Objects.requireNonNull(folder.root().getParent()).resolve("trust/root.pem");
        Files.copy(root, at.resolve("root.pem"));
        String script = "set -e\ncd '" + at + "'\n" + ReportPdf.commands(number) + "\necho all-is-well\n";
        String said = PdfA.run("bash", "-c", script);
        assertThat(said).contains("report.pdf: OK", "report.json: OK", "all-is-well");
        assertThat(Files.readString(at.resolve(number).resolve("VERIFY.txt"))).contains(ReportPdf.commands(number));

        // Our own verifier judges evidence packages only, and must not call this one altered.
        StringWriter told = new StringWriter();
        int exit = RootCommand.run(
                List.of("--lang", "en", "verify", at.resolve(number + ".asice").toString(), "--trust", root.toString()),
                new PrintWriter(new StringWriter(), true),
                new PrintWriter(told, true),
                clock,
                false);
        assertThat(exit).as(told.toString()).isEqualTo(3);
        assertThat(told.toString()).contains("is an audit report of Tiezheng");
    }

    private static void keepPictures(byte[] chinese, byte[] english) throws Exception {
        String pictures = System.getProperty("tiezheng.pictures");
        if (pictures != null) {
            Files.createDirectories(Path.of(pictures));
            Files.write(Path.of(pictures, "report-zh.pdf"), chinese);
            Files.write(Path.of(pictures, "report-en.pdf"), english);
        }
    }

    private HttpResponse<String> post(String token, String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> call(String token, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token));
    }

    private byte[] file(String token, UUID id, String name) throws Exception {
        HttpResponse<byte[]> answer = client().send(
                        HttpRequest.newBuilder(uri("/api/v1/reports/" + id + "/files/" + name))
                                .timeout(Duration.ofSeconds(60))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(name).isEqualTo(200);
        return answer.body();
    }
}
