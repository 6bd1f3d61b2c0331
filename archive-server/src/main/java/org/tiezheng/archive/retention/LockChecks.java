package org.tiezheng.archive.retention;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * Compares what the class asks for, what the catalogue says and what the stores say, for every object in every copy, and names each
 * difference: first of the evidence, then of what the archive itself keeps (batches of records, certificates, reports). Asks for heads only:
 * whether the bytes are right is fixity's work. Goes on after a crash behind the last evidence, or object kept, that it finished. One check at a time; {@link #work} is for one server at a time.
 */
public final class LockChecks {
    private static final int BATCH = 100;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final ObjectCopies copies;
    private final AuditLog audit;
    private final Clock clock;

    LockChecks(JdbcClient jdbc, TransactionTemplate transactions, ObjectCopies copies, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.copies = copies;
        this.audit = audit;
        this.clock = clock;
    }

    /** What is different; names are keys of texts, {@code retention.difference.<name>}. */
    public enum Code {
        /** The catalogue's lock ends before the class asks; the extension job has not done it yet, or could not. */
        LOCK_BEHIND_CLASS,
        /** The primary store does not have the version. */
        NO_OBJECT,
        /** Another store has no copy of it. */
        NO_COPY,
        NOT_LOCKED,
        /** The store's lock ends before the catalogue says. */
        LOCK_SHORT,
        /** The evidence is held, the object is not. */
        NO_HOLD,
        /** The object is held, and no evidence that consists of it. */
        HOLD_LEFT
    }

    /** Where a check stands; names are keys of texts, {@code retention.check.<name>}. */
    public enum State {
        RUNNING,
        DONE,
        CANCELLED,
        FAILED
    }

    /**
     * One run.
     *
     * @param evidence pieces looked at
     * @param total pieces there are now; once it is over, those it looked at
     * @param objects looked at, in all copies, of evidence and of what the archive itself keeps
     */
    public record Check(
            UUID id,
            Instant startedAt,
            @Nullable Instant endedAt,
            State state,
            String askedByName,
            long evidence,
            long total,
            long objects,
            long differences,
            @Nullable String failure) {}

    /** @param evidenceId null for an object that the archive itself keeps */
    public record Difference(
            @Nullable UUID evidenceId,
            String storeId,
            String key,
            Code code,
            @Nullable Instant wanted,
            @Nullable Instant found) {}

    /** Begins a check, in the background. @throws Problem 409 if one runs */
    public UUID start(Actor by) {
        UUID id = UUID.randomUUID();
        transactions.executeWithoutResult(status -> {
            int added = jdbc.sql("""
                            insert into lock_check (id, started_at, state, asked_by, asked_by_name)
                            select :id, :at, 'RUNNING', :by, :name
                            where not exists (select 1 from lock_check where state = 'RUNNING')""")
                    .param("id", id)
                    .param("at", Retentions.stamp(clock.instant()))
                    .param("by", by.id())
                    .param("name", by.name())
                    .update();
            if (added == 0) {
                throw Problem.of(HttpStatus.CONFLICT, "retention.check-runs");
            }
            audit.append(AuditEvent.ok(by, "retention.check", "lock-check", id.toString()));
        });
        return id;
    }

    /** @throws Problem 409 if it does not run */
    public void cancel(UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            int changed = jdbc.sql("""
                            update lock_check set state = 'CANCELLED', ended_at = :at where id = :id and state = 'RUNNING'""")
                    .param("at", Retentions.stamp(clock.instant()))
                    .param("id", id)
                    .update();
            if (changed == 0) {
                throw Problem.of(HttpStatus.CONFLICT, "retention.check-over");
            }
            audit.append(AuditEvent.ok(by, "retention.check-cancel", "lock-check", id.toString()));
        });
    }

    /** Begins one if the last was begun longer ago than {@code every}, then works on what runs until it is done. */
    public void work(Duration every) {
        if (isDue(every)) {
            UUID unused = start(Retentions.SYSTEM);
        }
        Optional<UUID> running = jdbc.sql(
                        "select id from lock_check where state = 'RUNNING' order by started_at limit 1")
                .query(UUID.class)
                .optional();
        if (running.isEmpty()) {
            return;
        }
        UUID id = running.get();
        try {
            while (some(id) || someKept(id)) {
                if (Thread.currentThread().isInterrupted()) {
                    // Another turn goes on.
                    return;
                }
            }
            end(id, State.DONE, null);
        } catch (IOException fault) {
            end(id, State.FAILED, String.valueOf(fault.getMessage()));
        }
    }

    private boolean isDue(Duration every) {
        return jdbc.sql("""
                        select not exists (select 1 from lock_check where state = 'RUNNING' or started_at > :since)
                            and (exists (select 1 from evidence) or exists (select 1 from kept_object))""")
                .param("since", Retentions.stamp(clock.instant().minus(every)))
                .query(Boolean.class)
                .single();
    }

    private void end(UUID id, State state, @Nullable String failure) {
        transactions.executeWithoutResult(status -> {
            int changed = jdbc.sql("""
                            update lock_check set state = :state, ended_at = :at, failure = :failure
                            where id = :id and state = 'RUNNING'""")
                    .param("state", state.name())
                    .param("at", Retentions.stamp(clock.instant()))
                    .param("failure", failure)
                    .param("id", id)
                    .update();
            if (changed == 1) {
                audit.append(new AuditEvent(
                        Retentions.SYSTEM,
                        "retention.check-end",
                        "lock-check",
                        id.toString(),
                        null,
                        state == State.DONE ? AuditEvent.Result.OK : AuditEvent.Result.FAILED,
                        find(id).map(check -> check.differences() + " differences in " + check.objects() + " objects")
                                .orElse(null),
                        null));
            }
        });
    }

    private record Row(
            UUID id,
            long number,
            Instant retainUntil,
            boolean held,
            boolean placing,
            boolean assigned,
            @Nullable Integer years,
            @Nullable Instant endsAt) {}

    /** The next pieces. @return whether there were any and the check still runs */
    private boolean some(UUID checkId) throws IOException {
        List<Row> rows = jdbc.sql("""
                        select e.id, e.number, e.retain_until, e.held, r.years, r.ends_at, r.evidence_id is not null as assigned,
                            exists (select 1 from legal_hold_evidence h where h.evidence_id = e.id
                                and h.state in ('PLACING', 'LIFTING')) as placing
                        from lock_check c join evidence e on e.number > c.number
                            left join evidence_retention r on r.evidence_id = e.id
                        where c.id = :id and c.state = 'RUNNING' and e.disposed_at is null
                            and not exists (select 1 from disposal_item i where i.evidence_id = e.id and i.state = 'DELETING')
                        order by e.number limit :batch""")
                .param("id", checkId)
                .param("batch", BATCH)
                .query(LockChecks::row)
                .list();
        for (Row row : rows) {
            check(checkId, row);
        }
        return !rows.isEmpty();
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        int years = row.getInt("years");
        Integer orNull = row.wasNull() ? null : years;
        return new Row(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                Retentions.time(row, "retain_until"),
                row.getBoolean("held"),
                row.getBoolean("placing"),
                row.getBoolean("assigned"),
                orNull,
                Retentions.timeIfAny(row, "ends_at"));
    }

    private record Named(String key, String versionId, String sha256) {}

    /**
     * What the stores ought to say of an object.
     *
     * @param evidenceId null for what the archive itself keeps
     * @param held it is to be on hold
     * @param mayBeHeld something else may hold it
     */
    private record Wanted(@Nullable UUID evidenceId, Instant until, boolean held, boolean mayBeHeld) {}

    private void check(UUID checkId, Row row) throws IOException {
        List<Difference> found = new java.util.ArrayList<>();
        Instant asked = row.endsAt() == null ? clock.instant() : row.endsAt();
        if (row.assigned() && row.retainUntil().isBefore(asked)) {
            found.add(new Difference(row.id(), "catalogue", "", Code.LOCK_BEHIND_CLASS, asked, row.retainUntil()));
        }
        List<Named> objects = jdbc.sql(
                        "select key, version_id, sha256 from evidence_object where evidence_id = :id order by position")
                .param("id", row.id())
                .query(LockChecks::named)
                .list();
        long looked = 0;
        for (Named object : objects) {
            boolean mayBeHeld = row.held() || row.placing() || isHeldElsewhere(object.key());
            looked += compare(
                    object, new Wanted(row.id(), row.retainUntil(), row.held() && !row.placing(), mayBeHeld), found);
        }
        write(checkId, row.number(), looked, found);
    }

    private static Named named(ResultSet row, int number) throws SQLException {
        return new Named(row.getString("key"), row.getString("version_id"), row.getString("sha256"));
    }

    private record Kept(String kind, UUID id, Named object, Instant until) {}

    /** The next objects that the archive itself keeps. @return whether there were any and the check still runs */
    private boolean someKept(UUID checkId) throws IOException {
        List<Kept> rows = jdbc.sql("""
                        select k.* from lock_check c join kept_object k
                            on (k.kind, k.id) > (coalesce(c.kept_kind, ''), coalesce(c.kept_id, '00000000-0000-0000-0000-000000000000'))
                        where c.id = :id and c.state = 'RUNNING' order by k.kind, k.id limit :batch""")
                .param("id", checkId)
                .param("batch", BATCH)
                .query((row, number) -> new Kept(
                        row.getString("kind"),
                        row.getObject("id", UUID.class),
                        named(row, number),
                        Retentions.time(row, "retain_until")))
                .list();
        for (Kept kept : rows) {
            List<Difference> found = new java.util.ArrayList<>();
            boolean held = isHeldElsewhere(kept.object().key());
            long looked = compare(kept.object(), new Wanted(null, kept.until(), false, held), found);
            writeKept(checkId, kept, looked, found);
        }
        return !rows.isEmpty();
    }

    /** @return copies that were looked at */
    private long compare(Named object, Wanted wanted, List<Difference> found) throws IOException {
        List<ObjectCopies.Copy> all = copies.all(object.key());
        long looked = 0;
        boolean first = true;
        for (String store : copies.storeIds()) {
            boolean primary = first;
            List<StoredObject> here = all.stream()
                    .filter(copy -> copy.store().describe().id().equals(store))
                    .map(ObjectCopies.Copy::object)
                    .filter(copy -> primary
                            ? copy.version().versionId().equals(object.versionId())
                            : copy.sha256().equals(object.sha256()))
                    .toList();
            first = false;
            if (here.isEmpty()) {
                found.add(new Difference(
                        wanted.evidenceId(),
                        store,
                        object.key(),
                        primary ? Code.NO_OBJECT : Code.NO_COPY,
                        wanted.until(),
                        null));
            }
            for (StoredObject copy : here) {
                looked++;
                compare(wanted, store, copy, found);
            }
        }
        return looked;
    }

    private void compare(Wanted wanted, String store, StoredObject copy, List<Difference> found) {
        String key = copy.version().key();
        Retention retention = copy.retention();
        Instant end = retention == null ? null : retention.until();
        // A lock that has ended and was to end is as it should be.
        boolean over = wanted.until().isBefore(clock.instant());
        if (end == null) {
            if (!over) {
                found.add(new Difference(wanted.evidenceId(), store, key, Code.NOT_LOCKED, wanted.until(), null));
            }
        } else if (end.isBefore(wanted.until())) {
            found.add(new Difference(wanted.evidenceId(), store, key, Code.LOCK_SHORT, wanted.until(), end));
        }
        if (wanted.held() && !copy.legalHold()) {
            found.add(new Difference(wanted.evidenceId(), store, key, Code.NO_HOLD, null, null));
        } else if (!wanted.mayBeHeld() && copy.legalHold()) {
            found.add(new Difference(wanted.evidenceId(), store, key, Code.HOLD_LEFT, null, null));
        }
    }

    private boolean isHeldElsewhere(String key) {
        return jdbc.sql("""
                        select exists (select 1 from legal_hold_evidence h join evidence_object o on o.evidence_id = h.evidence_id
                            where h.state <> 'OFF' and o.key = :key)""").param("key", key).query(Boolean.class).single();
    }

    /** One evidence is counted once: its differences and the place behind it are one transaction. */
    private void write(UUID checkId, long number, long objects, List<Difference> found) {
        transactions.executeWithoutResult(status -> {
            int changed = jdbc.sql("""
                            update lock_check set number = :number, evidence = evidence + 1, objects = objects + :objects,
                                differences = differences + :differences
                            where id = :id and state = 'RUNNING' and number < :number""")
                    .param("number", number)
                    .param("objects", objects)
                    .param("differences", found.size())
                    .param("id", checkId)
                    .update();
            if (changed == 0) {
                return;
            }
            add(checkId, found);
        });
    }

    /** As {@link #write}, for an object that the archive itself keeps. */
    private void writeKept(UUID checkId, Kept kept, long objects, List<Difference> found) {
        transactions.executeWithoutResult(status -> {
            int changed = jdbc.sql("""
                            update lock_check set kept_kind = :kind, kept_id = :kept, objects = objects + :objects,
                                differences = differences + :differences
                            where id = :id and state = 'RUNNING' and (kept_kind is null or (kept_kind, kept_id) < (:kind, :kept))""")
                    .param("kind", kept.kind())
                    .param("kept", kept.id())
                    .param("objects", objects)
                    .param("differences", found.size())
                    .param("id", checkId)
                    .update();
            if (changed > 0) {
                add(checkId, found);
            }
        });
    }

    private void add(UUID checkId, List<Difference> found) {
        for (Difference one : found) {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("check", checkId);
            row.put("evidence", one.evidenceId());
            row.put("store", one.storeId());
            row.put("key", one.key());
            row.put("code", one.code().name());
            row.put("wanted", Retentions.stamp(one.wanted()));
            row.put("found", Retentions.stamp(one.found()));
            jdbc.sql("""
                            insert into lock_difference (check_id, evidence_id, store_id, key, code, wanted, found)
                            values (:check, :evidence, :store, :key, :code, :wanted, :found)""").params(row).update();
        }
    }

    public Optional<Check> find(UUID id) {
        return jdbc.sql(SELECT + " where c.id = :id")
                .param("id", id)
                .query(LockChecks::checkRow)
                .optional();
    }

    private static final String SELECT = """
            select c.*, case when c.state = 'DONE' then c.evidence
                else (select count(*) from evidence e where e.disposed_at is null) end as total from lock_check c""";

    /** Latest first. */
    public List<Check> latest(int most) {
        return jdbc.sql(SELECT + " order by c.started_at desc limit :most")
                .param("most", most)
                .query(LockChecks::checkRow)
                .list();
    }

    public List<Difference> differences(UUID checkId, int most) {
        return jdbc.sql("select * from lock_difference where check_id = :id order by id limit :most")
                .param("id", checkId)
                .param("most", most)
                .query((row, number) -> new Difference(
                        row.getObject("evidence_id", UUID.class),
                        row.getString("store_id"),
                        row.getString("key"),
                        Code.valueOf(row.getString("code")),
                        Retentions.timeIfAny(row, "wanted"),
                        Retentions.timeIfAny(row, "found")))
                .list();
    }

    private static Check checkRow(ResultSet row, int number) throws SQLException {
        return new Check(
                row.getObject("id", UUID.class),
                Retentions.time(row, "started_at"),
                Retentions.timeIfAny(row, "ended_at"),
                State.valueOf(row.getString("state")),
                row.getString("asked_by_name"),
                row.getLong("evidence"),
                row.getLong("total"),
                row.getLong("objects"),
                row.getLong("differences"),
                row.getString("failure"));
    }
}
