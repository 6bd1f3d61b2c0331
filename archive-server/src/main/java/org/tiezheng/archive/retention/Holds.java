package org.tiezheng.archive.retention;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectVersion;

/**
 * Legal holds: while one is on evidence, nothing of it may be deleted. Several may be on one evidence, and each ends alone.
 *
 * <pre>
 * decided ──▶ PLACING ──▶ ON ──▶ (released) LIFTING ──▶ OFF
 * </pre>
 *
 * <p>A hold counts from the moment it is decided: {@link #isHeld} says so before the first object has it. {@link #work} brings it
 * to every object of every copy, and goes on after a crash where it stopped: a row stays PLACING until all of its objects are on
 * hold. The log says {@code hold} when that is so, and {@code release} before the first object is let go: whoever looks from
 * outside never finds a hold in the log that is not on the objects.
 *
 * <p>Objects may belong to several packages (the member {@code mimetype} is the same in all): one is let go only when no held
 * evidence consists of it. Placing and lifting are done by one server at a time. Safe for use by many threads.
 */
public final class Holds {
    private static final Logger LOG = LoggerFactory.getLogger(Holds.class);
    /** Most pieces of evidence that one hold names. */
    public static final int MOST = 10_000;

    private static final int BATCH = 200;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final ObjectCopies copies;
    private final Approvals approvals;
    private final LogQueue log;
    private final AuditLog audit;
    private final Clock clock;

    public Holds(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ObjectCopies copies,
            Approvals approvals,
            LogQueue log,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.copies = copies;
        this.approvals = approvals;
        this.log = log;
        this.audit = audit;
        this.clock = clock;
        approvals.register(Approval.Kind.RELEASE, this::released);
    }

    /** Where a hold is with one evidence; names are keys of texts, {@code retention.hold.<name>}. */
    public enum State {
        PLACING,
        ON,
        LIFTING,
        OFF
    }

    /**
     * One hold.
     *
     * @param caseNo set: covers what is linked to this case later, too
     * @param evidence pieces of evidence it was put on
     * @param waiting of those, how many are not where they are to be yet: PLACING or LIFTING
     */
    public record Hold(
            UUID id,
            long number,
            String reason,
            @Nullable String caseNo,
            String placedByName,
            Instant placedAt,
            @Nullable Instant releasedAt,
            @Nullable String releasedByName,
            @Nullable String releaseReason,
            long evidence,
            long waiting) {}

    /** A hold on one evidence. */
    public record OnEvidence(
            UUID holdId,
            long number,
            UUID evidenceId,
            State state,
            String reason,
            @Nullable String caseNo,
            String placedByName,
            Instant placedAt,
            @Nullable String failure) {}

    // ---- asking -------------------------------------------------------------------------------------------------

    /** Whether at least one hold is on this evidence, or is being put on it: from the moment it was decided. */
    public boolean isHeld(UUID evidenceId) {
        return jdbc.sql("""
                        select exists (select 1 from legal_hold_evidence
                                where evidence_id = :id and state in ('PLACING', 'ON'))
                            or exists (select 1 from evidence e join legal_hold h on h.case_no = e.case_no
                                where e.id = :id and h.released_at is null)""").param("id", evidenceId).query(Boolean.class).single();
    }

    /** Holds on one evidence that are not off, oldest first. */
    public List<OnEvidence> list(UUID evidenceId) {
        return jdbc.sql("""
                        select h.id, h.number, o.evidence_id, o.state, h.reason, h.case_no, h.placed_by_name, h.placed_at, o.failure
                        from legal_hold_evidence o join legal_hold h on h.id = o.hold_id
                        where o.evidence_id = :id and o.state <> 'OFF' order by h.number""").param("id", evidenceId).query(Holds::onEvidence).list();
    }

    /** What a hold is on, in the order of archiving. */
    public List<OnEvidence> evidenceOf(UUID holdId, int most) {
        return jdbc.sql("""
                        select h.id, h.number, o.evidence_id, o.state, h.reason, h.case_no, h.placed_by_name, h.placed_at, o.failure
                        from legal_hold_evidence o join legal_hold h on h.id = o.hold_id
                            join evidence e on e.id = o.evidence_id
                        where o.hold_id = :id order by e.number limit :most""")
                .param("id", holdId)
                .param("most", most)
                .query(Holds::onEvidence)
                .list();
    }

    public Optional<Hold> find(UUID id) {
        return jdbc.sql(HOLDS + " where h.id = :id")
                .param("id", id)
                .query(Holds::hold)
                .optional();
    }

    /**
     * Holds, newest first.
     *
     * @param inForce those that were not released, or the others
     * @param before number of the last one seen; {@link Long#MAX_VALUE} to begin
     */
    public List<Hold> list(boolean inForce, long before, int most) {
        return jdbc.sql(HOLDS + " where h.number < :before and (h.released_at is null) = :force"
                        + " order by h.number desc limit :most")
                .param("before", before)
                .param("force", inForce)
                .param("most", most)
                .query(Holds::hold)
                .list();
    }

    private static final String HOLDS = """
            select h.*, (select count(*) from legal_hold_evidence o where o.hold_id = h.id) as evidence,
                (select count(*) from legal_hold_evidence o where o.hold_id = h.id
                    and o.state in ('PLACING', 'LIFTING')) as waiting
            from legal_hold h""";

    // ---- placing ------------------------------------------------------------------------------------------------

    /**
     * Puts a hold on evidence.
     *
     * @param evidence may be empty with a case
     * @param caseNo covers everything that is or will be linked to this case; null for the named evidence only
     * @return its id; the objects follow within seconds
     * @throws Problem 404 if there is no such evidence, 409 if one of it was destroyed or is being so, 400 if there is nothing
     */
    public UUID place(Collection<UUID> evidence, @Nullable String caseNo, String reason, Actor by) {
        String why = Texts.required("reason", reason);
        String number = Texts.optional("caseNo", caseNo);
        Set<UUID> named = new LinkedHashSet<>(evidence);
        if (named.contains(null)) {
            throw Problem.invalid("evidence", "invalid");
        }
        if (named.isEmpty() && number == null) {
            throw Problem.invalid("evidence", "required");
        }
        if (named.size() > MOST) {
            throw Problem.invalid("evidence", "too-long", MOST);
        }
        UUID id = UUID.randomUUID();
        transactions.executeWithoutResult(status -> {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", id);
            row.put("reason", why);
            row.put("case", number);
            row.put("by", by.id());
            row.put("name", by.name());
            row.put("at", Retentions.stamp(clock.instant()));
            jdbc.sql("""
                            insert into legal_hold (id, reason, case_no, placed_by, placed_by_name, placed_at)
                            values (:id, :reason, :case, :by, :name, :at)""").params(row).update();
            // In one order, so that two holds at the same moment wait for each other and not both for ever.
            named.stream().sorted().forEach(one -> {
                requireThere(one);
                cover(id, one);
            });
            if (number != null) {
                coverCase(id, number);
            }
            audit.append(new AuditEvent(
                    by,
                    "hold.place",
                    "hold",
                    id.toString(),
                    null,
                    AuditEvent.Result.OK,
                    why + (number == null ? "" : ", case " + number) + ", " + named.size() + " named",
                    null));
        });
        return id;
    }

    /** Locks the row: a disposal that is about to begin with this evidence waits, and then finds the hold. */
    private void requireThere(UUID evidenceId) {
        boolean disposed = jdbc.sql("select disposed_at is not null from evidence where id = :id for update")
                .param("id", evidenceId)
                .query(Boolean.class)
                .optional()
                .orElseThrow(() -> Problem.notFound(evidenceId.toString()));
        if (disposed || isBeingDestroyed(evidenceId)) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.hold-too-late", evidenceId);
        }
    }

    private boolean isBeingDestroyed(UUID evidenceId) {
        return jdbc.sql("select exists (select 1 from disposal_item where evidence_id = :id and state = 'DELETING')")
                .param("id", evidenceId)
                .query(Boolean.class)
                .single();
    }

    private void cover(UUID hold, UUID evidenceId) {
        int added = jdbc.sql("""
                        insert into legal_hold_evidence (hold_id, evidence_id, state, changed_at)
                        values (:hold, :evidence, 'PLACING', :at) on conflict do nothing""")
                .param("hold", hold)
                .param("evidence", evidenceId)
                .param("at", Retentions.stamp(clock.instant()))
                .update();
        if (added > 0) {
            jdbc.sql("update evidence set held = true, version = version + 1 where id = :id")
                    .param("id", evidenceId)
                    .update();
        }
    }

    private int coverCase(UUID hold, String caseNo) {
        List<UUID> more = jdbc.sql("""
                        select e.id from evidence e where e.case_no = :case and e.disposed_at is null
                            and not exists (select 1 from legal_hold_evidence o where o.hold_id = :hold and o.evidence_id = e.id)
                            and not exists (select 1 from disposal_item i where i.evidence_id = e.id and i.state = 'DELETING')
                        order by e.id limit :most for update of e""")
                .param("case", caseNo)
                .param("hold", hold)
                .param("most", MOST)
                .query(UUID.class)
                .list();
        more.forEach(evidence -> cover(hold, evidence));
        return more.size();
    }

    // ---- releasing ----------------------------------------------------------------------------------------------

    /**
     * Asks that a hold be released; a responsible leader who is not {@code by} decides.
     *
     * @throws Problem 404 if there is no such hold, 409 if it was released or this is asked for already
     */
    public UUID proposeRelease(UUID holdId, String reason, Actor by) {
        Hold hold = find(holdId).orElseThrow(() -> Problem.notFound(holdId.toString()));
        if (hold.releasedAt() != null) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.released-already");
        }
        return approvals.propose(
                Approval.Kind.RELEASE,
                holdId.toString(),
                Approvals.content().put("hold", holdId.toString()).put("number", hold.number()),
                Texts.required("reason", reason),
                by);
    }

    private void released(Approval approval, Actor by) {
        UUID id = UUID.fromString(approval.subject());
        int changed = jdbc.sql("""
                        update legal_hold set released_by = :by, released_by_name = :name, released_at = :at,
                            release_reason = :reason, approval_id = :approval
                        where id = :id and released_at is null""")
                .param("by", by.id())
                .param("name", by.name())
                .param("at", Retentions.stamp(clock.instant()))
                .param("reason", approval.reason())
                .param("approval", approval.id())
                .param("id", id)
                .update();
        if (changed == 0) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.released-already");
        }
        audit.append(new AuditEvent(
                by,
                "hold.release",
                "hold",
                id.toString(),
                null,
                AuditEvent.Result.OK,
                approval.reason(),
                approval.id().toString()));
    }

    // ---- work ---------------------------------------------------------------------------------------------------

    /**
     * Brings holds to the objects and away from them. Faults of a store leave the row as it is, to be tried again.
     *
     * @return pieces of evidence that are where they are to be now
     */
    public int work() {
        int done = 0;
        for (Hold hold : list(true, Long.MAX_VALUE, MOST)) {
            String caseNo = hold.caseNo();
            if (caseNo != null) {
                transactions.executeWithoutResult(status -> {
                    int unused = coverCase(hold.id(), caseNo);
                });
            }
        }
        done += each("o.state in ('PLACING', 'ON') and h.released_at is not null", this::letGo);
        // Before the placing: what is lifted by mistake, because a hold was decided meanwhile, is put on again.
        done += each("o.state = 'LIFTING'", this::lift);
        done += each("o.state = 'PLACING' and h.released_at is null", this::put);
        return done;
    }

    private interface Part {
        void take(OnEvidence row) throws IOException;
    }

    private int each(String which, Part part) {
        int done = 0;
        Set<String> failed = new LinkedHashSet<>();
        while (true) {
            List<OnEvidence> rows = jdbc.sql("""
                            select h.id, h.number, o.evidence_id, o.state, h.reason, h.case_no, h.placed_by_name, h.placed_at,
                                o.failure
                            from legal_hold_evidence o join legal_hold h on h.id = o.hold_id
                            where (WHICH) and not (o.hold_id::text || o.evidence_id::text = any (:failed))
                            order by o.changed_at limit :batch""".replace("(WHICH)", "(" + which + ")"))
                    .param("failed", failed.toArray(new String[0]))
                    .param("batch", BATCH)
                    .query(Holds::onEvidence)
                    .list();
            if (rows.isEmpty() || Thread.currentThread().isInterrupted()) {
                return done;
            }
            for (OnEvidence row : rows) {
                try {
                    part.take(row);
                    done++;
                } catch (IOException fault) {
                    failed.add(row.holdId().toString() + row.evidenceId());
                    failed(row, fault);
                }
            }
            if (failed.size() > BATCH) {
                // The store is down rather than single objects: next time.
                return done;
            }
        }
    }

    private void failed(OnEvidence row, IOException fault) {
        LOG.warn("hold {} on {}: {}", row.number(), row.evidenceId(), fault.getMessage());
        transactions.executeWithoutResult(status -> jdbc.sql("""
                        update legal_hold_evidence set failure = :failure where hold_id = :hold and evidence_id = :evidence""")
                .param("failure", String.valueOf(fault.getMessage()))
                .param("hold", row.holdId())
                .param("evidence", row.evidenceId())
                .update());
    }

    /** All objects, then the row: dying between them leaves PLACING, and all of it is done again, which changes nothing. */
    private void put(OnEvidence row) throws IOException {
        for (ObjectVersion version : objects(row.evidenceId(), false)) {
            copies.hold(version, true);
        }
        transactions.executeWithoutResult(status -> {
            if (become(row, State.PLACING, State.ON)) {
                logged(row, "evidence.hold", LogEvent.Kind.HOLD);
            }
        });
    }

    private void letGo(OnEvidence row) {
        transactions.executeWithoutResult(status -> {
            if (!become(row, row.state(), State.LIFTING)) {
                return;
            }
            jdbc.sql("""
                            update evidence set version = version + 1, held = exists (select 1 from legal_hold_evidence o
                                where o.evidence_id = :id and o.state in ('PLACING', 'ON'))
                            where id = :id""").param("id", row.evidenceId()).update();
            if (row.state() == State.ON) {
                logged(row, "evidence.release", LogEvent.Kind.RELEASE);
            }
        });
    }

    private void lift(OnEvidence row) throws IOException {
        for (ObjectVersion version : objects(row.evidenceId(), true)) {
            copies.hold(version, false);
        }
        transactions.executeWithoutResult(status -> {
            boolean unused = become(row, State.LIFTING, State.OFF);
        });
    }

    private boolean become(OnEvidence row, State from, State to) {
        return jdbc.sql("""
                                update legal_hold_evidence set state = :to, changed_at = :at, failure = null
                                where hold_id = :hold and evidence_id = :evidence and state = :from""")
                        .param("to", to.name())
                        .param("at", Retentions.stamp(clock.instant()))
                        .param("hold", row.holdId())
                        .param("evidence", row.evidenceId())
                        .param("from", from.name())
                        .update()
                == 1;
    }

    private void logged(OnEvidence row, String action, LogEvent.Kind kind) {
        AuditEntry entry = audit.append(new AuditEvent(
                Retentions.SYSTEM,
                action,
                "evidence",
                row.evidenceId().toString(),
                null,
                AuditEvent.Result.OK,
                "hold " + row.number() + " by " + row.placedByName() + ": " + row.reason(),
                row.holdId().toString()));
        log.append(LogEvent.of(kind, row.evidenceId(), Digest.sha256(entry.hash()), null, entry.at()));
    }

    /** @param free only those that no held evidence consists of */
    private List<ObjectVersion> objects(UUID evidenceId, boolean free) {
        return new ArrayList<>(jdbc.sql("""
                        select distinct o.key, o.version_id from evidence_object o where o.evidence_id = :id
                            and not (:free and exists (select 1 from evidence_object other
                                join legal_hold_evidence h on h.evidence_id = other.evidence_id
                                where other.key = o.key and other.version_id = o.version_id and h.state in ('PLACING', 'ON')))""")
                .param("id", evidenceId)
                .param("free", free)
                .query((row, number) -> new ObjectVersion(row.getString("key"), row.getString("version_id")))
                .list());
    }

    private static OnEvidence onEvidence(ResultSet row, int number) throws SQLException {
        return new OnEvidence(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                row.getObject("evidence_id", UUID.class),
                State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getString("case_no"),
                row.getString("placed_by_name"),
                Retentions.time(row, "placed_at"),
                row.getString("failure"));
    }

    private static Hold hold(ResultSet row, int number) throws SQLException {
        return new Hold(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                row.getString("reason"),
                row.getString("case_no"),
                row.getString("placed_by_name"),
                Retentions.time(row, "placed_at"),
                Retentions.timeIfAny(row, "released_at"),
                row.getString("released_by_name"),
                row.getString("release_reason"),
                row.getLong("evidence"),
                row.getLong("waiting"));
    }
}
