package org.tiezheng.archive.fixity;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;

/**
 * What checks found wrong, until it is repaired, gone or dismissed. One open damage for a copy: later checks that see the same only
 * say when.
 */
final class Damages {
    static final Actor SERVER = Actor.system("fixity");
    /** An object that more packages than this share (a fixed text, a file type) is told of once, not in each package's history. */
    static final int MOST_PACKAGES = 20;

    private static final String COLUMNS = """
            select d.id, d.kind, d.object_id, d.store_id, o.key, o.sha256, o.size_bytes, d.version_id, d.evidence_id, d.outcome,
                d.remarks, d.found_sha256, d.found_bytes, d.detail, d.found_at, d.seen_at, d.good_store, d.good_at, d.state,
                d.closed_at, d.closed_by_name, d.closing_reason
            from fixity_damage d left join fixity_object o on o.id = d.object_id
            """;

    private final JdbcClient jdbc;
    private final AuditLog audit;
    private final Clock clock;

    Damages(JdbcClient jdbc, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Notes what a check found wrong; if it is new, in the history of the packages too. In the caller's transaction.
     *
     * @param goodStore where a good copy was read just now; null if nowhere
     */
    void found(Checked checked, @Nullable String goodStore) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", UUID.randomUUID());
        row.put("object", checked.copy().objectId());
        row.put("store", checked.copy().storeId());
        row.put("version", checked.versionId());
        row.put("outcome", checked.outcome().name());
        row.put("remarks", CopyTable.remarks(checked.remarks()));
        row.put("foundSha256", checked.foundSha256());
        row.put("foundBytes", checked.foundBytes());
        row.put("detail", checked.detail());
        row.put("at", CopyTable.utc(checked.at()));
        row.put("good", goodStore);
        boolean isNew = jdbc.sql("""
                        insert into fixity_damage (id, kind, object_id, store_id, version_id, outcome, remarks, found_sha256,
                            found_bytes, detail, found_at, seen_at, good_store, good_at, state)
                        values (:id, 'COPY', :object, :store, :version, :outcome, :remarks, :foundSha256, :foundBytes, :detail, :at, :at,
                            :good, case when :good::text is null then null else :at end, 'OPEN')
                        on conflict (object_id, store_id) where state = 'OPEN' and kind = 'COPY'
                        do update set seen_at = excluded.seen_at, good_store = coalesce(excluded.good_store, fixity_damage.good_store),
                            good_at = coalesce(excluded.good_at, fixity_damage.good_at)
                        returning (xmax = 0)""").params(row).query(Boolean.class).single();
        if (isNew) {
            tell(checked, goodStore);
        }
    }

    private void tell(Checked checked, @Nullable String goodStore) {
        String what = checked.copy().storeId() + ": " + checked.outcome()
                + (checked.remarks().isEmpty() ? "" : " " + Arrays.toString(CopyTable.remarks(checked.remarks())))
                + (checked.outcome().isBad()
                        ? (goodStore == null ? "; no good copy found" : "; good copy in " + goodStore)
                        : "");
        each(checked.copy(), "copy-bad", AuditEvent.Result.FAILED, what, SERVER, null);
    }

    /** One audit event for the object, or for each package that names it, where those are few. */
    void each(
            Copy copy, String action, AuditEvent.Result result, String reason, Actor actor, @Nullable String approval) {
        List<UUID> packages = packages(copy.objectId(), MOST_PACKAGES + 1);
        if (packages.isEmpty() || packages.size() > MOST_PACKAGES) {
            audit.append(new AuditEvent(
                    actor, "object." + action, "object", copy.sha256(), copy.sha256(), result, reason, approval));
            return;
        }
        for (UUID id : packages) {
            audit.append(new AuditEvent(
                    actor, "evidence." + action, "evidence", id.toString(), copy.sha256(), result, reason, approval));
        }
    }

    /** Packages that name the object, in the order of archiving; at most {@code most}. */
    List<UUID> packages(long objectId, int most) {
        return jdbc.sql("""
                        select distinct m.evidence_id from fixity_object o
                            join evidence_object m on m.key = o.key and m.version_id = o.version_id
                        where o.id = :object limit :most""")
                .param("object", objectId)
                .param("most", most)
                .query(UUID.class)
                .list();
    }

    /** A check found nothing wrong: what was open is gone. In the caller's transaction. */
    void good(Checked checked) {
        int closed = jdbc.sql("""
                        update fixity_damage set state = 'GONE', closed_at = :at, closed_by = :by, closed_by_name = :by,
                            closing_reason = 'a later check found nothing wrong'
                        where object_id = :object and store_id = :store and kind = 'COPY' and state = 'OPEN'""")
                .param("at", CopyTable.utc(checked.at()))
                .param("by", SERVER.id())
                .param("object", checked.copy().objectId())
                .param("store", checked.copy().storeId())
                .update();
        if (closed > 0) {
            each(
                    checked.copy(),
                    "copy-good-again",
                    AuditEvent.Result.OK,
                    checked.copy().storeId(),
                    SERVER,
                    null);
        }
    }

    /** Notes that rows of the catalogue are not as they were logged. In the caller's transaction. */
    void differs(UUID evidenceId, List<String> differences, Instant at) {
        String detail = String.join("; ", differences);
        boolean isNew = jdbc.sql("""
                        insert into fixity_damage (id, kind, evidence_id, outcome, remarks, detail, found_at, seen_at, state)
                        values (:id, 'CATALOGUE', :evidence, 'CHANGED', '{}', :detail, :at, :at, 'OPEN')
                        on conflict (evidence_id) where state = 'OPEN' and kind = 'CATALOGUE'
                        do update set seen_at = excluded.seen_at
                        returning (xmax = 0)""")
                .param("id", UUID.randomUUID())
                .param("evidence", evidenceId)
                .param("detail", detail.length() > 2000 ? detail.substring(0, 2000) : detail)
                .param("at", CopyTable.utc(at))
                .query(Boolean.class)
                .single();
        if (isNew) {
            audit.append(new AuditEvent(
                    SERVER,
                    "evidence.catalogue-differs",
                    "evidence",
                    evidenceId.toString(),
                    null,
                    AuditEvent.Result.FAILED,
                    detail,
                    null));
        }
    }

    /** The catalogue's rows of a package are as they were logged. In the caller's transaction. */
    void same(UUID evidenceId, Instant at) {
        int closed = jdbc.sql("""
                        update fixity_damage set state = 'GONE', closed_at = :at, closed_by = :by, closed_by_name = :by,
                            closing_reason = 'a later check found nothing wrong'
                        where evidence_id = :evidence and kind = 'CATALOGUE' and state = 'OPEN'""")
                .param("at", CopyTable.utc(at))
                .param("by", SERVER.id())
                .param("evidence", evidenceId)
                .update();
        if (closed > 0) {
            audit.append(AuditEvent.ok(SERVER, "evidence.catalogue-same-again", "evidence", evidenceId.toString()));
        }
    }

    /** Closes an open damage; false if it is not open. In the caller's transaction, which appends the audit event. */
    boolean close(UUID id, Damage.State state, Actor actor, String reason) {
        return jdbc.sql("""
                        update fixity_damage set state = :state, closed_at = :at, closed_by = :by, closed_by_name = :name,
                            closing_reason = :reason
                        where id = :id and state = 'OPEN'""")
                        .param("state", state.name())
                        .param("at", CopyTable.utc(clock.instant()))
                        .param("by", actor.id())
                        .param("name", actor.name())
                        .param("reason", reason)
                        .param("id", id)
                        .update()
                > 0;
    }

    Optional<Damage> find(UUID id) {
        return jdbc.sql(COLUMNS + " where d.id = :id")
                .param("id", id)
                .query(Damages::damage)
                .optional();
    }

    /** Open ones, those without a good copy first, then the oldest. */
    List<Damage> open(int most) {
        return jdbc.sql(COLUMNS + """
                         where d.state = 'OPEN'
                        order by (d.kind = 'COPY' and d.outcome <> 'GOOD' and d.good_store is null) desc, d.found_at, d.id limit :most""")
                .param("most", most)
                .query(Damages::damage)
                .list();
    }

    /** Found in a time, open or not, the oldest first. */
    List<Damage> foundBetween(Instant from, Instant to, int most) {
        return jdbc.sql(COLUMNS
                        + " where d.found_at >= :from and d.found_at < :to order by d.found_at, d.id limit :most")
                .param("from", CopyTable.utc(from))
                .param("to", CopyTable.utc(to))
                .param("most", most)
                .query(Damages::damage)
                .list();
    }

    /** Those that are no longer open, the latest first. */
    List<Damage> closed(int most) {
        return jdbc.sql(COLUMNS + " where d.state <> 'OPEN' order by d.closed_at desc, d.id limit :most")
                .param("most", most)
                .query(Damages::damage)
                .list();
    }

    /** Open ones of a package: of its rows, and of the copies of its objects. */
    List<Damage> openOf(UUID evidenceId) {
        return openOf(jdbc, evidenceId);
    }

    static List<Damage> openOf(JdbcClient jdbc, UUID evidenceId) {
        return jdbc.sql(COLUMNS + """
                         where d.state = 'OPEN' and (d.evidence_id = :evidence
                            or o.id in (select p.id from evidence_object m
                                join fixity_object p on p.key = m.key and p.version_id = m.version_id
                                where m.evidence_id = :evidence))
                        order by d.found_at, d.id""")
                .param("evidence", evidenceId)
                .query(Damages::damage)
                .list();
    }

    private static Damage damage(ResultSet row, int number) throws SQLException {
        Set<Remark> remarks =
                CopyTable.texts(row, "remarks").stream().map(Remark::valueOf).collect(Collectors.toUnmodifiableSet());
        return new Damage(
                row.getObject("id", UUID.class),
                Damage.Kind.valueOf(row.getString("kind")),
                row.getObject("object_id", Long.class),
                row.getString("store_id"),
                row.getString("key"),
                row.getString("sha256"),
                row.getObject("size_bytes", Long.class),
                row.getString("version_id"),
                row.getObject("evidence_id", UUID.class),
                FixityOutcome.valueOf(row.getString("outcome")),
                remarks,
                row.getString("found_sha256"),
                row.getObject("found_bytes", Long.class),
                row.getString("detail"),
                time(row, "found_at"),
                time(row, "seen_at"),
                row.getString("good_store"),
                timeIfAny(row, "good_at"),
                Damage.State.valueOf(row.getString("state")),
                timeIfAny(row, "closed_at"),
                row.getString("closed_by_name"),
                row.getString("closing_reason"));
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant timeIfAny(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
