package org.tiezheng.archive.fixity;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidencePage;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs that persons begin. First the copies are collected, part by part, each in a transaction with how far it came; then every server
 * takes of them as of the schedule. A crash leaves a run that goes on where it stood.
 */
final class Runs {
    /** So many may be open at a time. */
    static final int MOST_OPEN = 20;

    private static final int PART = 2_000;
    private static final Duration LEFT_ITEMS_OF = Duration.ofDays(7);
    private static final int PACKAGES = 100;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String COLUMNS = """
            select id, state, selection, sample, seed, requested_by_name, started_at, finished_at, selected, objects, bytes, done,
                done_bytes, good, bad, unknown, failure from fixity_run
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final EvidenceCatalogue catalogue;
    private final Clock clock;

    Runs(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, EvidenceCatalogue catalogue, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.catalogue = catalogue;
        this.clock = clock;
    }

    /**
     * Begins a run; its work is done in the background.
     *
     * @return empty if too many are open
     */
    Optional<UUID> start(Selection selection, BigDecimal sample, String seed, Actor actor) {
        UUID id = UUID.randomUUID();
        String json = JSON.writeValueAsString(selection);
        return Boolean.TRUE.equals(transactions.execute(status -> {
                    int added = jdbc.sql("""
                                    insert into fixity_run (id, state, selection, sample, seed, requested_by, requested_by_name, started_at,
                                        prepared_to)
                                    select :id, 'PREPARING', :selection::jsonb, :sample, :seed, :by, :name, :now, :start
                                    where (select count(*) from fixity_run where finished_at is null) < :most""")
                            .param("id", id)
                            .param("selection", json)
                            .param("sample", sample)
                            .param("seed", seed)
                            .param("by", actor.id())
                            .param("name", actor.name())
                            .param("now", CopyTable.utc(clock.instant()))
                            .param("start", selection.kind() == Selection.Kind.SEARCH ? Long.MAX_VALUE : 0)
                            .param("most", MOST_OPEN)
                            .update();
                    if (added > 0) {
                        tell(actor, "fixity.run-started", id, json + ", sample " + sample + ", seed " + seed);
                    }
                    return added > 0;
                }))
                ? Optional.of(id)
                : Optional.empty();
    }

    private void tell(Actor actor, String action, UUID id, String reason) {
        audit.append(
                new AuditEvent(actor, action, "fixity-run", id.toString(), null, AuditEvent.Result.OK, reason, null));
    }

    /** Ends a run that is open; what it found stays. False if it is not open. */
    boolean cancel(UUID id, Actor actor) {
        boolean cancelled = change(id, "PREPARING,RUNNING,PAUSED", "CANCELLED", "fixity.run-cancelled", actor);
        if (cancelled) {
            // Dying before this leaves items that nobody takes, since their run is not running; housekeeping removes
            // them.
            removeLeftItems();
        }
        return cancelled;
    }

    /** Holds a run. False if it is not running. */
    boolean pause(UUID id, Actor actor) {
        return change(id, "RUNNING", "PAUSED", "fixity.run-paused", actor);
    }

    /** Lets a run that is held go on. False if it is not held. */
    boolean resume(UUID id, Actor actor) {
        return change(id, "PAUSED", "RUNNING", "fixity.run-resumed", actor);
    }

    private boolean change(UUID id, String from, String to, String action, Actor actor) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int changed = jdbc.sql("""
                            update fixity_run set state = :to, finished_at = case when :ends then :now::timestamptz end
                            where id = :id and state = any(string_to_array(:from, ','))""")
                    .param("to", to)
                    .param("ends", to.equals("CANCELLED"))
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("id", id)
                    .param("from", from)
                    .update();
            if (changed > 0) {
                audit.append(AuditEvent.ok(actor, action, "fixity-run", id.toString()));
            }
            return changed > 0;
        }));
    }

    /** Runs whose copies may be read now. */
    Set<UUID> running() {
        return jdbc.sql("select id from fixity_run where state = 'RUNNING'").query(UUID.class).list().stream()
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Does one part of what is to be prepared.
     *
     * @return false if nothing is
     */
    boolean prepare(UUID worker) {
        Optional<UUID> claimed =
                jdbc.sql("""
                        update fixity_run set claimed_by = :worker where id = (select id from fixity_run
                            where state = 'PREPARING' and (claimed_by is null or claimed_by = :worker)
                            order by started_at limit 1 for update skip locked)
                        returning id""").param("worker", worker).query(UUID.class).optional();
        claimed.ifPresent(id -> transactions.executeWithoutResult(status -> part(id)));
        return claimed.isPresent();
    }

    private record Preparing(Selection selection, BigDecimal sample, String seed, long preparedTo) {}

    private void part(UUID id) {
        Optional<Preparing> found = jdbc.sql(
                        "select selection, sample, seed, prepared_to from fixity_run where id = :id and state = 'PREPARING' for update")
                .param("id", id)
                .query((row, number) -> new Preparing(
                        JSON.readValue(row.getString("selection"), Selection.class),
                        row.getBigDecimal("sample"),
                        row.getString("seed"),
                        row.getLong("prepared_to")))
                .optional();
        if (found.isEmpty()) {
            return; // cancelled in between
        }
        Preparing run = found.get();
        Selection selection = run.selection();
        switch (selection.kind()) {
            case PACKAGE -> {
                List<UUID> one = selection.evidence() == null ? List.of() : List.of(selection.evidence());
                add(id, run, packages(), 0, one, true);
            }
            case SEARCH -> {
                EvidencePage page = selection.query() == null
                        ? new EvidencePage(List.of(), null)
                        : catalogue.search(
                                selection.query(),
                                run.preparedTo() == Long.MAX_VALUE ? null : run.preparedTo(),
                                PACKAGES);
                Long next = page.next();
                List<UUID> ids = page.items().stream().map(Evidence::id).toList();
                add(id, run, packages(), next == null ? 0 : next, ids, next == null);
            }
            case STORE, ALL -> {
                Optional<Long> last = jdbc.sql(
                                "select max(id) from (select id from fixity_object where id > :after order by id"
                                        + " limit " + PART + ") as part")
                        .param("after", run.preparedTo())
                        .query((row, number) -> Optional.ofNullable(row.getObject(1, Long.class)))
                        .single();
                String part = "select id, sha256, size_bytes from fixity_object where id > " + run.preparedTo()
                        + " and id <= " + last.orElse(0L) + " and cardinality(:packages::uuid[]) = 0";
                add(id, run, part, last.orElse(0L), List.of(), last.isEmpty());
            }
        }
    }

    private static String packages() {
        return """
                select distinct o.id, o.sha256, o.size_bytes from evidence_object m
                    join fixity_object o on o.key = m.key and o.version_id = m.version_id
                where m.evidence_id = any(:packages::uuid[])""";
    }

    private void add(UUID id, Preparing run, String objects, long preparedTo, List<UUID> packages, boolean last) {
        record Added(long selected, long objects, long bytes) {}
        Added added = jdbc.sql("with part as (" + objects + """
                        ), chosen as (select p.id, p.size_bytes, c.store_id,
                                (('x' || substr(encode(sha256(convert_to(:seed || ':' || p.sha256, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint
                                    / 4294967296.0) < :sample as taken
                            from part p join fixity_copy c on c.object_id = p.id
                                join fixity_store s on s.id = c.store_id and s.retired_at is null
                            where :store::text is null or c.store_id = :store),
                        added as (insert into fixity_item (run_id, object_id, store_id)
                            select :run, id, store_id from chosen where taken on conflict do nothing
                            returning object_id, store_id)
                        select (select count(*) from chosen), (select count(*) from added),
                            (select coalesce(sum(h.size_bytes), 0) from added a
                                join chosen h on h.id = a.object_id and h.store_id = a.store_id)""")
                .param("packages", packages.toArray(new UUID[0]))
                .param("seed", run.seed())
                .param("sample", run.sample())
                .param("store", run.selection().store())
                .param("run", id)
                .query((row, number) -> new Added(row.getLong(1), row.getLong(2), row.getLong(3)))
                .single();
        int unused = jdbc.sql("""
                        update fixity_run set prepared_to = :to, selected = selected + :selected, objects = objects + :objects,
                            bytes = bytes + :bytes, state = :state, claimed_by = case when :last then null else claimed_by end
                        where id = :id""")
                .param("to", preparedTo)
                .param("selected", added.selected())
                .param("objects", added.objects())
                .param("bytes", added.bytes())
                .param("state", last ? "RUNNING" : "PREPARING")
                .param("last", last)
                .param("id", id)
                .update();
    }

    /** Ends runs that have nothing left to do, with an audit event that says what they found. */
    void finish() {
        List<UUID> done = jdbc.sql("""
                        select id from fixity_run r where state = 'RUNNING'
                            and not exists (select 1 from fixity_item i where i.run_id = r.id)""").query(UUID.class).list();
        for (UUID id : done) {
            transactions.executeWithoutResult(status -> {
                int ended = jdbc.sql(
                                "update fixity_run set state = 'DONE', finished_at = :now where id = :id and state = 'RUNNING'")
                        .param("now", CopyTable.utc(clock.instant()))
                        .param("id", id)
                        .update();
                if (ended > 0) {
                    Run run = find(id).orElseThrow();
                    tell(
                            Damages.SERVER,
                            "fixity.run-done",
                            id,
                            run.done() + " of " + run.objects() + " checked: " + run.good() + " good, " + run.bad()
                                    + " bad, " + run.unknown() + " could not be checked");
                }
            });
        }
        removeLeftItems();
    }

    /** Of runs that ended lately: those that were cancelled, or whose copies another server had claimed at their end. */
    private void removeLeftItems() {
        List<UUID> ended = jdbc.sql("""
                        select r.id from fixity_run r where r.finished_at > :since
                            and exists (select 1 from fixity_item i where i.run_id = r.id)""")
                .param("since", CopyTable.utc(clock.instant().minus(LEFT_ITEMS_OF)))
                .query(UUID.class)
                .list();
        for (UUID run : ended) {
            int unused = jdbc.sql("delete from fixity_item where run_id = :run")
                    .param("run", run)
                    .update();
        }
    }

    Optional<Run> find(UUID id) {
        return jdbc.sql(COLUMNS + " where id = :id")
                .param("id", id)
                .query(Runs::run)
                .optional();
    }

    /** The latest first. */
    List<Run> latest(int most) {
        return jdbc.sql(COLUMNS + " order by started_at desc, id limit :most")
                .param("most", most)
                .query(Runs::run)
                .list();
    }

    private static Run run(ResultSet row, int number) throws SQLException {
        return new Run(
                row.getObject("id", UUID.class),
                Run.State.valueOf(row.getString("state")),
                JSON.readValue(row.getString("selection"), Selection.class),
                row.getBigDecimal("sample"),
                row.getString("seed"),
                row.getString("requested_by_name"),
                Damages.time(row, "started_at"),
                Damages.timeIfAny(row, "finished_at"),
                row.getLong("selected"),
                row.getLong("objects"),
                row.getLong("bytes"),
                row.getLong("done"),
                row.getLong("done_bytes"),
                row.getLong("good"),
                row.getLong("bad"),
                row.getLong("unknown"),
                row.getString("failure"));
    }
}
