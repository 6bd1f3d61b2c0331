package org.tiezheng.archive.retention;

import java.time.Clock;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.LinkListener;
import org.tiezheng.archive.web.Problem;

/**
 * What retention knows of a case: its type, and whether it is closed. Said by persons, never rewritten; the newest counts. What is
 * said reaches the evidence of the case in {@link #work}, which goes on after a crash where it stopped.
 */
public final class Cases implements LinkListener {
    private static final int BATCH = 500;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final RetentionRules rules;
    private final Retentions retentions;
    private final AuditLog audit;
    private final Clock clock;

    public Cases(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            RetentionRules rules,
            Retentions retentions,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.rules = rules;
        this.retentions = retentions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Says what a case is.
     *
     * @param closedOn day it was closed; null: it is open, or open again
     * @throws Problem 400 if the day is not over yet, or a text is missing or too long
     */
    public CaseState say(
            String caseNo, CaseType type, @Nullable LocalDate closedOn, @Nullable String reason, Actor by) {
        String number = Texts.required("caseNo", caseNo);
        if (number.length() > 100) {
            throw Problem.invalid("caseNo", "too-long", 100);
        }
        if (type == CaseType.NO_CASE) {
            throw Problem.invalid("caseType", "invalid");
        }
        LocalDate today = LocalDate.ofInstant(clock.instant(), org.tiezheng.archive.web.Format.BEIJING);
        if (closedOn != null && (closedOn.isAfter(today) || closedOn.getYear() < 1949)) {
            throw Problem.invalid("closedOn", "invalid");
        }
        String why = Texts.optional("reason", reason);
        transactions.executeWithoutResult(status -> insert(number, type, closedOn, why, by));
        return rules.caseState(number).orElseThrow();
    }

    private void insert(String caseNo, CaseType type, @Nullable LocalDate closedOn, @Nullable String reason, Actor by) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("case", caseNo);
        row.put("type", type.name());
        row.put("closed", closedOn);
        row.put("reason", reason);
        row.put("by", by.id());
        row.put("name", by.name());
        row.put("at", Retentions.stamp(clock.instant()));
        jdbc.sql("""
                        insert into retention_case (case_no, case_type, closed_on, reason, said_by, said_by_name, said_at)
                        values (:case, :type, :closed, :reason, :by, :name, :at)""").params(row).update();
        audit.append(new AuditEvent(
                by,
                "case.state",
                "case",
                caseNo,
                null,
                AuditEvent.Result.OK,
                type + ", " + (closedOn == null ? "open" : "closed on " + closedOn)
                        + (reason == null ? "" : ": " + reason),
                null));
    }

    /** In the transaction of the link: the evidence gets the class of its new case, and the case its type. */
    @Override
    public void linked(
            Evidence linked, CaseLinks.Kind kind, @Nullable CaseType caseType, @Nullable String reason, Actor by) {
        if (kind != CaseLinks.Kind.CASE) {
            return;
        }
        String caseNo = linked.caseNo();
        if (caseNo != null && caseType != null) {
            CaseState before = rules.caseState(caseNo).orElse(null);
            if (before == null || before.type() != caseType) {
                insert(caseNo, caseType, before == null ? null : before.closedOn(), reason, by);
            }
        }
        boolean unused = retentions.apply(linked.id(), by, caseNo == null ? "no case" : "case " + caseNo);
    }

    /** What was said of a case, latest first. */
    public List<CaseState> history(String caseNo) {
        return jdbc.sql("select * from retention_case where case_no = :case order by id desc")
                .param("case", caseNo)
                .query(RetentionRules::caseRow)
                .list();
    }

    /** A case with how much evidence it has. */
    public record WithEvidence(CaseState state, long evidence) {}

    /** Cases of which something was said, latest first. */
    public List<WithEvidence> latest(int most) {
        return jdbc.sql("""
                        select c.*, (select count(*) from evidence e where e.case_no = c.case_no) as evidence
                        from retention_case c where not exists
                            (select 1 from retention_case later where later.case_no = c.case_no and later.id > c.id)
                        order by c.id desc limit :most""")
                .param("most", most)
                .query((row, number) -> new WithEvidence(RetentionRules.caseRow(row, number), row.getLong("evidence")))
                .list();
    }

    private record Waiting(long id, String caseNo) {}

    /** Brings what was said to the evidence. @return pieces of evidence looked at */
    public int work() {
        int done = 0;
        for (Waiting waiting : jdbc.sql("select id, case_no from retention_case where applied_at is null order by id")
                .query((row, number) -> new Waiting(row.getLong("id"), row.getString("case_no")))
                .list()) {
            long after = 0;
            List<Row> some = evidence(waiting.caseNo(), after);
            while (!some.isEmpty()) {
                for (Row row : some) {
                    transactions.executeWithoutResult(status -> {
                        boolean unused = retentions.apply(row.id(), Retentions.SYSTEM, "case " + waiting.caseNo());
                    });
                    after = row.number();
                    done++;
                }
                some = evidence(waiting.caseNo(), after);
            }
            // Dying before this: all of it once more, which changes nothing.
            transactions.executeWithoutResult(
                    status -> jdbc.sql("update retention_case set applied_at = :at where id = :id")
                            .param("at", Retentions.stamp(clock.instant()))
                            .param("id", waiting.id())
                            .update());
        }
        return done;
    }

    private record Row(long number, UUID id) {}

    private List<Row> evidence(String caseNo, long after) {
        return jdbc.sql("""
                        select number, id from evidence where case_no = :case and number > :after order by number
                        limit :batch""")
                .param("case", caseNo)
                .param("after", after)
                .param("batch", BATCH)
                .query((row, number) -> new Row(row.getLong("number"), row.getObject("id", UUID.class)))
                .list();
    }
}
