package org.tiezheng.archive.retention;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.Retention;

/**
 * Keeps the locks in the store as long as the classes ask: to the end of the period, and as far ahead as is configured where
 * there is no end: permanent classes, open cases, objects that the archive itself keeps.
 *
 * <p>For each evidence first all objects in all copies, then the rows, the audit event and the leaf in one transaction. Dying
 * between: the objects are locked for longer than the rows say, and the next run does it again, which changes nothing. So the rows,
 * and the leaf, never promise what the store does not hold. Safe for use by many threads; meant for one.
 */
public final class LockExtension {
    private static final Logger LOG = LoggerFactory.getLogger(LockExtension.class);
    private static final int BATCH = 200;
    /** So many in a row, and the store is taken to be down. */
    private static final int FAILURES = 5;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final EvidenceCatalogue catalogue;
    private final RetentionRules rules;
    private final Retentions retentions;
    private final ObjectCopies copies;
    private final KeptObjects kept;
    private final LogQueue log;
    private final AuditLog audit;
    private final Clock clock;
    private volatile String lastFailure = "";

    public LockExtension(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            EvidenceCatalogue catalogue,
            RetentionRules rules,
            Retentions retentions,
            ObjectCopies copies,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.catalogue = catalogue;
        this.rules = rules;
        this.retentions = retentions;
        this.copies = copies;
        this.kept = kept;
        this.log = log;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * What a run did.
     *
     * @param failed evidence or kept objects whose lock could not be extended everywhere; they come again in the next run
     */
    public record Done(int extended, int failed) {}

    /** Everything that is due; ends early when the store seems to be down or the thread is interrupted. */
    public Done run() {
        int extended = 0;
        int inARow = 0;
        Set<UUID> failed = new LinkedHashSet<>();
        List<UUID> due = due(failed);
        while (!due.isEmpty() && inARow < FAILURES && !Thread.currentThread().isInterrupted()) {
            for (UUID one : due) {
                try {
                    if (extend(one)) {
                        extended++;
                    } else {
                        // Changed under our hands: not again in this run.
                        failed.add(one);
                    }
                    inARow = 0;
                } catch (IOException fault) {
                    LOG.warn("lock of evidence {} not extended: {}", one, fault.getMessage());
                    lastFailure = String.valueOf(fault.getMessage());
                    failed.add(one);
                    inARow++;
                    if (inARow >= FAILURES) {
                        break;
                    }
                }
            }
            due = due(failed);
        }
        Done objects = inARow < FAILURES ? keptObjects() : new Done(0, 0);
        if (failed.size() + objects.failed() == 0) {
            lastFailure = "";
        }
        return new Done(extended + objects.extended(), failed.size() + objects.failed());
    }

    /** Why the last run left something; empty if it did not. */
    public String lastFailure() {
        return lastFailure;
    }

    /** Two indexes of what is due, and nothing else, keep this cheap where nothing is. */
    private List<UUID> due(Set<UUID> failed) {
        return jdbc.sql("""
                        select r.evidence_id from (
                            select evidence_id from evidence_retention where ends_at > locked_until
                            union all select evidence_id from evidence_retention
                                where ends_at is null and locked_until < :near) as r
                        where not (r.evidence_id::text = any (:failed))
                            and not exists (select 1 from disposal_item i where i.evidence_id = r.evidence_id
                                and i.state in ('DELETING', 'DELETED'))
                        limit :batch""")
                .param("near", Retentions.stamp(rules.near()))
                .param("failed", failed.stream().map(UUID::toString).toArray(String[]::new))
                .param("batch", BATCH)
                .query(UUID.class)
                .list();
    }

    private boolean extend(UUID id) throws IOException {
        RetentionOf before = retentions.of(id).orElseThrow();
        Instant ends = before.until();
        Instant until =
                Retention.compliance(ends == null ? rules.horizon() : ends).until();
        for (EvidenceObject object : catalogue.objects(id)) {
            copies.lock(object.version(), until);
        }
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int rows = jdbc.sql("""
                            update evidence_retention set locked_until = :until, changed_at = :at
                            where evidence_id = :id and locked_until < :until""")
                    .param("until", Retentions.stamp(until))
                    .param("at", Retentions.stamp(clock.instant()))
                    .param("id", id)
                    .update();
            if (rows == 0) {
                return false;
            }
            jdbc.sql("""
                            update evidence set retain_until = greatest(retain_until, :until), version = version + 1
                            where id = :id""")
                    .param("until", Retentions.stamp(until))
                    .param("id", id)
                    .update();
            retentions.note(retentions.of(id).orElseThrow(), Retentions.Kind.LOCK, Retentions.SYSTEM, null, null);
            AuditEntry entry = audit.append(new AuditEvent(
                    Retentions.SYSTEM,
                    "evidence.lock",
                    "evidence",
                    id.toString(),
                    null,
                    AuditEvent.Result.OK,
                    "locked until " + until,
                    null));
            log.append(LogEvent.of(LogEvent.Kind.RETENTION, id, Digest.sha256(entry.hash()), until, entry.at()));
            return true;
        }));
    }

    private Done keptObjects() {
        int extended = 0;
        int failed = 0;
        Instant horizon = rules.horizon();
        List<KeptObject> due = dueKept();
        while (!due.isEmpty()) {
            int before = extended;
            for (KeptObject object : due) {
                try {
                    copies.lock(object.version(), horizon);
                    kept.extend(object, horizon);
                    transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                            Retentions.SYSTEM,
                            "kept.lock",
                            "kept-object",
                            object.kind() + " " + object.id(),
                            object.sha256(),
                            AuditEvent.Result.OK,
                            "locked until " + horizon,
                            null)));
                    extended++;
                } catch (IOException fault) {
                    LOG.warn("lock of {} {} not extended: {}", object.kind(), object.id(), fault.getMessage());
                    lastFailure = String.valueOf(fault.getMessage());
                    failed++;
                }
            }
            due = failed == 0 && extended > before ? dueKept() : List.of();
        }
        return new Done(extended, failed);
    }

    /**
     * All kinds but registers, of which there is one a day and which are of use as long as auditors look back. Record batches too, which
     * their own job extends further when a package asks for it.
     */
    private List<KeptObject> dueKept() {
        return jdbc.sql("""
                        select * from kept_object where retain_until < :near and kind <> 'REGISTER' order by retain_until limit :batch""")
                .param("near", Retentions.stamp(rules.near()))
                .param("batch", BATCH)
                .query((row, number) -> new KeptObject(
                        KeptObjects.Kind.valueOf(row.getString("kind")),
                        row.getObject("id", UUID.class),
                        row.getString("sha256"),
                        row.getLong("size_bytes"),
                        new ObjectVersion(row.getString("key"), row.getString("version_id")),
                        Retentions.time(row, "retain_until")))
                .list();
    }
}
