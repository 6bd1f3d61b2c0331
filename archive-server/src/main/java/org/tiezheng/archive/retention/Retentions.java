package org.tiezheng.archive.retention;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseType;

/**
 * What holds for each evidence, and everything that was ever decided about it.
 *
 * <p>A rule raises a class and moves the end of a period back, never the other way: shorter is only by {@link Approvals two
 * persons}. Objects get their longer lock afterwards, from {@link LockExtension}; until then {@link RetentionOf#lockedUntil} is
 * less than {@link RetentionOf#until}. Safe for use by many threads.
 */
public final class Retentions {
    static final Actor SYSTEM = Actor.system("retention");
    private static final int BATCH = 500;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final RetentionRules rules;
    private final AuditLog audit;
    private final Clock clock;
    /** No evidence up to this number is without a class. */
    private volatile long lookedThrough;

    public Retentions(
            JdbcClient jdbc, TransactionTemplate transactions, RetentionRules rules, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.rules = rules;
        this.audit = audit;
        this.clock = clock;
    }

    /** How a decision came about. */
    public enum Kind {
        RULE,
        RAISED,
        LOWERED,
        /** After an appraisal. */
        EXTENDED,
        /** Only the lock was renewed. */
        LOCK
    }

    /** One decision, as it was made. */
    public record Decision(
            long id,
            Instant at,
            Kind kind,
            String classId,
            String ruleId,
            @Nullable String approvalDoc,
            @Nullable Instant endsAt,
            @Nullable Instant lockedUntil,
            @Nullable String reason,
            String actorName,
            @Nullable UUID approvalId) {}

    /** What holds; empty if there is no such evidence, or it came in moments ago and has not been looked at. */
    public Optional<RetentionOf> of(UUID evidenceId) {
        return jdbc.sql("select * from evidence_retention where evidence_id = :id")
                .param("id", evidenceId)
                .query(Retentions::row)
                .optional();
    }

    /** All decisions, oldest first. */
    public List<Decision> history(UUID evidenceId) {
        return jdbc.sql("select * from retention_history where evidence_id = :id order by id")
                .param("id", evidenceId)
                .query((row, number) -> new Decision(
                        row.getLong("id"),
                        time(row, "at"),
                        Kind.valueOf(row.getString("kind")),
                        row.getString("class_id"),
                        row.getString("rule_id"),
                        row.getString("approval_doc"),
                        timeIfAny(row, "ends_at"),
                        timeIfAny(row, "locked_until"),
                        row.getString("reason"),
                        row.getString("actor_name"),
                        row.getObject("approval_id", UUID.class)))
                .list();
    }

    /** What the rules need to know of one evidence. */
    private record Facts(
            UUID id,
            @Nullable String caseNo,
            Instant capturedTo,
            Instant retainUntil,
            @Nullable Instant disposedAt) {}

    private Optional<Facts> locked(UUID evidenceId) {
        return jdbc.sql("""
                        select id, case_no, captured_to, retain_until, disposed_at from evidence where id = :id
                        for update""")
                .param("id", evidenceId)
                .query((row, number) -> new Facts(
                        row.getObject("id", UUID.class),
                        row.getString("case_no"),
                        time(row, "captured_to"),
                        time(row, "retain_until"),
                        timeIfAny(row, "disposed_at")))
                .optional();
    }

    /** As {@link RetentionRules#lockOfNew}. */
    public Instant lockOfNew(@Nullable String caseNo, Instant capturedTo) {
        return rules.lockOfNew(caseNo, capturedTo);
    }

    /** As {@link #apply} for evidence that is archived in this very transaction, whose audit event is this one's, too. */
    public void assignNew(UUID evidenceId, Actor by) {
        requireTransaction();
        Facts facts = locked(evidenceId).orElseThrow();
        RetentionOf first = first(facts, rules.assess(facts.caseNo(), facts.capturedTo()));
        write(first, true);
        note(first, Kind.RULE, by, null, null);
    }

    /**
     * Looks up the rules for one evidence and keeps what they say, as far as it is not shorter than what holds. In the caller's
     * transaction, which ends with an audit event if something changed.
     *
     * @param by who caused it
     * @return whether something changed
     * @throws IllegalStateException if there is no transaction
     */
    public boolean apply(UUID evidenceId, Actor by, @Nullable String reason) {
        requireTransaction();
        Facts facts = locked(evidenceId).orElse(null);
        if (facts == null || facts.disposedAt() != null) {
            return false;
        }
        Assessment says = rules.assess(facts.caseNo(), facts.capturedTo());
        RetentionOf before = of(evidenceId).orElse(null);
        RetentionOf after = before == null ? first(facts, says) : merge(before, says);
        if (after.equals(before)) {
            return false;
        }
        write(after, before == null);
        if (before == null || isOtherDecision(before, after)) {
            record(after, Kind.RULE, by, reason, null);
            return true;
        }
        return false;
    }

    private static boolean isOtherDecision(RetentionOf before, RetentionOf after) {
        return !before.classId().equals(after.classId())
                || !Objects.equals(before.years(), after.years())
                || !before.ruleId().equals(after.ruleId())
                || !Objects.equals(before.approvalDoc(), after.approvalDoc())
                || !Objects.equals(before.until(), after.until());
    }

    private static RetentionOf first(Facts facts, Assessment says) {
        return new RetentionOf(
                facts.id(),
                says.klass().classId(),
                says.klass().years(),
                says.rule().ruleId(),
                says.rule().approvalDoc(),
                false,
                says.caseType(),
                says.rule().rowId(),
                says.klass().rowId(),
                says.klass().permanent() ? null : says.begins(),
                says.endsAt(),
                facts.retainUntil());
    }

    /** What holds when the rules say something new: the longer of the two. */
    static RetentionOf merge(RetentionOf before, Assessment says) {
        boolean sameQuestion = before.caseType() == says.caseType()
                && before.ruleRow() == says.rule().rowId()
                && before.classRow() == says.klass().rowId();
        boolean rise = RetentionClass.isAtLeast(says.klass().years(), before.years())
                // What two persons lowered stays so until the rule has something new to say.
                && !(sameQuestion && before.byPerson());
        boolean higher = rise && !Objects.equals(says.klass().years(), before.years());
        boolean byRule = rise && (higher || !before.byPerson());
        Integer years = rise ? says.klass().years() : before.years();
        LocalDate begins = years == null ? null : says.begins();
        Instant ends = Assessment.endOf(begins, years);
        if (before.until() != null && ends != null && ends.isBefore(before.until())) {
            begins = before.beginsOn();
            ends = before.until();
        }
        return new RetentionOf(
                before.evidenceId(),
                byRule ? says.klass().classId() : before.classId(),
                years,
                byRule ? says.rule().ruleId() : before.ruleId(),
                byRule ? says.rule().approvalDoc() : before.approvalDoc(),
                !byRule && before.byPerson(),
                says.caseType(),
                says.rule().rowId(),
                says.klass().rowId(),
                begins,
                ends,
                before.lockedUntil());
    }

    /** Another class by decision of persons; the period begins as it did. In the caller's transaction. */
    RetentionOf decide(
            RetentionOf before, RetentionClass klass, Kind kind, Actor by, String reason, @Nullable UUID approvalId) {
        requireTransaction();
        LocalDate begins = klass.permanent() ? null : before.beginsOn();
        if (before.permanent() && !klass.permanent()) {
            Facts facts = locked(before.evidenceId()).orElseThrow();
            begins = rules.assess(facts.caseNo(), facts.capturedTo()).begins();
        }
        RetentionOf after = new RetentionOf(
                before.evidenceId(),
                klass.classId(),
                klass.years(),
                before.ruleId(),
                klass.approvalDoc(),
                true,
                before.caseType(),
                before.ruleRow(),
                before.classRow(),
                begins,
                Assessment.endOf(begins, klass.years()),
                before.lockedUntil());
        write(after, false);
        record(after, kind, by, reason, approvalId);
        return after;
    }

    /**
     * Evidence that no rule was looked up for yet, and such whose rule or class has a new row in force since.
     *
     * @return how many were looked at; repeat until none is left
     */
    public int applyToSome() {
        int done = 0;
        // Ingest assigns what it archives, so what lies behind is looked through once in the life of a server.
        long last = jdbc.sql("select coalesce(max(number), 0) from evidence")
                .query(Long.class)
                .single();
        List<UUID> fresh = jdbc.sql("""
                        select id from evidence e where number > :behind and disposed_at is null
                            and not exists (select 1 from evidence_retention r where r.evidence_id = e.id)
                        order by number limit :batch""")
                .param("behind", lookedThrough)
                .param("batch", BATCH)
                .query(UUID.class)
                .list();
        if (fresh.size() < BATCH) {
            lookedThrough = last;
        }
        for (UUID id : fresh) {
            done += applyAlone(id, null);
        }
        for (CaseType type : CaseType.values()) {
            done += applyNewRows(type);
        }
        return done;
    }

    private int applyNewRows(CaseType type) {
        RetentionRules.Rows rows = rules.rowsInForce(type);
        List<UUID> old = jdbc.sql("""
                        select evidence_id from (
                            select evidence_id from evidence_retention where case_type = :type and rule_row < :rule
                            union all select evidence_id from evidence_retention where case_type = :type and rule_row > :rule
                            union all select evidence_id from evidence_retention
                                where case_type = :type and rule_row = :rule and class_row < :class
                            union all select evidence_id from evidence_retention
                                where case_type = :type and rule_row = :rule and class_row > :class) as other
                        where not exists (select 1 from evidence e where e.id = evidence_id and e.disposed_at is not null)
                        limit :batch""")
                .param("type", type.name())
                .param("rule", rows.rule())
                .param("class", rows.klass())
                .param("batch", BATCH)
                .query(UUID.class)
                .list();
        int done = 0;
        for (UUID id : old) {
            done += applyAlone(id, "a new row of the rules");
        }
        return done;
    }

    private int applyAlone(UUID id, @Nullable String reason) {
        transactions.executeWithoutResult(status -> {
            boolean unused = apply(id, SYSTEM, reason);
        });
        return 1;
    }

    // ---- rows ---------------------------------------------------------------------------------------------------

    private void write(RetentionOf row, boolean first) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", row.evidenceId());
        values.put("class", row.classId());
        values.put("years", row.years());
        values.put("rule", row.ruleId());
        values.put("doc", row.approvalDoc());
        values.put("basis", row.byPerson() ? "PERSON" : "RULE");
        values.put("type", row.caseType().name());
        values.put("ruleRow", row.ruleRow());
        values.put("classRow", row.classRow());
        values.put("begins", row.beginsOn());
        values.put("ends", stamp(row.until()));
        values.put("locked", stamp(row.lockedUntil()));
        values.put("at", stamp(clock.instant()));
        if (first) {
            jdbc.sql("""
                            insert into evidence_retention (evidence_id, class_id, years, rule_id, approval_doc, basis, case_type,
                                rule_row, class_row, begins_on, ends_at, locked_until, changed_at)
                            values (:id, :class, :years, :rule, :doc, :basis, :type, :ruleRow, :classRow, :begins, :ends, :locked,
                                :at)""").params(values).update();
        } else {
            jdbc.sql("""
                            update evidence_retention set class_id = :class, years = :years, rule_id = :rule,
                                approval_doc = :doc, basis = :basis, case_type = :type, rule_row = :ruleRow,
                                class_row = :classRow, begins_on = :begins, ends_at = :ends, changed_at = :at
                            where evidence_id = :id""").params(values).update();
        }
    }

    private void record(RetentionOf row, Kind kind, Actor by, @Nullable String reason, @Nullable UUID approvalId) {
        note(row, kind, by, reason, approvalId);
        audit.append(new AuditEvent(
                by,
                "evidence.retention",
                "evidence",
                row.evidenceId().toString(),
                null,
                AuditEvent.Result.OK,
                kind + " " + row.classId() + ", rule " + row.ruleId() + ", until "
                        + (row.years() == null ? "for ever" : row.until() == null ? "not running" : row.until())
                        + (reason == null ? "" : ": " + reason),
                approvalId == null ? null : approvalId.toString()));
    }

    /** A row of the history. */
    void note(RetentionOf row, Kind kind, Actor by, @Nullable String reason, @Nullable UUID approvalId) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", row.evidenceId());
        values.put("at", stamp(clock.instant()));
        values.put("kind", kind.name());
        values.put("class", row.classId());
        values.put("rule", row.ruleId());
        values.put("doc", row.approvalDoc());
        values.put("begins", row.beginsOn());
        values.put("ends", stamp(row.until()));
        values.put("locked", stamp(row.lockedUntil()));
        values.put("reason", reason);
        values.put("by", by.id());
        values.put("name", by.name());
        values.put("approval", approvalId);
        jdbc.sql("""
                        insert into retention_history (evidence_id, at, kind, class_id, rule_id, approval_doc, begins_on, ends_at,
                            locked_until, reason, actor_id, actor_name, approval_id)
                        values (:id, :at, :kind, :class, :rule, :doc, :begins, :ends, :locked, :reason, :by, :name, :approval)""").params(values).update();
    }

    static void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("retention is decided in one transaction with its cause");
        }
    }

    static RetentionOf row(ResultSet row, int number) throws SQLException {
        int years = row.getInt("years");
        Integer orNull = row.wasNull() ? null : years;
        return new RetentionOf(
                row.getObject("evidence_id", UUID.class),
                row.getString("class_id"),
                orNull,
                row.getString("rule_id"),
                row.getString("approval_doc"),
                row.getString("basis").equals("PERSON"),
                CaseType.valueOf(row.getString("case_type")),
                row.getLong("rule_row"),
                row.getLong("class_row"),
                RetentionClasses.day(row, "begins_on"),
                timeIfAny(row, "ends_at"),
                time(row, "locked_until"));
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant timeIfAny(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static @Nullable Timestamp stamp(@Nullable Instant time) {
        return time == null ? null : Timestamp.from(time);
    }
}
