package org.tiezheng.archive.retention;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;

/**
 * Appraisal (鉴定): what is to become of evidence whose period has ended. The archivist gives an opinion and a decision; extension
 * and transfer are approved one by one, destruction with the {@link Disposals disposal list} it gets onto.
 */
public final class Appraisals {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Retentions retentions;
    private final RetentionClasses classes;
    private final Approvals approvals;
    private final AuditLog audit;
    private final Clock clock;

    public Appraisals(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Retentions retentions,
            RetentionClasses classes,
            Approvals approvals,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.retentions = retentions;
        this.classes = classes;
        this.approvals = approvals;
        this.audit = audit;
        this.clock = clock;
        approvals.register(Approval.Kind.APPRAISAL, new Approvals.Matter() {
            @Override
            public void approved(Approval approval, Actor by) {
                Appraisals.this.approved(approval, by);
            }

            @Override
            public void ended(Approval approval, Actor by) {
                become(UUID.fromString(approval.subject()), State.REFUSED);
            }
        });
    }

    /** What is to become of it; names are keys of texts, {@code retention.decision.<name>}. */
    public enum Decision {
        EXTEND,
        DESTROY,
        TRANSFER
    }

    /** Where it stands; names are keys of texts, {@code retention.appraised.<name>}. */
    public enum State {
        /** Waits for approval; one to destroy: for a disposal list. */
        PROPOSED,
        /** On a disposal list. */
        LISTED,
        DONE,
        REFUSED,
        WITHDRAWN
    }

    /** One appraisal, with what is shown of its evidence. */
    public record Appraisal(
            UUID id,
            UUID evidenceId,
            long number,
            @Nullable String title,
            Decision decision,
            String opinion,
            @Nullable String classId,
            @Nullable String transferTo,
            String byId,
            String byName,
            Instant at,
            State state) {}

    /** One row of the queue. */
    public record Due(
            UUID evidenceId,
            long number,
            @Nullable String title,
            @Nullable String caseNo,
            String classId,
            Instant endedAt,
            Instant lockedUntil,
            boolean held) {}

    /** A place in the queue, which is ordered by the end of the period. */
    public record After(Instant endedAt, UUID evidenceId) {}

    /**
     * Evidence whose period has ended and about which nothing is decided, the longest ended first. Held evidence is in it, marked:
     * its time is over, but it cannot go.
     */
    public List<Due> queue(@Nullable After after, int most) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("now", Retentions.stamp(clock.instant()));
        row.put("after", after == null ? null : Retentions.stamp(after.endedAt()));
        row.put("id", after == null ? null : after.evidenceId());
        row.put("most", most);
        return jdbc.sql("""
                        select e.id, e.number, e.title, e.case_no, r.class_id, r.ends_at, r.locked_until, e.held
                        from evidence_retention r join evidence e on e.id = r.evidence_id
                        where r.ends_at <= :now and e.disposed_at is null
                            and (:after::timestamptz is null or (r.ends_at, r.evidence_id) > (:after::timestamptz, :id::uuid))
                            and not exists (select 1 from appraisal a where a.evidence_id = e.id
                                and (a.state in ('PROPOSED', 'LISTED') or (a.state = 'DONE' and a.decision = 'TRANSFER')))
                        order by r.ends_at, r.evidence_id limit :most""")
                .params(row)
                .query((found, number) -> new Due(
                        found.getObject("id", UUID.class),
                        found.getLong("number"),
                        found.getString("title"),
                        found.getString("case_no"),
                        found.getString("class_id"),
                        Retentions.time(found, "ends_at"),
                        Retentions.time(found, "locked_until"),
                        found.getBoolean("held")))
                .list();
    }

    /**
     * Decides; extension and transfer then wait for a responsible leader, destruction for a disposal list.
     *
     * @param classId for EXTEND: a class whose period has not ended
     * @param transferTo for TRANSFER: the archive it goes to
     * @throws Problem 404, 409 if its period has not ended or it is appraised already, 400 if something is missing
     */
    public UUID appraise(
            UUID evidenceId,
            Decision decision,
            String opinion,
            @Nullable String classId,
            @Nullable String transferTo,
            Actor by) {
        String text = Texts.required("opinion", opinion);
        String to = decision == Decision.TRANSFER ? Texts.required("transferTo", transferTo) : null;
        RetentionOf retention = retentions.of(evidenceId).orElseThrow(() -> Problem.notFound(evidenceId.toString()));
        if (retention.state(clock.instant()) != RetentionOf.State.ENDED) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.not-ended", evidenceId);
        }
        if (decision == Decision.EXTEND) {
            requireLonger(retention, classId);
        }
        UUID id = UUID.randomUUID();
        try {
            transactions.executeWithoutResult(status -> {
                Map<String, @Nullable Object> row = new HashMap<>();
                row.put("id", id);
                row.put("evidence", evidenceId);
                row.put("decision", decision.name());
                row.put("opinion", text);
                row.put("class", decision == Decision.EXTEND ? classId : null);
                row.put("to", to);
                row.put("by", by.id());
                row.put("name", by.name());
                row.put("at", Retentions.stamp(clock.instant()));
                int added = jdbc.sql("""
                                insert into appraisal (id, evidence_id, decision, opinion, class_id, transfer_to, by_id, by_name,
                                    at, state)
                                select :id, :evidence, :decision, :opinion, :class, :to, :by, :name, :at, 'PROPOSED'
                                from evidence where id = :evidence and disposed_at is null""").params(row).update();
                if (added == 0) {
                    throw Problem.of(HttpStatus.CONFLICT, "retention.disposed", evidenceId);
                }
                if (decision != Decision.DESTROY) {
                    UUID unused = approvals.propose(
                            Approval.Kind.APPRAISAL,
                            id.toString(),
                            Approvals.content()
                                    .put("evidence", evidenceId.toString())
                                    .put("decision", decision.name())
                                    .put("classId", decision == Decision.EXTEND ? classId : null)
                                    .put("transferTo", to),
                            text,
                            by);
                }
                audit.append(new AuditEvent(
                        by,
                        "evidence.appraise",
                        "evidence",
                        evidenceId.toString(),
                        null,
                        AuditEvent.Result.OK,
                        decision + ": " + text,
                        id.toString()));
            });
        } catch (DuplicateKeyException already) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.appraised-already", evidenceId)
                    .because(already);
        }
        return id;
    }

    private RetentionClass requireLonger(RetentionOf before, @Nullable String classId) {
        if (classId == null || classId.isBlank()) {
            throw Problem.invalid("classId", "required");
        }
        RetentionClass klass =
                classes.find(classId, classes.today()).orElseThrow(() -> Problem.invalid("classId", "invalid"));
        Instant ends = Assessment.endOf(before.beginsOn(), klass.years());
        if (ends != null && !ends.isAfter(clock.instant())) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.extension-too-short");
        }
        return klass;
    }

    private void approved(Approval approval, Actor by) {
        Appraisal appraisal = find(UUID.fromString(approval.subject())).orElseThrow();
        if (appraisal.decision() == Decision.EXTEND) {
            RetentionOf before = retentions.of(appraisal.evidenceId()).orElseThrow();
            RetentionClass klass = requireLonger(before, appraisal.classId());
            RetentionOf unused =
                    retentions.decide(before, klass, Retentions.Kind.EXTENDED, by, appraisal.opinion(), approval.id());
        }
        become(appraisal.id(), State.DONE);
    }

    /** In the caller's transaction. */
    void become(UUID id, State state) {
        jdbc.sql("update appraisal set state = :state where id = :id and state in ('PROPOSED', 'LISTED')")
                .param("state", state.name())
                .param("id", id)
                .update();
    }

    /** An archivist takes back a decision to destroy that is on no list. @throws Problem 409 if it is on one, or over */
    public void withdraw(UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            int changed = jdbc.sql("""
                            update appraisal set state = 'WITHDRAWN' where id = :id and state = 'PROPOSED'
                                and decision = 'DESTROY'""").param("id", id).update();
            if (changed == 0) {
                throw Problem.of(HttpStatus.CONFLICT, "retention.appraisal-bound");
            }
            audit.append(AuditEvent.ok(by, "appraisal.withdraw", "appraisal", id.toString()));
        });
    }

    private static final String SELECT = """
            select a.*, e.number, e.title from appraisal a join evidence e on e.id = a.evidence_id""";

    public Optional<Appraisal> find(UUID id) {
        return jdbc.sql(SELECT + " where a.id = :id")
                .param("id", id)
                .query(Appraisals::row)
                .optional();
    }

    /** Everything ever decided about one evidence, latest first. */
    public List<Appraisal> of(UUID evidenceId) {
        return jdbc.sql(SELECT + " where a.evidence_id = :id order by a.at desc")
                .param("id", evidenceId)
                .query(Appraisals::row)
                .list();
    }

    /** To be destroyed, and on no list yet. */
    public List<Appraisal> toList(int most) {
        return jdbc.sql(SELECT + " where a.state = 'PROPOSED' and a.decision = 'DESTROY' order by a.at limit :most")
                .param("most", most)
                .query(Appraisals::row)
                .list();
    }

    private static Appraisal row(ResultSet row, int number) throws SQLException {
        return new Appraisal(
                row.getObject("id", UUID.class),
                row.getObject("evidence_id", UUID.class),
                row.getLong("number"),
                row.getString("title"),
                Decision.valueOf(row.getString("decision")),
                row.getString("opinion"),
                row.getString("class_id"),
                row.getString("transfer_to"),
                row.getString("by_id"),
                row.getString("by_name"),
                Retentions.time(row, "at"),
                State.valueOf(row.getString("state")));
    }
}
