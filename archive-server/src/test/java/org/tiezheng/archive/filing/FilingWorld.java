package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.Mortal;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.filing.aip.AipOverview;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckRuns;
import org.tiezheng.archive.filing.check.Clamd;
import org.tiezheng.archive.filing.check.Ffprobe;
import org.tiezheng.archive.filing.check.FourPropertyCheck;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.pdf.Fonts;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Bundles;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.Retention;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Filing with everything real: PostgreSQL, folder store, sealed packages. */
final class FilingWorld implements AutoCloseable {
    static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    static final Clock CLOCK = Clock.fixed(SEALED.plusSeconds(3600), ZoneOffset.UTC);
    static final Actor ARCHIVIST = new Actor("archivist-1", "档案员甲", "ARCHIVIST", null, "127.0.0.1", "s9");
    static final Duration LEASE = Duration.ofMinutes(2);
    static final Filing.Choice CHOICE = new Filing.Choice("0123", "XZCF", "WJ");

    final Path folder;
    final Clock clock;
    final TestDatabase database;
    final JdbcClient jdbc;
    final TransactionTemplate transactions;
    final FolderStore store;
    final TestPackages packages;
    final TestArchive archive;
    final Trust trust;
    final AuditLog audit;
    final EvidenceCatalogue catalogue;
    final FondsRegister fonds;
    final FiledRegister register;
    final KeptObjects kept;
    final CheckRuns runs;
    final FilingTasks tasks;
    final EvidenceFiles files;
    final Filing filing;

    FilingWorld(Path folder) throws IOException {
        this(folder, CLOCK);
    }

    FilingWorld(Path folder, Clock clock) throws IOException {
        this.folder = folder;
        this.clock = clock;
        this.database = TestDatabase.create();
        this.packages = new TestPackages(folder.resolve("packages"), SEALED);
        this.store = FolderStore.create("primary", folder.resolve("objects"), clock);
        this.archive = new TestArchive(database, store, packages, clock);
        Path root = folder.resolve("root.pem");
        packages.writeRoot(root);
        this.trust = new Trust(List.of(), root);
        this.jdbc = database.jdbc();
        this.transactions = database.transactions();
        this.audit = new AuditLog(jdbc, clock);
        this.catalogue = new EvidenceCatalogue(jdbc);
        this.fonds = new FondsRegister(jdbc, transactions, audit, clock);
        this.register = new FiledRegister(jdbc);
        this.kept = new KeptObjects(jdbc, store, KeptObjects.Gate.OPEN, Retention.Mode.COMPLIANCE, clock);
        this.runs = new CheckRuns(jdbc, transactions, audit, clock);
        this.tasks = new FilingTasks(jdbc, transactions, audit, clock);
        this.files = new EvidenceFiles(catalogue, store);
        this.filing = filing(id -> new RetentionPeriod("Y30", 30));
    }

    /** Another process of the same archive, with connections of its own. */
    FilingWorld(FilingWorld other, Mortal process) {
        this.folder = other.folder;
        this.clock = other.clock;
        this.database = other.database;
        this.packages = other.packages;
        this.store = other.store;
        this.archive = other.archive;
        this.trust = other.trust;
        this.jdbc = process.jdbc();
        this.transactions = process.transactions();
        this.audit = new AuditLog(jdbc, clock);
        this.catalogue = new EvidenceCatalogue(jdbc);
        this.fonds = new FondsRegister(jdbc, transactions, audit, clock);
        this.register = new FiledRegister(jdbc);
        this.kept = new KeptObjects(jdbc, store, KeptObjects.Gate.OPEN, Retention.Mode.COMPLIANCE, clock);
        this.runs = new CheckRuns(jdbc, transactions, audit, clock);
        this.tasks = new FilingTasks(jdbc, transactions, audit, clock);
        this.files = new EvidenceFiles(catalogue, store);
        this.filing = filing(id -> new RetentionPeriod("Y30", 30));
    }

    FourPropertyCheck check(@Nullable Clamd clamd, boolean unscannedBlocks) {
        return check(files, clamd, unscannedBlocks);
    }

    FourPropertyCheck check(EvidenceFiles from, @Nullable Clamd clamd, boolean unscannedBlocks) {
        return new FourPropertyCheck(
                catalogue,
                from,
                trust,
                new Confirmations(
                        jdbc, catalogue, new Officers(jdbc, transactions, audit, clock), transactions, audit, clock),
                new CaseLinks(jdbc, catalogue, transactions, audit, clock),
                audit,
                jdbc,
                runs,
                new Ffprobe("ffprobe", Duration.ofSeconds(60)),
                clamd,
                unscannedBlocks,
                clock);
    }

    FilingDesk desk(FourPropertyCheck check) {
        try {
            return new FilingDesk(
                    filing,
                    register,
                    fonds,
                    tasks,
                    catalogue,
                    check,
                    runs,
                    new CheckReport(Bundles.source()),
                    kept,
                    new LogQueue(jdbc, clock),
                    100,
                    clock);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    ExportDesk exports(@Nullable Path into) {
        return new ExportDesk(
                tasks, register, catalogue, new EvidenceExport(catalogue, store), jdbc, into, "node", 100);
    }

    private static AipOverview overview() {
        try {
            return new AipOverview(Bundles.source(), Fonts.bundled());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Makes packages for other archives. */
    FilingRunner exporter(@Nullable Path into) {
        return new FilingRunner(
                tasks,
                List.of(new ExportWork(
                        tasks,
                        register,
                        fonds,
                        desk(check(null, false)),
                        catalogue,
                        new EvidenceExport(catalogue, store),
                        new Confirmations(
                                jdbc,
                                catalogue,
                                new Officers(jdbc, transactions, audit, clock),
                                transactions,
                                audit,
                                clock),
                        audit,
                        id -> new RetentionPeriod("Y30", 30),
                        overview(),
                        into,
                        "Tiezheng test",
                        clock)),
                "node",
                1,
                LEASE,
                clock);
    }

    FilingRunner runner(FilingDesk desk) {
        return new FilingRunner(
                tasks,
                List.of(
                        new FileWork(FilingTask.Kind.FILE, tasks, filing, register, desk, catalogue),
                        new FileWork(FilingTask.Kind.CHECK, tasks, filing, register, desk, catalogue)),
                "node",
                1,
                LEASE,
                clock);
    }

    /** A package whose capture.json follows the whole schema, so that every automatic item can pass. */
    Path whole(String title, Map<String, byte[]> more) throws IOException {
        UUID id = UUID.randomUUID();
        String url = "http://shop.example/" + id;
        Map<String, byte[]> files = new LinkedHashMap<>(more);
        // Once without, for what is recorded beside it; the second time with the list of those files.
        Path first = packages.make(id, title, url, "明前龙井", files);
        ArrayNode artefacts = SchemaSample.array();
        ObjectNode steps = JsonMapper.shared().createObjectNode();
        steps.put("no", 1);
        steps.put("name", "navigate");
        steps.put("startedAt", "2026-11-21T07:59:00.000000Z");
        steps.put("endedAt", "2026-11-21T07:59:30.000000Z");
        steps.put("outcome", "ok");
        JsonNode bracket;
        try (FileChannel channel = FileChannel.open(first)) {
            CanonicalZipReader outer = CanonicalZipReader.read(channel);
            CanonicalZipReader inner =
                    outer.nested(outer.member("wacz/capture.wacz").orElseThrow(), ZipLimits.DEFAULT);
            JsonNode old = JsonMapper.shared()
                    .readTree(inner.readSmall(
                                    inner.member("evidence/capture.json").orElseThrow(), 1 << 20)
                            .orElseThrow());
            bracket = old.path("timeBracket");
            for (Member member : inner.members()) {
                if ((member.name().startsWith("archive/") || member.name().startsWith("evidence/"))
                        && !member.name().equals("evidence/capture.json")) {
                    byte[] bytes = inner.readSmall(member, 1 << 26).orElseThrow();
                    files.put(member.name(), bytes);
                    ObjectNode one = artefacts.addObject();
                    one.put("path", member.name());
                    one.put("mediaType", "application/octet-stream");
                    one.put("sizeBytes", bytes.length);
                    one.put("sha256", Digest.of(Digest.Algorithm.SHA256, bytes).hex());
                    one.put("sm3", Digest.of(Digest.Algorithm.SM3, bytes).hex());
                    one.put("madeAt", "2026-11-21T07:59:30.000000Z");
                }
            }
            files.put(
                    "indexes/index.cdx",
                    inner.readSmall(inner.member("indexes/index.cdx").orElseThrow(), 1 << 20)
                            .orElseThrow());
        }
        ArrayNode all = SchemaSample.array();
        all.add(steps);
        ObjectNode notBefore = ((ObjectNode) bracket.path("notBefore")).deepCopy();
        notBefore.put("genTime", notBefore.path("genTime").asString().replace("Z", ".000000Z"));
        ObjectNode capture = SchemaSample.make(Map.of(
                "id", id.toString(),
                "request/url", url,
                "target/inputUrl", url,
                "target/finalUrl", url,
                "target/title", title,
                "steps", all,
                "artefacts", artefacts,
                "timeBracket/notBefore", notBefore,
                "completeness/verdict", "COMPLETE"));
        files.put("evidence/capture.json", JsonMapper.shared().writeValueAsBytes(capture));
        return packages.make(id, title, url, "明前龙井", files);
    }

    Filing filing(Function<UUID, RetentionPeriod> retention) {
        return new Filing(
                jdbc,
                catalogue,
                new ArchivalCodes(jdbc, catalogue),
                fonds,
                register,
                retention,
                transactions,
                audit,
                clock);
    }

    FondsRule fonds() {
        return fonds.set(
                new FondsRegister.Setting(
                        "0123",
                        "甲市市场监督管理局",
                        "甲市市场监督管理局",
                        CodePattern.DEFAULT_ITEM,
                        CodePattern.DEFAULT_VOLUME,
                        Map.of("XZCF", "行政处罚"),
                        Map.of("WJ", "网络监管科")),
                ARCHIVIST);
    }

    /** Archived, confirmed by two officers, not filed. */
    UUID evidence(String title, String caseNo) {
        return evidence(packages.make(title, "http://shop.example/" + UUID.randomUUID(), "明前龙井"), caseNo);
    }

    UUID evidence(Path file, String caseNo) {
        UUID id = archive.archive(file, new NewEvidence.InitialLinks(null, caseNo, null, null, null));
        // As ingest writes it; the test's short cut into the archive does not.
        transactions.executeWithoutResult(status -> {
            var unused =
                    audit.append(AuditEvent.ok(TestArchive.OFFICER, "evidence.archived", "evidence", id.toString()));
        });
        confirm(id, "officer-1", "执法人员甲", "C-1");
        confirm(id, "officer-2", "执法人员乙", "C-2");
        jdbc.sql("update evidence set confirmed_at = :at where id = :id")
                .param("at", Timestamp.from(clock.instant()))
                .param("id", id)
                .update();
        return id;
    }

    private void confirm(UUID id, String account, String name, String certificate) {
        transactions.executeWithoutResult(status -> {
            jdbc.sql("""
                            insert into confirmation (evidence_id, account_id, name, unit, cert_no, cert_valid_from, cert_valid_to,
                                method, confirmed_at)
                            values (:id, :account, :name, '甲市市场监督管理局网络监管科', :no, '2020-01-01', '2030-01-01',
                                'OWN_SESSION', :at)""")
                    .param("id", id)
                    .param("account", account)
                    .param("name", name)
                    .param("no", certificate)
                    .param("at", Timestamp.from(clock.instant()))
                    .update();
            var unused = audit.append(AuditEvent.ok(
                    new Actor(account, name, "INSPECTOR", certificate, "127.0.0.1", "s"),
                    "evidence.confirm",
                    "evidence",
                    id.toString()));
        });
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
