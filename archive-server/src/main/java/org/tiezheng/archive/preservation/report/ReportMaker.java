package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.pdf.Fonts;
import org.tiezheng.archive.preservation.report.ReportContext.CancelledException;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.seal.SealException;
import org.tiezheng.evidence.seal.SealedFiles;
import org.tiezheng.evidence.seal.Sealer;

/**
 * From an order to a report that is sealed, kept and logged. The steps, and what dying in each leaves:
 *
 * <ol>
 *   <li>figures, files, seal, in a folder of their own: the report is begun anew when its lease ends; the folder is removed then
 *   <li>the container put into the store: an object without a row, which the search for strays finds; the report is begun anew and
 *       is another object
 *   <li>one transaction: kept object, findings, entry of the log, audit event, state DONE: all or none
 * </ol>
 */
final class ReportMaker {
    private static final Logger LOG = LoggerFactory.getLogger(ReportMaker.class);
    private static final Actor SERVER = Actor.system("reports");

    private final List<ReportSection> sections;
    private final ReportTable table;
    private final Findings findings;
    private final KeptObjects kept;
    private final LogQueue log;
    private final AuditLog audit;
    private final Sealer sealer;
    private final MessageSource messages;
    private final PlatformTransactionManager transactions;
    private final ReportSettings settings;
    private final Path folder;
    private final Clock clock;
    private final String version;

    /** What it needs of the rest of the server. */
    record Office(
            ReportTable table,
            Findings findings,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            Sealer sealer,
            MessageSource messages,
            PlatformTransactionManager transactions) {}

    /**
     * @param sections in any order
     * @param folder for work; what is in it belongs to reports that died
     */
    ReportMaker(
            List<ReportSection> sections,
            Office office,
            ReportSettings settings,
            Path folder,
            Clock clock,
            String version) {
        this.sections = sections.stream()
                .sorted(Comparator.comparing(ReportSection::number))
                .toList();
        this.table = office.table();
        this.findings = office.findings();
        this.kept = office.kept();
        this.log = office.log();
        this.audit = office.audit();
        this.sealer = office.sealer();
        this.messages = office.messages();
        this.transactions = office.transactions();
        this.settings = settings;
        this.folder = folder;
        this.clock = clock;
        this.version = version;
    }

    /** What the sections gave. */
    private record Gathered(List<Content.Section> sections, List<Content.Seen> seen, Map<String, Long> totals) {}

    /**
     * Makes the report this server has claimed.
     *
     * @throws CancelledException if it was cancelled, or another server has it now
     * @throws SealException if no authority gave a time-stamp; later perhaps
     * @throws IOException if the disk or the store failed; later perhaps
     */
    void make(AuditReport report, UUID worker) throws CancelledException, SealException, IOException {
        int total = sections.size() + 3;
        int[] done = {0};
        ReportContext.Progress progress = step -> {
            if (!alone(() -> table.progress(report.id(), worker, step, done[0], total, clock.instant()))) {
                throw new CancelledException();
            }
        };
        Instant madeAt = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Locale before = LocaleContextHolder.getLocale();
        Path work = folder.resolve(report.id() + "-" + worker);
        try {
            LocaleContextHolder.setLocale(report.locale());
            Optional<ReportContext.Previous> previous = table.previous(report);
            ReportContext context = new ReportContext(report, madeAt, previous, progress);
            Gathered gathered = gather(context, done);
            List<ReportData.FindingLine> lines = lines(report, previous, gathered.seen(), madeAt);
            ReportData data =
                    new ReportData(report, madeAt, version, previous, gathered.sections(), gathered.totals(), lines);
            progress.at("write");
            Files.createDirectories(work);
            Written written = write(data, work);
            done[0]++;
            progress.at("seal");
            SealedFiles sealed = sealer.sealFiles(written.files(), work.resolve(report.number() + ".asice"));
            done[0]++;
            progress.at("keep");
            Instant until = madeAt.atZone(Format.BEIJING).plus(settings.keep()).toInstant();
            KeptObject stored = kept.store(KeptObjects.Kind.REPORT, report.id(), sealed.path(), until);
            finish(data, worker, written, sealed, stored, gathered.seen());
        } finally {
            LocaleContextHolder.setLocale(before);
            remove(work);
        }
    }

    // ---- figures ---------------------------------------------------------------------------------------------------

    /** All sections over one state of the database. */
    private Gathered gather(ReportContext context, int[] done) throws CancelledException {
        TransactionTemplate oneState = new TransactionTemplate(transactions);
        oneState.setReadOnly(true);
        oneState.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        // A statement that failed spoils its transaction: each section has a savepoint.
        TransactionTemplate savepoint = new TransactionTemplate(transactions);
        savepoint.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        List<Content.Section> written = new ArrayList<>();
        List<Content.Seen> seen = new ArrayList<>();
        Map<String, Long> totals = new LinkedHashMap<>();
        CancelledException[] cancelled = new CancelledException[1];
        oneState.executeWithoutResult(status -> {
            for (ReportSection section : sections) {
                try {
                    context.progress().at("section-" + section.number());
                    SectionWriter out = new SectionWriter(
                            section.number(),
                            section.key(),
                            messages,
                            context.report().locale());
                    SectionWriter whole = written(section, out, context, savepoint);
                    written.add(whole.section());
                    seen.addAll(whole.seen());
                    if (section instanceof TotalsSection counted) {
                        totals.putAll(counted.totals(written.get(written.size() - 1)));
                    }
                    done[0]++;
                } catch (CancelledException e) {
                    cancelled[0] = e;
                    return;
                }
            }
        });
        if (cancelled[0] != null) {
            throw cancelled[0];
        }
        return new Gathered(written, seen, totals);
    }

    private SectionWriter written(
            ReportSection section, SectionWriter out, ReportContext context, TransactionTemplate savepoint)
            throws CancelledException {
        try {
            savepoint.executeWithoutResult(status -> {
                try {
                    section.write(out, context);
                } catch (Exception e) {
                    throw new SectionFailedException(e);
                }
            });
            return out;
        } catch (SectionFailedException failed) {
            if (failed.getCause() instanceof CancelledException cancelled) {
                throw cancelled;
            }
            if (failed.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
                throw new CancelledException();
            }
            LOG.error("section {} of report {}", section.key(), context.report().number(), failed.getCause());
            // Not half a section: what it had written may be what made it fail.
            SectionWriter empty = new SectionWriter(
                    section.number(), section.key(), messages, context.report().locale());
            empty.failed();
            empty.finding(FindingCode.SOURCE_FAILED, section.key(), section.number());
            return empty;
        }
    }

    /** Carries a checked exception through a transaction. */
    private static final class SectionFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SectionFailedException(Throwable cause) {
            super(cause);
        }
    }

    /** In a transaction of its own beside the one that reads. */
    private boolean alone(java.util.function.BooleanSupplier act) {
        TransactionTemplate own = new TransactionTemplate(transactions);
        own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        return Boolean.TRUE.equals(own.execute(status -> act.getAsBoolean()));
    }

    // ---- findings --------------------------------------------------------------------------------------------------

    /** What this report sees, what is open from before, and what was closed since the report before. */
    private List<ReportData.FindingLine> lines(
            AuditReport report, Optional<ReportContext.Previous> previous, List<Content.Seen> seen, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, Format.BEIJING);
        Map<String, AuditFinding> open = new HashMap<>();
        findings.open().forEach(finding -> open.put(finding.code() + "\n" + finding.subject(), finding));
        List<ReportData.FindingLine> lines = new ArrayList<>();
        for (Content.Seen one : seen) {
            AuditFinding earlier = open.remove(one.code().word() + "\n" + one.subject());
            FindingCode code = one.code();
            lines.add(new ReportData.FindingLine(
                    code.word(),
                    one.subject(),
                    code.severity(),
                    one.section(),
                    sentence(code.word(), one.arguments(), report.locale()),
                    earlier == null ? ReportData.Status.NEW : ReportData.Status.REPEATED,
                    earlier == null ? code.owner().name() : earlier.ownerRole(),
                    earlier == null ? today.plusDays(settings.dueDays(code.severity())) : earlier.dueOn(),
                    earlier == null ? report.number() : earlier.firstReport(),
                    null,
                    null));
        }
        open.values().forEach(finding -> lines.add(line(finding, ReportData.Status.NOT_SEEN_AGAIN, report.locale())));
        previous.ifPresent(before -> findings.closedSince(before.report().requestedAt())
                .forEach(finding -> lines.add(line(finding, ReportData.Status.CLOSED, report.locale()))));
        lines.sort(Comparator.comparing((ReportData.FindingLine line) -> line.status() == ReportData.Status.CLOSED)
                .thenComparing(ReportData.FindingLine::severity)
                .thenComparing(ReportData.FindingLine::section)
                .thenComparing(ReportData.FindingLine::code)
                .thenComparing(ReportData.FindingLine::subject));
        return lines;
    }

    private ReportData.FindingLine line(AuditFinding finding, ReportData.Status status, Locale locale) {
        return new ReportData.FindingLine(
                finding.code(),
                finding.subject(),
                finding.severity(),
                finding.section(),
                sentence(finding.code(), finding.arguments(), locale),
                status,
                finding.ownerRole(),
                finding.dueOn(),
                finding.firstReport(),
                finding.closedAt(),
                finding.closingNote());
    }

    private String sentence(String code, List<String> arguments, Locale locale) {
        return messages.getMessage("report.finding." + code, arguments.toArray(), locale);
    }

    // ---- files -----------------------------------------------------------------------------------------------------

    private record Written(Map<String, Path> files, int pages, Digest pdf, Digest json) {}

    private Written write(ReportData data, Path work) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        byte[] json = data.json();
        Path pdf = work.resolve("report.pdf");
        int pages;
        try (OutputStream out = Files.newOutputStream(pdf)) {
            pages = new ReportPdf(Fonts.withMore(settings.fonts()), messages, data).write(json, out);
        }
        files.put("report.pdf", pdf);
        files.put("report.json", Files.write(work.resolve("report.json"), json));
        for (Content.TableBlock table : data.tables()) {
            Path csv = work.resolve(table.key() + ".csv");
            files.put("tables/" + table.key() + ".csv", Files.write(csv, ReportData.csv(table)));
        }
        files.put(
                "VERIFY.txt",
                Files.write(
                        work.resolve("VERIFY.txt"),
                        ReportPdf.verifyText(data.report().number(), data.madeAt())));
        return new Written(
                files,
                pages,
                Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(pdf)),
                Digest.of(Digest.Algorithm.SHA256, json));
    }

    private void finish(
            ReportData data,
            UUID worker,
            Written written,
            SealedFiles sealed,
            KeptObject stored,
            List<Content.Seen> seen)
            throws CancelledException {
        AuditReport report = data.report();
        long open = data.findings().stream()
                .filter(line -> line.status() != ReportData.Status.CLOSED)
                .count();
        long high = data.findings().stream()
                .filter(line -> line.status() != ReportData.Status.CLOSED && line.severity() == Severity.HIGH)
                .count();
        Instant now = clock.instant();
        boolean ours = alone(() -> {
            ReportTable.Done done = new ReportTable.Done(
                    data.previous().map(before -> before.report().id()).orElse(null),
                    data.totals(),
                    (int) open,
                    (int) high,
                    written.pages(),
                    written.pdf().hex(),
                    written.json().hex(),
                    stored.sha256(),
                    stored.sizeBytes(),
                    sealed.tokens().get(0).token().genTime());
            if (!table.done(report.id(), worker, done, now)) {
                return false;
            }
            KeptObject row = kept.keep(stored);
            findings.record(report.id(), now, seen, settings);
            log.append(LogEvent.ofObject(
                    LogEvent.Kind.REPORT,
                    report.id(),
                    Digest.sha256(row.sha256()),
                    row.sizeBytes(),
                    row.until(),
                    now.truncatedTo(ChronoUnit.SECONDS)));
            audit.append(new AuditEvent(
                    SERVER,
                    "report.made",
                    "report",
                    report.id().toString(),
                    row.sha256(),
                    AuditEvent.Result.OK,
                    report.number() + ", ordered by " + report.requestedBy(),
                    null));
            return true;
        });
        if (!ours) {
            throw new CancelledException();
        }
        LOG.info("report {}: {} pages, {} findings", report.number(), written.pages(), open);
    }

    private static void remove(Path work) {
        if (!Files.exists(work)) {
            return;
        }
        try (Stream<Path> files = Files.walk(work)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            LOG.warn("work of a report left at {}: {}", work, left.getMessage());
        }
    }

    /** Removes what servers that died have left in the folder: work of reports nobody makes any more. */
    void clean() {
        try (Stream<Path> left = Files.list(folder)) {
            for (Path work : left.filter(Files::isDirectory).toList()) {
                UUID id = UUID.fromString(work.getFileName().toString().substring(0, 36));
                boolean running = table.find(id)
                        .map(report -> report.state() == AuditReport.State.RUNNING)
                        .orElse(false);
                if (!running) {
                    remove(work);
                }
            }
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            LOG.warn("folder of reports: {}", e.getMessage());
        }
    }
}
