package org.tiezheng.archive.fixity;

import java.io.IOException;
import java.io.InputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.storage.VersionedStore;

/**
 * Repairs bad copies from good ones, after two persons said so.
 *
 * <p>Nothing is overwritten: the good bytes become a new version beside the bad one, which stays as it is, locked as long, as the proof of
 * what happened. Steps, each safe to die after:
 *
 * <ol>
 *   <li>another copy is read whole and is good (nothing is written);
 *   <li>its bytes are put into the damaged store as a new version, locked from the first byte. If we die here the version is there and
 *       nothing names it; the repair is still approved, and its repetition finds that version instead of putting another;
 *   <li>the new version is read back and hashed (nothing is written);
 *   <li>one transaction: the catalogue (for the primary store) and the schedule name the new version, the damage is closed, the history of
 *       each package tells, and the log gets its entries.
 * </ol>
 */
final class Repairs {
    private static final Logger LOG = LoggerFactory.getLogger(Repairs.class);
    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final Duration LONGEST_RETRY = Duration.ofHours(6);

    /** Where a repair is, for tests that die there. */
    enum Step {
        SOURCE_READ,
        PUT,
        READ_BACK,
        WRITTEN_DOWN
    }

    /** How a decision ended. */
    enum Decision {
        DONE,
        /** There is no such proposal, or it is decided. */
        NOT_OPEN,
        /** Whoever proposed may not decide. */
        SAME_PERSON
    }

    private static final String COLUMNS = """
            select id, damage_id, state, proposed_by, proposed_by_name, proposed_at, reason, decided_by, decided_by_name, decided_at,
                decision_reason, source_store, new_version_id, attempts, failure, done_at from fixity_repair
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final LogQueue log;
    private final CheckedStores stores;
    private final CopyTable copies;
    private final Checks checks;
    private final Damages damages;
    private final ReadRate rate;
    private final Clock clock;
    private final String node;
    private final Consumer<Step> steps;

    Repairs(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            LogQueue log,
            CheckedStores stores,
            CopyTable copies,
            Checks checks,
            Damages damages,
            ReadRate rate,
            Clock clock,
            String node,
            Consumer<Step> steps) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.log = log;
        this.stores = stores;
        this.copies = copies;
        this.checks = checks;
        this.damages = damages;
        this.rate = rate;
        this.clock = clock;
        this.node = node;
        this.steps = steps;
    }

    // ---- persons ---------------------------------------------------------------------------------------------------

    /** Proposes a repair; empty if the damage is not open and repairable, or a repair is on its way. */
    Optional<UUID> propose(UUID damageId, String reason, Actor actor) {
        UUID id = UUID.randomUUID();
        return Boolean.TRUE.equals(transactions.execute(status -> {
                    Optional<Damage> damage = damages.find(damageId).filter(Damage::isRepairable);
                    if (damage.isEmpty()) {
                        return false;
                    }
                    int added = jdbc.sql("""
                                    insert into fixity_repair (id, damage_id, state, proposed_by, proposed_by_name, proposed_at, reason)
                                    values (:id, :damage, 'PROPOSED', :by, :name, :now, :reason) on conflict do nothing""")
                            .param("id", id)
                            .param("damage", damageId)
                            .param("by", actor.id())
                            .param("name", actor.name())
                            .param("now", CopyTable.utc(clock.instant()))
                            .param("reason", reason)
                            .update();
                    if (added > 0) {
                        tell(actor, "fixity.repair-proposed", id, damage.get(), AuditEvent.Result.OK, reason);
                    }
                    return added > 0;
                }))
                ? Optional.of(id)
                : Optional.empty();
    }

    private void tell(
            Actor actor, String action, UUID id, Damage damage, AuditEvent.Result result, @Nullable String reason) {
        audit.append(
                new AuditEvent(actor, action, "fixity-repair", id.toString(), damage.sha256(), result, reason, null));
    }

    /** Approves or rejects a proposal of somebody else. What is approved is done in the background. */
    Decision decide(UUID id, boolean approve, String reason, Actor actor) {
        Decision decision = transactions.execute(status -> {
            Optional<Repair> found = jdbc.sql(COLUMNS + " where id = :id and state = 'PROPOSED' for update")
                    .param("id", id)
                    .query(Repairs::repair)
                    .optional();
            if (found.isEmpty()) {
                return Decision.NOT_OPEN;
            }
            Damage damage = damages.find(found.get().damageId()).orElseThrow();
            String action = approve ? "fixity.repair-approved" : "fixity.repair-rejected";
            if (found.get().proposedBy().equals(actor.id())) {
                tell(actor, action, id, damage, AuditEvent.Result.REFUSED, "proposed it");
                return Decision.SAME_PERSON;
            }
            int unused = jdbc.sql("""
                            update fixity_repair set state = :state, decided_by = :by, decided_by_name = :name, decided_at = :now,
                                decision_reason = :reason where id = :id""")
                    .param("state", approve ? "APPROVED" : "REJECTED")
                    .param("by", actor.id())
                    .param("name", actor.name())
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("reason", reason)
                    .param("id", id)
                    .update();
            tell(actor, action, id, damage, AuditEvent.Result.OK, reason);
            return Decision.DONE;
        });
        return decision == null ? Decision.NOT_OPEN : decision;
    }

    Optional<Repair> find(UUID id) {
        return jdbc.sql(COLUMNS + " where id = :id")
                .param("id", id)
                .query(Repairs::repair)
                .optional();
    }

    /** Proposed and approved ones, the oldest first. */
    List<Repair> open(int most) {
        return jdbc.sql(COLUMNS + " where state in ('PROPOSED', 'APPROVED') order by proposed_at, id limit :most")
                .param("most", most)
                .query(Repairs::repair)
                .list();
    }

    /** Of one damage, the oldest first. */
    List<Repair> of(UUID damageId) {
        return jdbc.sql(COLUMNS + " where damage_id = :damage order by proposed_at, id")
                .param("damage", damageId)
                .query(Repairs::repair)
                .list();
    }

    // ---- the server ------------------------------------------------------------------------------------------------

    /** Does one approved repair, if there is one; false if not. What fails is tried again later, less and less often. */
    boolean turn(UUID worker) throws InterruptedException {
        Optional<Repair> claimed = jdbc.sql("""
                        update fixity_repair set claimed_by = :worker where id = (select id from fixity_repair
                            where state = 'APPROVED' and claimed_by is null and (retry_at is null or retry_at <= :now)
                            order by decided_at limit 1 for update skip locked)
                        returning id""")
                .param("worker", worker)
                .param("now", CopyTable.utc(clock.instant()))
                .query(UUID.class)
                .optional()
                .flatMap(this::find);
        if (claimed.isEmpty()) {
            return false;
        }
        Repair repair = claimed.get();
        try {
            repair(repair);
        } catch (IOException e) {
            LOG.warn("repair {}: {}", repair.id(), e.getMessage());
            failed(repair, String.valueOf(e.getMessage()));
        }
        return true;
    }

    private void failed(Repair repair, String reason) {
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(repair.attempts(), 9));
        int unused = jdbc.sql("""
                        update fixity_repair set claimed_by = null, attempts = attempts + 1, failure = :reason, retry_at = :again
                        where id = :id and state = 'APPROVED'""")
                .param("reason", reason.length() > 1000 ? reason.substring(0, 1000) : reason)
                .param(
                        "again",
                        CopyTable.utc(clock.instant().plus(wait.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : wait)))
                .param("id", repair.id())
                .update();
    }

    private void repair(Repair repair) throws IOException, InterruptedException {
        Damage damage = damages.find(repair.damageId()).orElseThrow();
        Long objectId = damage.objectId();
        String storeId = damage.storeId();
        if (damage.state() != Damage.State.OPEN || objectId == null || storeId == null) {
            int unused = jdbc.sql("update fixity_repair set state = 'OBSOLETE', claimed_by = null where id = :id")
                    .param("id", repair.id())
                    .update();
            return;
        }
        Copy copy = copies.find(objectId, storeId)
                .orElseThrow(() -> new IOException("the object is not in the catalogue any more"));
        VersionedStore target = store(storeId);
        Checked good =
                checks.goodCopy(copy).orElseThrow(() -> new IOException("no other copy of the object is good now"));
        steps.accept(Step.SOURCE_READ);
        StoredObject put = put(copy, damage, good, target);
        // Dying here leaves a version that nothing names; the repetition finds it.
        steps.accept(Step.PUT);
        Checked checked = checks.check(new Copy(
                objectId,
                storeId,
                copy.key(),
                put.version().versionId(),
                copy.sha256(),
                copy.sizeBytes(),
                copy.enrolledAt(),
                copy.lockedUntil(),
                copy.held(),
                with(copy.ownVersions(), put.version().versionId()),
                copy.damagedVersions(),
                null));
        if (checked.outcome() != FixityOutcome.GOOD) {
            throw new IOException("the new version " + put.version() + " was read back as " + checked.outcome());
        }
        steps.accept(Step.READ_BACK);
        transactions.executeWithoutResult(status -> writeDown(repair, copy, good, checked, put));
        steps.accept(Step.WRITTEN_DOWN);
        LOG.info("repaired {} in store {}", put.version(), storeId);
    }

    private VersionedStore store(String id) throws IOException {
        return stores.find(id).orElseThrow(() -> new IOException("no store " + id + " is configured"));
    }

    private StoredObject put(Copy copy, Damage damage, Checked good, VersionedStore target)
            throws IOException, InterruptedException {
        VersionedStore from = store(good.copy().storeId());
        ObjectVersion source = new ObjectVersion(copy.key(), String.valueOf(good.versionId()));
        StoredObject known = from.head(source).orElseThrow(() -> new IOException(source + " is gone"));
        Retention lock = lock(copy, known);
        Set<String> damaged = new HashSet<>(copy.damagedVersions());
        if (damage.versionId() != null) {
            damaged.add(damage.versionId());
            keepProof(target, new ObjectVersion(copy.key(), damage.versionId()), lock.until());
        }
        PutRequest request =
                new PutRequest(copy.key(), copy.sizeBytes(), copy.sha256(), lock, known.legalHold() || copy.held());
        try (InputStream in = new PacedStream(from.get(source, 0, copy.sizeBytes()), rate)) {
            return target.putBeside(request, in, damaged);
        }
    }

    /** As long as the catalogue says and the good copy is; a lock that has ended becomes one of a day, since there must be one. */
    private Retention lock(Copy copy, StoredObject good) {
        Instant until = clock.instant().plus(Duration.ofDays(1));
        Retention.Mode mode = Retention.Mode.COMPLIANCE;
        if (good.retention() != null) {
            mode = good.retention().mode();
            until = good.retention().until().isAfter(until) ? good.retention().until() : until;
        }
        if (copy.lockedUntil() != null && copy.lockedUntil().isAfter(until)) {
            until = copy.lockedUntil();
        }
        return new Retention(mode, until);
    }

    /** The bad version is locked as long as the new one. It may be gone, or not be lockable: that is no reason not to repair. */
    private static void keepProof(VersionedStore target, ObjectVersion bad, Instant until) {
        try {
            Optional<StoredObject> there = target.head(bad);
            if (there.isPresent()) {
                Retention lock = there.get().retention();
                if (lock == null || lock.until().isBefore(until)) {
                    target.extendRetention(bad, until);
                }
            }
        } catch (IOException e) {
            LOG.warn("the damaged version {} could not be locked longer: {}", bad, e.getMessage());
        }
    }

    private static Set<String> with(Set<String> versions, String one) {
        Set<String> all = new HashSet<>(versions);
        all.add(one);
        return all;
    }

    private void writeDown(Repair repair, Copy copy, Checked good, Checked checked, StoredObject put) {
        Instant now = clock.instant();
        int ours = jdbc.sql("""
                        update fixity_repair set source_store = :source, new_version_id = :version
                        where id = :id and state = 'APPROVED'""")
                .param("source", good.copy().storeId())
                .param("version", put.version().versionId())
                .param("id", repair.id())
                .update();
        if (ours == 0) {
            return; // another server took it over, and was faster
        }
        // Packages by the version they name now, before that changes.
        List<UUID> packages = damages.packages(copy.objectId(), Damages.MOST_PACKAGES + 1);
        List<UUID> kept = kept(copy.objectId());
        nameNewVersion(repair.id(), copy, put.version());
        copies.count(List.of(good, checked));
        long unused = copies.record(good, node);
        long too = copies.record(checked, node);
        int done = jdbc.sql("""
                        update fixity_repair set state = 'DONE', done_at = :now, claimed_by = null, failure = null where id = :id""")
                .param("now", CopyTable.utc(now))
                .param("id", repair.id())
                .update();
        boolean closed = damages.close(repair.damageId(), Damage.State.REPAIRED, Damages.SERVER, repair.reason());
        append(copy, packages, kept, now);
        String what = copy.storeId() + ": " + checked.versionId() + ", from "
                + good.copy().storeId() + "; approved by " + repair.decidedByName() + ": " + repair.decisionReason()
                + (closed ? "" : "; the damage was closed meanwhile");
        damages.each(
                copy,
                "copy-repaired",
                AuditEvent.Result.OK,
                what,
                Damages.SERVER,
                repair.id().toString());
    }

    private List<UUID> kept(long objectId) {
        return jdbc.sql("""
                        select k.id from fixity_object o join kept_object k on k.key = o.key and k.version_id = o.version_id
                        where o.id = :object limit 20""").param("object", objectId).query(UUID.class).list();
    }

    /** One entry for each package that names the object; for an object that very many share, for one of them. */
    private void append(Copy copy, List<UUID> packages, List<UUID> kept, Instant now) {
        List<UUID> named = packages.size() > Damages.MOST_PACKAGES ? packages.subList(0, 1) : packages;
        for (List<UUID> ids : List.of(named, kept)) {
            for (UUID id : ids) {
                log.append(LogEvent.ofObject(
                        LogEvent.Kind.REPAIR, id, Digest.sha256(copy.sha256()), copy.sizeBytes(), null, now));
            }
        }
    }

    private void nameNewVersion(UUID repair, Copy copy, ObjectVersion version) {
        int moved = jdbc.sql(
                        "update fixity_copy set version_id = :version where object_id = :object and store_id = :store")
                .param("version", version.versionId())
                .param("object", copy.objectId())
                .param("store", copy.storeId())
                .update();
        // In the primary store the catalogue moves too; the database lets that be done only for an approved repair.
        boolean catalogued = jdbc.sql("select fixity_name_version(:repair)")
                .param("repair", repair)
                .query(Boolean.class)
                .single();
        if (!catalogued) {
            return;
        }
        int object = jdbc.sql("""
                        update fixity_object o set version_id = :new where id = :object
                            and not exists (select 1 from fixity_object x where x.key = o.key and x.version_id = :new)""")
                .param("new", version.versionId())
                .param("object", copy.objectId())
                .update();
        if (object == 0) {
            // The same bytes were archived again meanwhile and got the new version: one object, and this one is named
            // by nothing.
            int ended = jdbc.sql("delete from fixity_copy where object_id = :object")
                    .param("object", copy.objectId())
                    .update();
        }
    }

    private static Repair repair(ResultSet row, int number) throws SQLException {
        return new Repair(
                row.getObject("id", UUID.class),
                row.getObject("damage_id", UUID.class),
                Repair.State.valueOf(row.getString("state")),
                row.getString("proposed_by"),
                row.getString("proposed_by_name"),
                Damages.time(row, "proposed_at"),
                row.getString("reason"),
                row.getString("decided_by"),
                row.getString("decided_by_name"),
                Damages.timeIfAny(row, "decided_at"),
                row.getString("decision_reason"),
                row.getString("source_store"),
                row.getString("new_version_id"),
                row.getInt("attempts"),
                row.getString("failure"),
                Damages.timeIfAny(row, "done_at"));
    }
}
