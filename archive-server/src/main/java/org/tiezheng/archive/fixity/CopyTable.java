package org.tiezheng.archive.fixity;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.web.Format;

/**
 * Copies and when they are due, in the database. Several servers claim from it at the same time and never the same copy; what a
 * server claimed is free again when that server has not been seen for {@link Workers#LOST_AFTER}.
 */
final class CopyTable {
    /** A store that did not answer for one copy is asked again this much later. */
    static final Duration AFTER_NO_ANSWER = Duration.ofMinutes(10);
    /** The custodian is asked this much later for a copy it has not got yet. */
    static final Duration WHILE_AWAITED = Duration.ofHours(1);

    private static final String COPY = """
            select c.object_id, c.store_id, o.key, c.version_id, o.sha256, o.size_bytes, o.enrolled_at,
                greatest(
                    (select max(retain_until) from (select e.retain_until from evidence_object m
                        join evidence e on e.id = m.evidence_id
                        where m.key = o.key and m.version_id = o.version_id limit 1000) as packages),
                    (select max(retain_until) from kept_object k where k.key = o.key and k.version_id = o.version_id))
                    as locked_until,
                exists (select 1 from (select m.evidence_id from evidence_object m
                        where m.key = o.key and m.version_id = o.version_id limit 1000) as packages
                    join legal_hold_evidence h on h.evidence_id = packages.evidence_id and h.state = 'ON') as held,
                array(select c2.version_id from fixity_object o2 join fixity_copy c2 on c2.object_id = o2.id
                        where o2.key = o.key and c2.store_id = c.store_id and c2.version_id is not null
                    union select x.version_id from fixity_extra x where x.store_id = c.store_id and x.key = o.key
                        and x.acknowledged_at is not null) as own,
                array(select d.version_id from fixity_object o2 join fixity_damage d on d.object_id = o2.id
                        where o2.key = o.key and d.store_id = c.store_id and d.version_id is not null
                            and d.outcome <> 'GOOD') as damaged
            from fixity_copy c join fixity_object o on o.id = c.object_id
            """;

    private final JdbcClient jdbc;

    CopyTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Claims copies of a store that are due, the longest due first. */
    List<Copy> claimDue(String storeId, UUID worker, Instant now, int most) {
        List<Long> claimed = jdbc.sql("""
                        with free as (select object_id from fixity_copy
                            where store_id = :store and due_at <= :now and claimed_by is null
                            order by due_at limit :most for update skip locked)
                        update fixity_copy c set claimed_by = :worker from free
                            where c.object_id = free.object_id and c.store_id = :store
                        returning c.object_id""")
                .param("store", storeId)
                .param("now", utc(now))
                .param("most", most)
                .param("worker", worker)
                .query(Long.class)
                .list();
        return load(storeId, claimed, null);
    }

    /** Claims copies of a store that a run waits for; one run at a time, the oldest first. */
    List<Copy> claimOfRuns(String storeId, UUID worker, int most) {
        record Item(UUID run, long object) {}
        List<Item> claimed = jdbc.sql("""
                        with free as (select i.run_id, i.object_id from fixity_item i
                            where i.store_id = :store and i.claimed_by is null
                                and i.run_id = (select r.id from fixity_run r where r.state = 'RUNNING'
                                    and exists (select 1 from fixity_item j where j.run_id = r.id and j.store_id = :store
                                        and j.claimed_by is null)
                                    order by r.started_at limit 1)
                            order by i.object_id limit :most for update skip locked)
                        update fixity_item i set claimed_by = :worker from free
                            where i.run_id = free.run_id and i.object_id = free.object_id and i.store_id = :store
                        returning i.run_id, i.object_id""")
                .param("store", storeId)
                .param("most", most)
                .param("worker", worker)
                .query((row, number) -> new Item(row.getObject("run_id", UUID.class), row.getLong("object_id")))
                .list();
        if (claimed.isEmpty()) {
            return List.of();
        }
        return load(
                storeId,
                claimed.stream().map(Item::object).toList(),
                claimed.get(0).run());
    }

    private List<Copy> load(String storeId, List<Long> objects, @Nullable UUID run) {
        if (objects.isEmpty()) {
            return List.of();
        }
        return jdbc.sql(COPY
                        + " where c.store_id = :store and c.object_id = any(:objects) order by c.due_at, c.object_id")
                .param("store", storeId)
                .param("objects", objects.toArray(new Long[0]))
                .query((row, number) -> copy(row, run))
                .list();
    }

    /** One copy, claimed or not. */
    Optional<Copy> find(long objectId, String storeId) {
        return load(storeId, List.of(objectId), null).stream().findFirst();
    }

    /** Whether an object of the archive has this digest. */
    boolean isKnownDigest(String sha256) {
        return jdbc.sql("select exists (select 1 from fixity_object where sha256 = :sha256)")
                .param("sha256", sha256)
                .query(Boolean.class)
                .single();
    }

    /** Whether a disposal is deleting the object right now, so that nothing it lacks is a damage. */
    boolean isBeingDisposed(Copy copy) {
        return jdbc.sql("""
                        select exists (select 1 from disposal_object d
                            join disposal_item i on i.disposal_id = d.disposal_id and i.evidence_id = d.evidence_id
                            where d.key = :key and i.state = 'DELETING')""").param("key", copy.key()).query(Boolean.class).single();
    }

    /** Gives a copy back that was read for nothing; it is due again later. */
    void postpone(Checked checked) {
        int unused = jdbc.sql("""
                        update fixity_copy set claimed_by = null, due_at = greatest(due_at, :again)
                        where object_id = :object and store_id = :store""")
                .param("again", utc(checked.at().plus(WHILE_AWAITED)))
                .param("object", checked.copy().objectId())
                .param("store", checked.copy().storeId())
                .update();
    }

    /** Gives back what {@code worker} claimed of a store and did not come to. */
    void release(UUID worker, String storeId) {
        int copies = jdbc.sql(
                        "update fixity_copy set claimed_by = null where claimed_by = :worker and store_id = :store")
                .param("worker", worker)
                .param("store", storeId)
                .update();
        int items = jdbc.sql(
                        "update fixity_item set claimed_by = null where claimed_by = :worker and store_id = :store")
                .param("worker", worker)
                .param("store", storeId)
                .update();
    }

    /** Writes down one check and says when the copy is due next. In the caller's transaction. @return id of the result */
    long record(Checked checked, String node) {
        Copy copy = checked.copy();
        String[] remarks = remarks(checked.remarks());
        Long id = jdbc.sql("""
                        insert into fixity_result (object_id, store_id, version_id, run_id, at, outcome, remarks, bytes_read,
                            found_sha256, found_bytes, detail, node)
                        values (:object, :store, :version, :run, :at, :outcome, :remarks, :bytes, :foundSha256, :foundBytes, :detail,
                            :node) returning id""")
                .param("object", copy.objectId())
                .param("store", copy.storeId())
                .param("version", checked.versionId())
                .param("run", copy.runId())
                .param("at", utc(checked.at()))
                .param("outcome", checked.outcome().name())
                .param("remarks", remarks)
                .param("bytes", checked.bytesRead())
                .param("foundSha256", checked.foundSha256())
                .param("foundBytes", checked.foundBytes())
                .param("detail", checked.detail())
                .param("node", node)
                .query(Long.class)
                .single();
        if (checked.outcome().isKnown()) {
            int updated = jdbc.sql("""
                            update fixity_copy set outcome = :outcome, remarks = :remarks, checked_at = :at,
                                version_id = coalesce(version_id, :version)
                            where object_id = :object and store_id = :store""")
                    .param("outcome", checked.outcome().name())
                    .param("remarks", remarks)
                    .param("at", utc(checked.at()))
                    .param("version", checked.versionId())
                    .param("object", copy.objectId())
                    .param("store", copy.storeId())
                    .update();
        }
        if (copy.runId() == null) {
            nextDue(checked);
        } else {
            int gone = jdbc.sql(
                            "delete from fixity_item where run_id = :run and object_id = :object and store_id = :store")
                    .param("run", copy.runId())
                    .param("object", copy.objectId())
                    .param("store", copy.storeId())
                    .update();
        }
        return id;
    }

    private void nextDue(Checked checked) {
        // By whole periods: a copy keeps its place in the calendar however late it was read.
        String due = checked.outcome().isKnown()
                ? "due_at + p.period * (1 + greatest(0, floor(extract(epoch from (:at - due_at)) / extract(epoch from p.period))))"
                : ":again";
        Duration wait = checked.outcome() == FixityOutcome.AWAITED ? WHILE_AWAITED : AFTER_NO_ANSWER;
        int updated = jdbc.sql("update fixity_copy c set claimed_by = null, due_at = " + due
                        + " from fixity_pace p where c.object_id = :object and c.store_id = :store and c.due_at <= :at")
                .param("at", utc(checked.at()))
                .param("again", utc(checked.at().plus(wait)))
                .param("object", checked.copy().objectId())
                .param("store", checked.copy().storeId())
                .update();
        if (updated == 0) {
            // Checked before it was due, in the course of a repair: the calendar stays.
            int freed = jdbc.sql(
                            "update fixity_copy set claimed_by = null where object_id = :object and store_id = :store")
                    .param("object", checked.copy().objectId())
                    .param("store", checked.copy().storeId())
                    .update();
        }
    }

    private record Sum(long objects, long bytes, long good, long bad, long unknown) {
        static final Sum NONE = new Sum(0, 0, 0, 0, 0);

        Sum plus(Checked checked) {
            boolean alarming = checked.isAlarming();
            boolean good = checked.outcome() == FixityOutcome.GOOD && !alarming;
            return new Sum(
                    objects + 1,
                    bytes + checked.bytesRead(),
                    this.good + (good ? 1 : 0),
                    bad + (alarming ? 1 : 0),
                    unknown + (good || alarming ? 0 : 1));
        }
    }

    /** Adds checks to the figures of their day and of their runs. In the caller's transaction. */
    void count(List<Checked> batch) {
        record Day(java.time.LocalDate day, String store, String origin, String outcome) {
            String order() {
                return day + store + origin + outcome;
            }
        }
        // In one order on every server, or two of them could wait for each other.
        TreeMap<Day, Sum> days = new TreeMap<>(java.util.Comparator.comparing(Day::order));
        TreeMap<UUID, Sum> runs = new TreeMap<>();
        for (Checked checked : batch) {
            UUID run = checked.copy().runId();
            Day day = new Day(
                    checked.at().atZone(Format.BEIJING).toLocalDate(),
                    checked.copy().storeId(),
                    run == null ? "SCHEDULE" : "RUN",
                    checked.outcome().name());
            days.merge(day, Sum.NONE.plus(checked), (one, other) -> one.plus(checked));
            if (run != null) {
                runs.merge(run, Sum.NONE.plus(checked), (one, other) -> one.plus(checked));
            }
        }
        days.forEach((day, sum) -> {
            int unused = jdbc.sql("""
                            insert into fixity_day (day, store_id, origin, outcome, objects, bytes)
                            values (:day, :store, :origin, :outcome, :objects, :bytes)
                            on conflict (day, store_id, origin, outcome) do update
                                set objects = fixity_day.objects + excluded.objects, bytes = fixity_day.bytes + excluded.bytes""")
                    .param("day", day.day())
                    .param("store", day.store())
                    .param("origin", day.origin())
                    .param("outcome", day.outcome())
                    .param("objects", sum.objects())
                    .param("bytes", sum.bytes())
                    .update();
        });
        runs.forEach((run, sum) -> {
            int unused = jdbc.sql("""
                            update fixity_run set done = done + :objects, done_bytes = done_bytes + :bytes, good = good + :good,
                                bad = bad + :bad, unknown = unknown + :unknown where id = :run""")
                    .param("objects", sum.objects())
                    .param("bytes", sum.bytes())
                    .param("good", sum.good())
                    .param("bad", sum.bad())
                    .param("unknown", sum.unknown())
                    .param("run", run)
                    .update();
        });
    }

    private static Copy copy(ResultSet row, @Nullable UUID run) throws SQLException {
        OffsetDateTime until = row.getObject("locked_until", OffsetDateTime.class);
        Set<String> damaged = texts(row, "damaged");
        Set<String> own = new HashSet<>(texts(row, "own"));
        own.addAll(damaged);
        return new Copy(
                row.getLong("object_id"),
                row.getString("store_id"),
                row.getString("key"),
                row.getString("version_id"),
                row.getString("sha256"),
                row.getLong("size_bytes"),
                row.getObject("enrolled_at", OffsetDateTime.class).toInstant(),
                until == null ? null : until.toInstant(),
                row.getBoolean("held"),
                own,
                damaged,
                run);
    }

    static Set<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        try {
            return Set.of((String[]) array.getArray());
        } finally {
            array.free();
        }
    }

    static String[] remarks(Set<Remark> remarks) {
        return remarks.stream().map(Remark::name).sorted().toArray(String[]::new);
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
