package org.tiezheng.archive.preservation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.MessageSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.util.unit.DataSize;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.jobs.MovableClock;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.preservation.report.ReportContext.CancelledException;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.stores.StoreRegister;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.archive.web.Bundles;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/** Making a report on a real database, real folders and a real seal: servers that die, and archives that were tampered with. */
class ReportWorkTest {
    private static final Instant START = Instant.parse("2026-11-22T04:00:00Z");
    private static final Actor AUDITOR = new Actor("auditor-1", "审计员甲", "AUDITOR", null, null, null);
    private static final ReportSettings SETTINGS = new ReportSettings(
            Period.ofYears(30),
            Duration.ofDays(7),
            Duration.ofDays(30),
            Duration.ofDays(90),
            List.of(),
            Duration.ofSeconds(3));

    private final TestDatabase database = TestDatabase.create();
    private final MovableClock clock = new MovableClock(START);
    private final ReportTable table = new ReportTable(database.jdbc());
    private final Findings findings =
            new Findings(database.jdbc(), database.transactions(), new AuditLog(database.jdbc(), clock), clock);
    private final Reports reports =
            new Reports(table, database.transactions(), new AuditLog(database.jdbc(), clock), clock);
    private MessageSource messages;
    private Sealer sealer;
    private Stores stores;
    private Path work;

    @TempDir
    private Path folder;

    @BeforeEach
    void open() throws Exception {
        messages = Bundles.source();
        EmbeddedAuthority authority = EmbeddedAuthority.open(Files.createDirectories(folder.resolve("tsa")), clock);
        sealer = new Sealer(authority.signer(), List.of(authority), clock);
        work = Files.createDirectories(folder.resolve("reports"));
        stores = Stores.open(
                folders(),
                Files.createDirectories(folder.resolve("archive")),
                new StoreRegister(database.jdbc(), clock),
                MirroredStore.Copied.NOBODY,
                clock);
    }

    @AfterEach
    void close() throws Exception {
        stores.close();
    }

    private static StoreSettings folders() {
        return new StoreSettings(
                StoreSettings.Kind.FOLDER,
                null,
                null,
                "us-east-1",
                null,
                null,
                null,
                true,
                Duration.ofHours(24),
                new StoreSettings.Custodian(
                        StoreSettings.Kind.NONE,
                        null,
                        null,
                        "us-east-1",
                        null,
                        null,
                        null,
                        true,
                        Duration.ofMinutes(1),
                        DataSize.ofMegabytes(50),
                        Duration.ofHours(1)));
    }

    /** The server's process ended here: nothing of it runs any more. */
    private static final class Died extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** The server looks at the clock between any two steps, and inside the last transaction: there it dies. */
    private final class Mortal extends Clock {
        private final AtomicInteger looks;

        Mortal(int looks) {
            this.looks = new AtomicInteger(looks);
        }

        @Override
        public Instant instant() {
            if (looks.decrementAndGet() < 0) {
                throw new Died();
            }
            return clock.instant();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    private ReportMaker maker(Clock seen) {
        List<ReportSection> sections = List.of(
                new TotalsSection(database.jdbc()),
                new FixitySection(new FixityFigures(database.jdbc(), clock), new Sample(database.jdbc(), stores)));
        ReportMaker.Office office = new ReportMaker.Office(
                table,
                findings,
                new KeptObjects(
                        database.jdbc(), stores.active(), KeptObjects.Gate.OPEN, Retention.Mode.GOVERNANCE, seen),
                new LogQueue(database.jdbc(), seen),
                new AuditLog(database.jdbc(), seen),
                sealer,
                messages,
                new JdbcTransactionManager(database.dataSource()));
        return new ReportMaker(sections, office, SETTINGS, work, seen, "test");
    }

    private ReportRunner server(Clock seen) {
        return new ReportRunner(table, maker(seen), Duration.ofSeconds(3), clock);
    }

    private AuditReport order(int sample) {
        LocalDate today = LocalDate.of(2026, 11, 22);
        return reports.order(new Reports.Order(today.minusDays(30), today, Scope.EVERYTHING, sample, "zh-CN"), AUDITOR);
    }

    private AuditReport made(int sample) {
        clock.advance(Duration.ofMinutes(1));
        UUID id = order(sample).id();
        assertThat(server(clock).runOne()).isTrue();
        AuditReport report = reports.get(id);
        assertThat(report.state()).as(String.valueOf(report.failure())).isEqualTo(AuditReport.State.DONE);
        return report;
    }

    private long count(String sql) {
        return database.jdbc().sql(sql).query(Long.class).single();
    }

    /** As somebody does it who may do anything in the database. */
    private void attack(String sql) throws SQLException, IOException {
        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    /** @param objects what the package holds */
    private UUID archive(Instant at, StoredObject... objects) throws Exception {
        UUID id = UUID.randomUUID();
        String digest = Digest.of(Digest.Algorithm.SHA256, id.toString().getBytes(StandardCharsets.UTF_8))
                .hex();
        attack("""
                insert into evidence (id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url, captured_from,
                    captured_to, archived_at, completeness, completeness_reasons, verdict, verified_at, embedded_authority, report,
                    origin, automatic, officer_ids, officer_names, archived_by, archived_by_name, retain_until)
                values ('%1$s', '%2$s', '%2$s', 10, '%2$s', 2000, 'https://shop.example/', '%3$s', '%3$s', '%3$s', 'COMPLETE', '{}',
                    'VALID', '%3$s', true, '{}', 'UPLOAD', false, array['a'], array['执法人员甲'], 'a', '执法人员甲', '%3$s')
                """.replace("%1$s", id.toString()).replace("%2$s", digest).replace("%3$s", at.toString()));
        for (int n = 0; n < objects.length; n++) {
            StoredObject object = objects[n];
            attack(
                    "insert into evidence_object (evidence_id, position, member, sha256, size_bytes, crc32, key, version_id) values ('"
                            + id + "', " + n + ", 'member-" + n + "', '" + object.sha256() + "', " + object.sizeBytes()
                            + ", 0, '"
                            + object.version().key() + "', '" + object.version().versionId() + "')");
        }
        return id;
    }

    private StoredObject stored(String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        String sha256 = Digest.of(Digest.Algorithm.SHA256, bytes).hex();
        return stores.active()
                .put(
                        new PutRequest(
                                ObjectKeys.ofContent(sha256),
                                bytes.length,
                                sha256,
                                new Retention(Retention.Mode.GOVERNANCE, START.plus(Duration.ofDays(1))),
                                false),
                        new ByteArrayInputStream(bytes));
    }

    /** The file that holds the bytes of an object in the folder store. */
    private Path file(StoredObject object) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("archive/objects"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains(object.sha256()))
                    .filter(file -> size(file) == object.sizeBytes())
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException gone) {
            return -1;
        }
    }

    private List<String> seen() {
        return findings.open().stream()
                .map(finding -> finding.code() + " " + finding.subject())
                .toList();
    }

    @Test
    void whereverAServerDiesAnotherMakesTheReportOnceWhenTheLeaseHasEnded() throws Exception {
        archive(START.minus(Duration.ofDays(2)));
        int deaths = 0;
        boolean died = true;
        for (int looks = 0; died; looks++) {
            assertThat(looks).as("it ends at last").isLessThan(100);
            UUID id = order(0).id();
            died = dies(server(new Mortal(looks)));
            if (died) {
                deaths++;
                assertThat(reports.get(id).state())
                        .as("death " + deaths + " leaves it to others")
                        .isEqualTo(AuditReport.State.RUNNING);
                assertThat(count("select count(*) from kept_object where id = '" + id + "'"))
                        .as("of the last transaction all or nothing, death " + deaths)
                        .isZero();
                assertThat(server(clock).runOne()).as("the lease still runs").isFalse();
                clock.advance(ReportTable.LEASE.plusSeconds(1));
                ReportRunner other = server(clock);
                assertThat(other.runOne()).isTrue();
            }
            AuditReport report = reports.get(id);
            assertThat(report.state()).as("death " + deaths).isEqualTo(AuditReport.State.DONE);
            assertThat(count("select count(*) from kept_object where id = '" + id + "' and sha256 = '" + report.sha256()
                            + "'"))
                    .isEqualTo(1);
            assertThat(count("select count(*) from log_queue where kind = 'report' and leaf like '%" + id + "%'"))
                    .isEqualTo(1);
            assertThat(count("select count(*) from audit_event where action = 'report.made' and object_id = '" + id
                            + "'"))
                    .isEqualTo(1);
            assertThat(server(clock).runOne()).as("nothing is left to do").isFalse();
        }
        // Claimed; two sections; write, seal, keep; the object stored; the last transaction at three places.
        assertThat(deaths).isGreaterThanOrEqualTo(9);
        assertThat(new ChainVerifier(database.dataSource()).verify(List.of()).isIntact())
                .isTrue();
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }

    private static boolean dies(ReportRunner server) {
        try {
            boolean unused = server.runOne();
            return false;
        } catch (Died died) {
            return true;
        }
    }

    @Test
    void aReportThatEveryServerDiesOfFailsAndTheFolderIsCleaned() throws Exception {
        UUID id = order(0).id();
        for (int attempt = 0; attempt < ReportRunner.ATTEMPTS; attempt++) {
            assertThat(dies(server(new Mortal(3)))).isTrue();
            clock.advance(ReportTable.LEASE.plusSeconds(1));
        }
        // What a process leaves that is gone without another word.
        Path left = Files.createDirectories(work.resolve(id + "-" + UUID.randomUUID()));
        Files.writeString(left.resolve("report.pdf"), "half");

        assertThat(server(clock).runOne()).as("not tried a fourth time").isFalse();

        assertThat(reports.get(id).state()).isEqualTo(AuditReport.State.FAILED);
        assertThat(reports.get(id).failure()).isEqualTo("died");
        maker(clock).clean();
        assertThat(left).doesNotExist();
    }

    @Test
    void aServerThatWasOnlySlowFindsThatItsReportIsAnothers() throws Exception {
        UUID id = order(0).id();
        UUID slow = UUID.randomUUID();
        AuditReport claimed =
                table.claim(slow, clock.instant(), ReportRunner.ATTEMPTS).orElseThrow();
        clock.advance(ReportTable.LEASE.plusSeconds(1));
        assertThat(server(clock).runOne()).isTrue();
        AuditReport report = reports.get(id);
        assertThat(report.state()).isEqualTo(AuditReport.State.DONE);

        assertThatThrownBy(() -> maker(clock).make(claimed, slow)).isInstanceOf(CancelledException.class);

        assertThat(reports.get(id)).isEqualTo(report);
        assertThat(count("select count(*) from kept_object where id = '" + id + "'"))
                .isEqualTo(1);
        UUID second = order(0).id();
        reports.cancel(second, AUDITOR);
        assertThat(server(clock).runOne()).as("nobody wants it").isFalse();
    }

    @Test
    void rowsThatWentCameBackDatedOrChangedMakeTheTotalsUnexplained() throws Exception {
        Instant before = START.minus(Duration.ofDays(2));
        UUID first = archive(before);
        UUID second = archive(before);
        made(0);
        archive(clock.instant());
        made(0);
        assertThat(seen()).as("growth is explained").doesNotContain("totals-unexplained archive");
        attack("update evidence set disposed_at = '" + clock.instant() + "' where id = '" + first + "'");
        made(0);
        assertThat(seen()).as("a disposal is explained").doesNotContain("totals-unexplained archive");

        attack("delete from evidence where id = '" + second + "'");
        made(0);
        unexplainedAgain();
        archive(before);
        made(0);
        unexplainedAgain();
        attack("update evidence set package_bytes = package_bytes + 1");
        AuditReport last = made(0);
        assertThat(last.findingsHigh()).isPositive();
        unexplainedAgain();
        made(0);
        assertThat(seen()).as("compared with the report before only").doesNotContain("totals-unexplained archive");
    }

    private void unexplainedAgain() {
        assertThat(seen()).contains("totals-unexplained archive");
        long id = findings.open().stream()
                .filter(finding -> finding.code().equals("totals-unexplained"))
                .findFirst()
                .orElseThrow()
                .id();
        findings.close(id, "looked into by the archivist", AUDITOR);
    }

    @Test
    void aSampleThatWasChangedCutOrTakenAwayIsAFinding() throws Exception {
        StoredObject good = stored("what the shop said, first");
        StoredObject changed = stored("what the shop said, second");
        StoredObject cut = stored("what the shop said, third");
        StoredObject gone = stored("what the shop said, fourth");
        UUID whole = archive(START.minus(Duration.ofDays(2)), good);
        UUID hurt = archive(START.minus(Duration.ofDays(2)), changed, cut, gone);
        made(10);
        assertThat(seen()).noneMatch(code -> code.startsWith("sample-"));
        Path file = file(changed);
        assertThat(file.toFile().setWritable(true)).isTrue();
        Files.writeString(file, "what the shop never said, 2");
        Path shorter = file(cut);
        assertThat(shorter.toFile().setWritable(true)).isTrue();
        Files.writeString(shorter, "what");
        Files.delete(file(gone));

        AuditReport report = made(10);

        assertThat(seen()).anyMatch(code -> code.startsWith("sample-bad"));
        assertThat(findings.open().stream()
                        .filter(finding -> finding.code().equals("sample-bad"))
                        .map(AuditFinding::severity))
                .containsOnly(Severity.HIGH);
        ReportFiles files = new ReportFiles(
                new KeptObjects(
                        database.jdbc(), stores.active(), KeptObjects.Gate.OPEN, Retention.Mode.GOVERNANCE, clock),
                work);
        try (ReportFiles.Opened json = files.open(report, "report.json").orElseThrow()) {
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            json.copyTo(out);
            String text = out.toString(StandardCharsets.UTF_8);
            assertThat(text).contains(hurt.toString(), "CHANGED", "MISSING", "member-0", "member-1", "member-2");
            assertThat(text.substring(text.indexOf("fixity-sample"))).doesNotContain(whole.toString());
        }
    }
}
