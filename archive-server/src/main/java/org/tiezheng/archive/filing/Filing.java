package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.check.CodeState;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Verdict;

/**
 * The act of filing: evidence gets its archival code and its place in a volume, for good.
 *
 * <p>Code, number, volume, catalogue and audit event are one transaction, and the row of the series is locked in it: numbers are
 * consecutive, a number that was not committed is given to the next, and no number is given twice, whatever crashes. The report is
 * put into the store before the commit; dying between the two leaves an object that nothing names ({@code StrayObjects} lists it)
 * and evidence that is not filed.
 *
 * <p>Whether the check lets it be filed is the caller's matter. Safe for use by many threads and servers.
 */
public final class Filing {
    /** 文种 of what this system archives. */
    public static final String DOCUMENT_TYPE = "电子数据";

    private static final int MAX_TEXT = 500;

    private final JdbcClient jdbc;
    private final EvidenceCatalogue catalogue;
    private final ArchivalCodes codes;
    private final FondsRegister fonds;
    private final FiledRegister register;
    private final Function<UUID, RetentionPeriod> retention;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public Filing(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            ArchivalCodes codes,
            FondsRegister fonds,
            FiledRegister register,
            Function<UUID, RetentionPeriod> retention,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.catalogue = catalogue;
        this.codes = codes;
        this.fonds = fonds;
        this.register = register;
        this.retention = retention;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** Why evidence cannot be filed; the names are keys of texts, {@code filing.refusal.<name>}. */
    public enum Refusal {
        NO_SUCH_EVIDENCE,
        FILED_ALREADY,
        /** Two officers have not confirmed it. */
        NOT_CONFIRMED,
        /** An automatic capture that no person has looked at. */
        NOT_REVIEWED,
        /** Whoever files had a part in the capture, confirmed or reviewed it: separation of duties. */
        OWN_CAPTURE,
        /** The latest verification found it INVALID. */
        INVALID,
        /** Its time was over, and it was destroyed. */
        DISPOSED,
        NO_SUCH_FONDS,
        NO_SUCH_CATEGORY,
        NO_SUCH_ORGANISATION
    }

    /** Evidence that cannot be filed. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final Refusal refusal;

        public RefusedException(Refusal refusal) {
            super(refusal.name());
            this.refusal = refusal;
        }

        public Refusal refusal() {
            return refusal;
        }
    }

    /**
     * Where to file.
     *
     * @param category and {@code organisation}: codes of the fonds' tables
     */
    public record Choice(String fondsNo, String category, String organisation) {}

    /**
     * What filing would write, but for the number, which is given when it is done.
     *
     * @param codeBegins the code without the item's number: of the volume if there is a case, else of the series
     */
    public record Proposal(
            FondsRule rule,
            String category,
            String organisation,
            int year,
            RetentionPeriod retention,
            @Nullable String caseNo,
            String codeBegins,
            String title,
            String responsible,
            LocalDate documentDate,
            String documentType) {}

    /** Writes the report of the check for what is being filed; gives null if there is none to keep. */
    @FunctionalInterface
    public interface Report {
        @Nullable
        KeptObject write(Filed filed) throws IOException;
    }

    /** Why {@code by} cannot file this; empty if he can. */
    public Optional<Refusal> refusal(Evidence evidence, Actor by) {
        if (evidence.disposedAt() != null) {
            return Optional.of(Refusal.DISPOSED);
        }
        if (evidence.archivalCode() != null) {
            return Optional.of(Refusal.FILED_ALREADY);
        }
        if (evidence.confirmedAt() == null) {
            return Optional.of(Refusal.NOT_CONFIRMED);
        }
        if (evidence.awaitsReview()) {
            return Optional.of(Refusal.NOT_REVIEWED);
        }
        if (evidence.verdict() == Verdict.INVALID) {
            return Optional.of(Refusal.INVALID);
        }
        return evidence.officerIds().contains(by.id()) || hadPart(evidence.id(), by)
                ? Optional.of(Refusal.OWN_CAPTURE)
                : Optional.empty();
    }

    private boolean hadPart(UUID id, Actor by) {
        return jdbc.sql("""
                        select exists (select 1 from confirmation where evidence_id = :id and account_id = :by)
                            or exists (select 1 from automatic_review where evidence_id = :id and account_id = :by)""")
                .param("id", id)
                .param("by", by.id())
                .query(Boolean.class)
                .single();
    }

    /**
     * What would be written. The volume of the case, if there is one already, decides its own fields.
     *
     * @throws RefusedException if fonds or codes do not exist
     */
    public Proposal propose(Evidence evidence, Choice choice) throws RefusedException {
        FondsRule rule = fonds.find(choice.fondsNo()).orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_FONDS));
        if (!rule.categories().containsKey(choice.category())) {
            throw new RefusedException(Refusal.NO_SUCH_CATEGORY);
        }
        if (!rule.organisations().containsKey(choice.organisation())) {
            throw new RefusedException(Refusal.NO_SUCH_ORGANISATION);
        }
        RetentionPeriod period = retention.apply(evidence.id());
        LocalDate day = LocalDate.ofInstant(evidence.capturedFrom(), Format.BEIJING);
        Optional<Volume> volume =
                evidence.caseNo() == null ? Optional.empty() : volume(rule.no(), evidence.caseNo(), period.classId());
        CodePattern.Parts parts = new CodePattern.Parts(
                rule.no(), choice.category(), day.getYear(), period.code(), choice.organisation(), 1, 1);
        String begins = volume.map(Volume::archivalCode)
                .orElseGet(() -> evidence.caseNo() == null
                        ? rule.itemPattern().series(parts)
                        : rule.volumePattern().series(parts));
        return new Proposal(
                rule,
                volume.map(Volume::category).orElse(choice.category()),
                volume.map(Volume::organisation).orElse(choice.organisation()),
                volume.map(Volume::year).orElse(day.getYear()),
                period,
                evidence.caseNo(),
                begins,
                title(evidence),
                responsible(evidence, rule),
                day,
                DOCUMENT_TYPE);
    }

    private static String title(Evidence evidence) {
        String title = evidence.title();
        return cut(title == null || title.isBlank() ? evidence.targetUrl() : title);
    }

    /** The unit of the first officer who confirmed, as it was then; else the body of the fonds. */
    private String responsible(Evidence evidence, FondsRule rule) {
        return cut(jdbc.sql("select unit from confirmation where evidence_id = :id order by confirmed_at limit 1")
                .param("id", evidence.id())
                .query(String.class)
                .optional()
                .orElse(rule.unit()));
    }

    /** Titles come from pages: what XML cannot hold is shown as U+FFFD, what is too long is cut. The package has it whole. */
    static String cut(String text) {
        StringBuilder clean = new StringBuilder();
        text.strip()
                .codePoints()
                .limit(MAX_TEXT)
                .map(point -> Character.isISOControl(point)
                                || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                                || point == 0xFFFE
                                || point == 0xFFFF
                        ? 0xFFFD
                        : point)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private Optional<Volume> volume(String fondsNo, String caseNo, String retentionClass) {
        return register.volumesOfCase(caseNo).stream()
                .filter(volume -> volume.fondsNo().equals(fondsNo)
                        && volume.retentionClass().equals(retentionClass))
                .findFirst();
    }

    /**
     * Files it.
     *
     * @param runId the check it was filed after
     * @param reason why, although items warned; null if none did
     * @throws RefusedException if it cannot be filed, or no longer: nothing was changed
     * @throws IOException if the report could not be kept: nothing was changed but for an object without a name
     */
    public Filed file(
            UUID evidenceId, Choice choice, @Nullable UUID runId, @Nullable String reason, Report report, Actor by)
            throws RefusedException, IOException {
        try {
            return Objects.requireNonNull(transactions.execute(status -> {
                try {
                    return inTransaction(evidenceId, choice, runId, reason, report, by);
                } catch (RefusedException refused) {
                    throw new Unwound(refused);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            }));
        } catch (Unwound refused) {
            throw refused.refused;
        } catch (UncheckedIOException failed) {
            throw new IOException(failed.getMessage(), failed);
        }
    }

    /** Carries a refusal out of the transaction, which is rolled back. */
    private static final class Unwound extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final RefusedException refused;

        Unwound(RefusedException refused) {
            super(refused);
            this.refused = refused;
        }
    }

    private Filed inTransaction(
            UUID evidenceId, Choice choice, @Nullable UUID runId, @Nullable String reason, Report report, Actor by)
            throws RefusedException, IOException {
        boolean there = jdbc.sql("select 1 from evidence where id = :id for update")
                .param("id", evidenceId)
                .query(Integer.class)
                .optional()
                .isPresent();
        Evidence evidence = there ? catalogue.find(evidenceId).orElse(null) : null;
        if (evidence == null) {
            throw new RefusedException(Refusal.NO_SUCH_EVIDENCE);
        }
        Optional<Refusal> refusal = refusal(evidence, by);
        if (refusal.isPresent()) {
            throw new RefusedException(refusal.get());
        }
        Proposal proposal = propose(evidence, choice);
        Volume volume = proposal.caseNo() == null ? null : openVolume(proposal, proposal.caseNo(), by);
        String series;
        String code;
        int number;
        if (volume != null) {
            series = volume.archivalCode();
            number = next(series, proposal.rule().no());
            code = CodePattern.itemInVolume(volume.archivalCode(), number);
        } else {
            series = proposal.rule().itemPattern().series(parts(proposal, 0, 0));
            number = next(series, proposal.rule().no());
            code = proposal.rule().itemPattern().format(parts(proposal, 0, number));
        }
        Instant now = clock.instant();
        Filed filed = new Filed(
                evidenceId,
                0,
                code,
                proposal.rule().no(),
                proposal.rule().name(),
                proposal.rule().unit(),
                proposal.rule().id(),
                series,
                number,
                volume == null ? null : volume.id(),
                volume == null ? null : volume.archivalCode(),
                volume == null ? null : volume.volumeNo(),
                volume == null ? null : volume.caseNo(),
                proposal.category(),
                proposal.organisation(),
                proposal.year(),
                proposal.retention().classId(),
                proposal.title(),
                proposal.responsible(),
                proposal.documentDate(),
                proposal.documentType(),
                null,
                Filed.Origin.FILED,
                runId,
                reason,
                null,
                null,
                now,
                by.id(),
                by.name());
        KeptObject kept = report.write(filed);
        insert(filed, kept == null ? null : kept.id(), kept == null ? null : kept.sha256());
        codes.set(evidenceId, code);
        audit.append(new AuditEvent(
                by,
                "evidence.file",
                "evidence",
                evidenceId.toString(),
                evidence.sha256().hex(),
                AuditEvent.Result.OK,
                code
                        + (kept == null ? "" : ", report " + kept.sha256())
                        + (reason == null ? "" : ", because: " + reason),
                null));
        return register.find(evidenceId).orElseThrow();
    }

    private static CodePattern.Parts parts(Proposal proposal, int volumeNo, int itemNo) {
        return new CodePattern.Parts(
                proposal.rule().no(),
                proposal.category(),
                proposal.year(),
                proposal.retention().code(),
                proposal.organisation(),
                volumeNo,
                itemNo);
    }

    /** The case's volume, made if there is none. A lock of the database orders those that ask at the same time. */
    private Volume openVolume(Proposal proposal, String caseNo, Actor by) {
        String series = proposal.rule().volumePattern().series(parts(proposal, 0, 0));
        String classId = proposal.retention().classId();
        Optional<Volume> there = volume(proposal.rule().no(), caseNo, classId);
        if (there.isPresent()) {
            return there.get();
        }
        jdbc.sql("select pg_advisory_xact_lock(hashtextextended(:key, 0))")
                .param("key", "volume " + proposal.rule().no() + " " + classId + " " + caseNo)
                .query((row, number) -> true)
                .single();
        there = volume(proposal.rule().no(), caseNo, classId);
        if (there.isPresent()) {
            return there.get();
        }
        int number = next(series, proposal.rule().no());
        UUID id = UUID.randomUUID();
        String code = proposal.rule().volumePattern().format(parts(proposal, number, 0));
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", id);
        row.put("code", code);
        row.put("fonds", proposal.rule().no());
        row.put("rule", proposal.rule().id());
        row.put("series", series);
        row.put("no", number);
        row.put("case", caseNo);
        row.put("class", classId);
        row.put("category", proposal.category());
        row.put("organisation", proposal.organisation());
        row.put("year", proposal.year());
        row.put("title", cut(caseNo));
        row.put("origin", Filed.Origin.FILED.name());
        row.put("at", Timestamp.from(clock.instant()));
        row.put("by", by.id());
        row.put("name", by.name());
        jdbc.sql("""
                        insert into volume (id, archival_code, fonds_no, rule_id, series, volume_no, case_no, retention_class,
                            category, organisation, year, title, origin, opened_at, opened_by, opened_by_name)
                        values (:id, :code, :fonds, :rule, :series, :no, :case, :class, :category, :organisation, :year, :title,
                            :origin, :at, :by, :name)""").params(row).update();
        audit.append(new AuditEvent(
                by, "volume.open", "volume", id.toString(), null, AuditEvent.Result.OK, code + ", " + caseNo, null));
        return register.volume(id).orElseThrow();
    }

    private void lockSeries(String series, String fondsNo) {
        int unused =
                jdbc.sql("""
                        insert into code_series (series, fonds_no, last_number) values (:series, :fonds, 0)
                        on conflict (series) do nothing""").param("series", series).param("fonds", fondsNo).update();
        List<Integer> locked = jdbc.sql("select last_number from code_series where series = :series for update")
                .param("series", series)
                .query(Integer.class)
                .list();
        if (locked.size() != 1) {
            throw new IllegalStateException("series " + series + " vanished");
        }
    }

    /** The next number of a series, which stays locked until the transaction ends. */
    private int next(String series, String fondsNo) {
        lockSeries(series, fondsNo);
        return jdbc.sql(
                        "update code_series set last_number = last_number + 1 where series = :series returning last_number")
                .param("series", series)
                .query(Integer.class)
                .single();
    }

    void insert(Filed filed, @Nullable UUID reportId, @Nullable String reportSha256) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", filed.evidenceId());
        row.put("code", filed.archivalCode());
        row.put("fonds", filed.fondsNo());
        row.put("rule", filed.ruleId());
        row.put("series", filed.series());
        row.put("no", filed.itemNo());
        row.put("volume", filed.volumeId());
        row.put("category", filed.category());
        row.put("organisation", filed.organisation());
        row.put("year", filed.year());
        row.put("class", filed.retentionClass());
        row.put("title", filed.title());
        row.put("responsible", filed.responsible());
        row.put("date", filed.documentDate());
        row.put("type", filed.documentType());
        row.put("page", filed.pageNo());
        row.put("origin", filed.origin().name());
        row.put("run", filed.runId());
        row.put("reason", filed.reason());
        row.put("report", reportId);
        row.put("reportSha256", reportSha256);
        row.put("at", Timestamp.from(filed.filedAt()));
        row.put("by", filed.filedBy());
        row.put("name", filed.filedByName());
        jdbc.sql("""
                        insert into filed (evidence_id, archival_code, fonds_no, rule_id, series, item_no, volume_id, category,
                            organisation, year, retention_class, title, responsible, document_date, document_type, page_no,
                            origin, run_id, reason, report_id, report_sha256, filed_at, filed_by, filed_by_name)
                        values (:id, :code, :fonds, :rule, :series, :no, :volume, :category, :organisation, :year, :class, :title,
                            :responsible, :date, :type, :page, :origin, :run, :reason, :report, :reportSha256, :at, :by,
                            :name)""").params(row).update();
    }

    // ---- for the check
    // -----------------------------------------------------------------------------------------------

    /** What the check has to know of the code that filing would give next. */
    CodeState codeState(Evidence evidence, Proposal proposal) {
        Optional<Volume> volume = evidence.caseNo() == null
                ? Optional.empty()
                : volume(
                        proposal.rule().no(),
                        evidence.caseNo(),
                        proposal.retention().classId());
        String code;
        String series;
        boolean wellFormed;
        if (evidence.caseNo() == null) {
            series = proposal.rule().itemPattern().series(parts(proposal, 0, 0));
            code = proposal.rule().itemPattern().format(parts(proposal, 0, last(series) + 1));
            wellFormed = proposal.rule().itemPattern().parse(code).isPresent();
        } else {
            String volumeSeries = proposal.rule().volumePattern().series(parts(proposal, 0, 0));
            String volumeCode = volume.map(Volume::archivalCode)
                    .orElseGet(
                            () -> proposal.rule().volumePattern().format(parts(proposal, last(volumeSeries) + 1, 0)));
            series = volumeCode;
            int number = last(series) + 1;
            code = CodePattern.itemInVolume(volumeCode, number);
            wellFormed = (volume.isPresent()
                            || proposal.rule().volumePattern().parse(volumeCode).isPresent())
                    && CodePattern.numberInVolume(volumeCode, code).isPresent();
        }
        Map<String, String> elements = elements(
                List.of(
                        proposal.rule().no(),
                        proposal.rule().name(),
                        proposal.rule().unit()),
                evidence.id(),
                code,
                proposal.year(),
                proposal.retention().classId(),
                proposal.organisation(),
                proposal.category(),
                volume.map(found -> String.valueOf(found.volumeNo())).orElse(proposal.caseNo() == null ? "—" : "+1"),
                last(series) + 1,
                null,
                proposal.title(),
                proposal.responsible(),
                proposal.documentDate(),
                proposal.documentType());
        return new CodeState(
                code,
                wellFormed,
                takenBy(evidence, code),
                register.gaps(series),
                register.isImported(series),
                elements);
    }

    /** What the check has to know of a code that was given. */
    CodeState codeState(Filed filed) {
        Evidence evidence = catalogue.find(filed.evidenceId()).orElseThrow();
        FondsRule rule = fonds.rule(filed.ruleId()).orElseThrow();
        String volume = filed.volumeCode();
        boolean wellFormed = volume == null
                ? rule.itemPattern()
                        .parse(filed.archivalCode())
                        .filter(parts -> parts.itemNo() == filed.itemNo())
                        .isPresent()
                : rule.volumePattern().parse(volume).isPresent()
                        && CodePattern.numberInVolume(volume, filed.archivalCode())
                                .filter(number -> number == filed.itemNo())
                                .isPresent();
        return new CodeState(
                filed.archivalCode(),
                wellFormed && filed.archivalCode().equals(evidence.archivalCode()),
                takenBy(evidence, filed.archivalCode()),
                register.gaps(filed.series()),
                register.isImported(filed.series()),
                elements(filed));
    }

    private int last(String series) {
        return jdbc.sql("select last_number from code_series where series = :series")
                .param("series", series)
                .query(Integer.class)
                .optional()
                .orElse(0);
    }

    /** Other evidence with this code, another volume with it, other evidence with the same bytes. */
    private List<String> takenBy(Evidence evidence, String code) {
        return jdbc.sql("""
                        select evidence_id::text from filed where archival_code = :code and evidence_id <> :id
                        union all select id::text from volume where archival_code = :code
                        union all select id::text from evidence where package_sha256 = :sha256 and sha256 = :wacz and id <> :id
                        limit 10""")
                .param("code", code)
                .param("id", evidence.id())
                .param("sha256", evidence.packageSha256().hex())
                .param("wacz", evidence.sha256().hex())
                .query(String.class)
                .list();
    }

    /** DA/T 46 elements of what was filed, by their Chinese names. */
    public static Map<String, String> elements(Filed filed) {
        return elements(
                List.of(filed.fondsNo(), filed.fondsName(), filed.unit()),
                filed.evidenceId(),
                filed.archivalCode(),
                filed.year(),
                filed.retentionClass(),
                filed.organisation(),
                filed.category(),
                filed.volumeNo() == null ? "—" : String.valueOf(filed.volumeNo()),
                filed.itemNo(),
                filed.pageNo(),
                filed.title(),
                filed.responsible(),
                filed.documentDate(),
                filed.documentType());
    }

    private static Map<String, String> elements(
            List<String> fonds,
            UUID id,
            String code,
            int year,
            String retentionClass,
            String organisation,
            String category,
            String volumeNo,
            int itemNo,
            @Nullable String pageNo,
            String title,
            String responsible,
            LocalDate date,
            String type) {
        Map<String, String> elements = new java.util.LinkedHashMap<>();
        elements.put("聚合层次", "件");
        elements.put("全宗号", fonds.get(0));
        elements.put("全宗名称", fonds.get(1));
        elements.put("立档单位名称", fonds.get(2));
        elements.put("电子文件号", id.toString());
        elements.put("档号", code);
        elements.put("年度", String.valueOf(year));
        elements.put("保管期限", retentionClass);
        elements.put("机构或问题", organisation);
        elements.put("类别号", category);
        elements.put("案卷号", volumeNo);
        elements.put("件号", String.valueOf(itemNo));
        elements.put("页号", pageNo == null ? "—" : pageNo);
        elements.put("题名", title);
        elements.put("责任者", responsible);
        elements.put("日期", date.toString());
        elements.put("文种", type);
        return elements;
    }

    /** Work of a transaction that may fail by IO; the transaction is rolled back then. */
    @FunctionalInterface
    interface IoWork<T> {
        T run() throws IOException;
    }

    <T> T transaction(IoWork<T> work) throws IOException {
        try {
            return Objects.requireNonNull(transactions.execute(status -> {
                try {
                    return work.run();
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            }));
        } catch (UncheckedIOException failed) {
            throw new IOException(failed.getMessage(), failed);
        }
    }
}
