package org.tiezheng.archive.retention;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.web.Problem;

/** Another class for evidence: a longer one by the archivist alone, a shorter one by two persons and never below the lock. */
public final class ClassChanges {
    /** Most pieces of evidence that one change names. */
    public static final int MOST = 10_000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Retentions retentions;
    private final RetentionClasses classes;
    private final Approvals approvals;

    public ClassChanges(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Retentions retentions,
            RetentionClasses classes,
            Approvals approvals) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.retentions = retentions;
        this.classes = classes;
        this.approvals = approvals;
        approvals.register(Approval.Kind.LOWER, this::lowered);
    }

    /** Everything that is linked to a case now, for a change of the whole case. */
    public List<UUID> ofCase(String caseNo) {
        return jdbc.sql("""
                        select id from evidence where case_no = :case and disposed_at is null order by number
                        limit :most""")
                .param("case", caseNo)
                .param("most", MOST + 1)
                .query(UUID.class)
                .list();
    }

    /**
     * Raises all of them, or none.
     *
     * @return how many got another class; those that had it already are not counted
     * @throws Problem 409 if one of them has a longer class, or is not there any more
     */
    public int raise(Collection<UUID> evidence, String classId, String reason, Actor by) {
        String why = Texts.required("reason", reason);
        RetentionClass klass = klass(classId);
        Set<UUID> named = new LinkedHashSet<>(evidence);
        if (named.contains(null)) {
            throw Problem.invalid("evidence", "invalid");
        }
        if (named.isEmpty()) {
            throw Problem.invalid("evidence", "required");
        }
        if (named.size() > MOST) {
            throw Problem.invalid("evidence", "too-long", MOST);
        }
        Integer raised = transactions.execute(status -> {
            int count = 0;
            for (UUID id : named.stream().sorted().toList()) {
                RetentionOf before = current(id);
                if (!RetentionClass.isAtLeast(klass.years(), before.years())) {
                    throw Problem.of(HttpStatus.CONFLICT, "retention.lower", id);
                }
                if (!before.classId().equals(klass.classId())) {
                    RetentionOf unused = retentions.decide(before, klass, Retentions.Kind.RAISED, by, why, null);
                    count++;
                }
            }
            return count;
        });
        return raised == null ? 0 : raised;
    }

    /**
     * Asks for a shorter class; a responsible leader who is not {@code by} decides.
     *
     * @throws Problem 409 if it is not shorter, or would end before the lock in the store does
     */
    public UUID proposeLower(UUID evidenceId, String classId, String reason, Actor by) {
        String why = Texts.required("reason", reason);
        RetentionClass klass = klass(classId);
        RetentionOf before = retentions.of(evidenceId).orElseThrow(() -> Problem.notFound(evidenceId.toString()));
        requireLowerAndAboveLock(before, klass);
        return approvals.propose(
                Approval.Kind.LOWER,
                evidenceId.toString(),
                Approvals.content()
                        .put("evidence", evidenceId.toString())
                        .put("from", before.classId())
                        .put("to", klass.classId()),
                why,
                by);
    }

    private static void requireLowerAndAboveLock(RetentionOf before, RetentionClass klass) {
        if (RetentionClass.isAtLeast(klass.years(), before.years())) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.not-lower");
        }
        Instant ends = Assessment.endOf(before.beginsOn(), klass.years());
        if (ends != null && ends.isBefore(before.lockedUntil())) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.below-lock", before.lockedUntil());
        }
    }

    private void lowered(Approval approval, Actor by) {
        RetentionOf before = current(UUID.fromString(approval.subject()));
        RetentionClass klass = klass(approval.content().path("to").asString());
        requireLowerAndAboveLock(before, klass);
        RetentionOf after =
                retentions.decide(before, klass, Retentions.Kind.LOWERED, by, approval.reason(), approval.id());
        Instant ends = after.until();
        if (ends != null && ends.isBefore(after.lockedUntil())) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.below-lock", after.lockedUntil());
        }
    }

    /** Locks the row of the evidence. */
    private RetentionOf current(UUID id) {
        boolean there = jdbc.sql("select disposed_at is null from evidence where id = :id for update")
                .param("id", id)
                .query(Boolean.class)
                .optional()
                .orElseThrow(() -> Problem.notFound(id.toString()));
        if (!there) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.disposed", id);
        }
        return retentions.of(id).orElseThrow(() -> Problem.of(HttpStatus.CONFLICT, "retention.not-assigned", id));
    }

    private RetentionClass klass(String classId) {
        return classes.find(classId, classes.today()).orElseThrow(() -> Problem.invalid("classId", "invalid"));
    }
}
