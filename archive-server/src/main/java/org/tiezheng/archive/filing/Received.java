package org.tiezheng.archive.filing;

import java.io.IOException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.aip.AipFonds;
import org.tiezheng.archive.filing.aip.AipItem;
import org.tiezheng.archive.filing.aip.AipItem.AipVolume;
import org.tiezheng.archive.web.Problem;

/**
 * Keeps the codes that packages of other archives come with: fonds, setting, volume, number and all, or a conflict with a name.
 * Nothing that is here is changed for it. Safe for use by many threads.
 */
final class Received {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final EvidenceCatalogue catalogue;
    private final ArchivalCodes codes;
    private final FondsRegister fonds;
    private final FiledRegister register;
    private final Filing filing;
    private final Classes classes;
    private final AuditLog audit;
    private final Clock clock;

    /** The retention classes of this archive. */
    interface Classes {
        /** Years of a class in force: empty if there is no such class, 0 for ever. */
        Optional<Integer> years(String classId);

        /** Gives evidence this class, if that is longer than what it has. */
        void raise(UUID evidence, String classId, Actor by);
    }

    Received(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            EvidenceCatalogue catalogue,
            ArchivalCodes codes,
            FondsRegister fonds,
            FiledRegister register,
            Filing filing,
            Classes classes,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.catalogue = catalogue;
        this.codes = codes;
        this.fonds = fonds;
        this.register = register;
        this.filing = filing;
        this.classes = classes;
        this.audit = audit;
        this.clock = clock;
    }

    /** Something that is here stands against it; the message is a stable word and more. */
    static final class ConflictException extends Exception {
        private static final long serialVersionUID = 1;

        ConflictException(String message) {
            super(message);
        }
    }

    /** What stands against taking it in; empty if nothing does. */
    Optional<String> conflict(AipItem item, List<AipFonds> sent) {
        Optional<Evidence> there = catalogue.find(item.evidenceId());
        if (there.isPresent() && !there.get().sha256().hex().equals(item.waczSha256())) {
            return Optional.of("OTHER_BYTES: the archive has another capture with this id");
        }
        if (there.isPresent() && there.get().disposedAt() != null) {
            return Optional.of("DISPOSED: the archive had it and destroyed it");
        }
        Optional<Filed> filed = register.find(item.evidenceId());
        if (filed.isPresent() && !filed.get().archivalCode().equals(item.archivalCode())) {
            return Optional.of("OTHER_CODE: filed here as " + filed.get().archivalCode());
        }
        Optional<Filed> holder = register.findByCode(item.archivalCode());
        if (holder.isPresent() && !holder.get().evidenceId().equals(item.evidenceId())) {
            return Optional.of("CODE_TAKEN: by evidence " + holder.get().evidenceId());
        }
        Optional<Integer> years = classes.years(item.retentionClass());
        Integer wanted = item.retentionYears();
        if (years.isEmpty() || years.get() != (wanted == null ? 0 : wanted)) {
            return Optional.of("RETENTION: " + item.retentionClass() + " is not "
                    + (wanted == null ? "for ever" : wanted + " years") + " here");
        }
        try {
            AipFonds of = fondsOf(item, sent);
            Optional<FondsRule> rule = ruleOf(item, of);
            if (rule.isEmpty() && fonds.find(of.no()).isPresent()) {
                return Optional.of("CODE_FORM: no setting of fonds " + of.no() + " here makes " + item.archivalCode());
            }
            volumeConflict(item);
            return Optional.empty();
        } catch (ConflictException conflict) {
            return Optional.of(String.valueOf(conflict.getMessage()));
        }
    }

    /** Whether it got its code from {@code by} since then: by a task that died before it wrote so. */
    boolean isFiledSince(UUID evidence, Instant since, Actor by) {
        return audit.ofObject("evidence", evidence.toString()).stream()
                .anyMatch(entry -> entry.event().action().equals("evidence.file")
                        && entry.event().actor().id().equals(by.id())
                        && !entry.at().isBefore(since));
    }

    private static AipFonds fondsOf(AipItem item, List<AipFonds> sent) throws ConflictException {
        for (AipFonds one : sent) {
            if (one.no().equals(item.fondsNo()) && isMadeBy(one, item)) {
                return one;
            }
        }
        throw new ConflictException("CODE_FORM: the package's own fonds does not make " + item.archivalCode());
    }

    private static boolean isMadeBy(AipFonds one, AipItem item) {
        try {
            return isMadeBy(CodePattern.item(one.itemPattern()), CodePattern.volume(one.volumePattern()), item);
        } catch (CodePattern.BadPatternException bad) {
            return false;
        }
    }

    private static boolean isMadeBy(CodePattern itemPattern, CodePattern volumePattern, AipItem item) {
        AipVolume volume = item.volume();
        Optional<CodePattern.Parts> parts =
                volume == null ? itemPattern.parse(item.archivalCode()) : volumePattern.parse(volume.archivalCode());
        boolean numbered = volume == null
                ? parts.filter(p -> p.itemNo() == item.itemNo()).isPresent()
                : parts.filter(p -> p.volumeNo() == volume.volumeNo()).isPresent()
                        && CodePattern.numberInVolume(volume.archivalCode(), item.archivalCode())
                                .filter(number -> number == item.itemNo())
                                .isPresent();
        return numbered
                && parts.filter(p -> p.fonds().equals(item.fondsNo())
                                && p.category().equals(item.category())
                                && p.organisation().equals(item.organisation())
                                && p.year() == item.year()
                                && p.retention()
                                        .equals(new RetentionPeriod(item.retentionClass(), item.retentionYears())
                                                .code()))
                        .isPresent();
    }

    /** The setting here that makes this code and is of the same fonds by name; empty if there is none. */
    private Optional<FondsRule> ruleOf(AipItem item, AipFonds of) throws ConflictException {
        List<FondsRule> history = fonds.history(of.no());
        if (!history.isEmpty()
                && history.stream()
                        .noneMatch(rule ->
                                rule.name().equals(of.name()) && rule.unit().equals(of.unit()))) {
            throw new ConflictException(
                    "FONDS: " + of.no() + " is " + history.get(0).name() + " here");
        }
        return history.stream()
                .filter(rule -> rule.name().equals(of.name()) && rule.unit().equals(of.unit()))
                .filter(rule -> isMadeBy(rule.itemPattern(), rule.volumePattern(), item))
                .findFirst();
    }

    private void volumeConflict(AipItem item) throws ConflictException {
        AipVolume volume = item.volume();
        if (volume == null) {
            return;
        }
        for (Volume there : register.volumesOfCase(volume.caseNo())) {
            if (there.fondsNo().equals(item.fondsNo())
                    && there.retentionClass().equals(item.retentionClass())
                    && !there.archivalCode().equals(volume.archivalCode())) {
                throw new ConflictException(
                        "VOLUME: case " + volume.caseNo() + " is " + there.archivalCode() + " here");
            }
        }
        Optional<Volume> same = register.volumeByCode(volume.archivalCode());
        if (same.isPresent() && !same.get().caseNo().equals(volume.caseNo())) {
            throw new ConflictException("VOLUME: " + volume.archivalCode() + " is case "
                    + same.get().caseNo() + " here");
        }
    }

    private static final class Unwound extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final ConflictException conflict;

        Unwound(ConflictException conflict) {
            super(conflict);
            this.conflict = conflict;
        }
    }

    /**
     * Gives archived evidence the code it came with, and keeps the documents that came with it. One transaction.
     *
     * @throws ConflictException if something stands against it by now: nothing was changed
     */
    Filed file(AipItem item, List<AipFonds> sent, Map<String, byte[]> documents, Actor by)
            throws ConflictException, IOException {
        Optional<String> conflict = conflict(item, sent);
        if (conflict.isPresent()) {
            throw new ConflictException(conflict.get());
        }
        // Longer first: if we die between the two, it is kept longer and has no code yet.
        classes.raise(item.evidenceId(), item.retentionClass(), by);
        try {
            return Objects.requireNonNull(transactions.execute(status -> {
                try {
                    return inTransaction(item, sent, documents, by);
                } catch (ConflictException late) {
                    throw new Unwound(late);
                }
            }));
        } catch (Unwound late) {
            throw late.conflict;
        } catch (Problem problem) {
            throw new ConflictException("FONDS: " + problem.code());
        }
    }

    private Filed inTransaction(AipItem item, List<AipFonds> sent, Map<String, byte[]> documents, Actor by)
            throws ConflictException {
        boolean there = jdbc.sql("select 1 from evidence where id = :id for update")
                .param("id", item.evidenceId())
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!there) {
            throw new ConflictException("NO_EVIDENCE: " + item.evidenceId());
        }
        AipFonds of = fondsOf(item, sent);
        FondsRule rule = ruleOf(item, of)
                .orElseGet(() -> fonds.set(
                        new FondsRegister.Setting(
                                of.no(),
                                of.name(),
                                of.unit(),
                                of.itemPattern(),
                                of.volumePattern(),
                                of.categories(),
                                of.organisations()),
                        by));
        Volume volume = item.volume() == null ? null : volume(item, item.volume(), rule, by);
        String series = volume == null
                ? rule.itemPattern()
                        .series(rule.itemPattern().parse(item.archivalCode()).orElseThrow())
                : volume.archivalCode();
        raise(series, rule.no(), item.itemNo());
        Filed filed = new Filed(
                item.evidenceId(),
                0,
                item.archivalCode(),
                rule.no(),
                rule.name(),
                rule.unit(),
                rule.id(),
                series,
                item.itemNo(),
                volume == null ? null : volume.id(),
                volume == null ? null : volume.archivalCode(),
                volume == null ? null : volume.volumeNo(),
                volume == null ? null : volume.caseNo(),
                item.category(),
                item.organisation(),
                item.year(),
                item.retentionClass(),
                Filing.cut(item.title()),
                Filing.cut(item.responsible()),
                item.documentDate(),
                Filing.cut(item.documentType()),
                item.pageNo(),
                Filed.Origin.IMPORTED,
                null,
                item.reason(),
                null,
                null,
                item.filedAt(),
                by.id(),
                item.filedByName());
        filing.insert(filed, null, null);
        documents.forEach((name, content) -> jdbc.sql(
                        "insert into filed_document (evidence_id, name, content) values (:id, :name, :content)")
                .param("id", item.evidenceId())
                .param("name", name)
                .param("content", content)
                .update());
        codes.set(item.evidenceId(), item.archivalCode());
        Evidence evidence = catalogue.find(item.evidenceId()).orElseThrow();
        audit.append(new AuditEvent(
                by,
                "evidence.file",
                "evidence",
                item.evidenceId().toString(),
                evidence.sha256().hex(),
                AuditEvent.Result.OK,
                item.archivalCode() + ", imported, filed by " + item.filedByName() + " at " + item.filedAt(),
                null));
        return register.find(item.evidenceId()).orElseThrow();
    }

    private Volume volume(AipItem item, AipVolume sent, FondsRule rule, Actor by) {
        Optional<Volume> there = register.volumeByCode(sent.archivalCode());
        if (there.isPresent()) {
            return there.get();
        }
        String series = rule.volumePattern()
                .series(rule.volumePattern().parse(sent.archivalCode()).orElseThrow());
        raise(series, rule.no(), sent.volumeNo());
        UUID id = UUID.randomUUID();
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", id);
        row.put("code", sent.archivalCode());
        row.put("fonds", rule.no());
        row.put("rule", rule.id());
        row.put("series", series);
        row.put("no", sent.volumeNo());
        row.put("case", sent.caseNo());
        row.put("class", item.retentionClass());
        row.put("category", item.category());
        row.put("organisation", item.organisation());
        row.put("year", item.year());
        row.put("title", Filing.cut(sent.title()));
        row.put("at", Timestamp.from(clock.instant()));
        row.put("by", by.id());
        row.put("name", by.name());
        jdbc.sql("""
                        insert into volume (id, archival_code, fonds_no, rule_id, series, volume_no, case_no, retention_class,
                            category, organisation, year, title, origin, opened_at, opened_by, opened_by_name)
                        values (:id, :code, :fonds, :rule, :series, :no, :case, :class, :category, :organisation, :year, :title,
                            'IMPORTED', :at, :by, :name)""").params(row).update();
        audit.append(new AuditEvent(
                by,
                "volume.open",
                "volume",
                id.toString(),
                null,
                AuditEvent.Result.OK,
                sent.archivalCode() + ", " + sent.caseNo() + ", imported",
                null));
        return register.volume(id).orElseThrow();
    }

    /** Own numbers go on behind what came. */
    private void raise(String series, String fondsNo, int number) {
        jdbc.sql("""
                        insert into code_series (series, fonds_no, last_number, imported) values (:series, :fonds, :no, true)
                        on conflict (series) do update
                            set last_number = greatest(code_series.last_number, excluded.last_number), imported = true""")
                .param("series", series)
                .param("fonds", fondsNo)
                .param("no", number)
                .update();
    }
}
