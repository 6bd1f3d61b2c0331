package org.tiezheng.archive.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The audit log. Thread-safe.
 *
 * <p>Several servers may share one database: a lock of the database orders the rows.
 */
public final class AuditLog {
    /** Longest text of one field, in characters; what is longer is cut and ends in an ellipsis. */
    static final int MAX_TEXT = 2000;

    /** Name of the advisory lock under which rows are added. Any number, but always the same: "TZAUDIT". */
    private static final long LOCK = 0x545A4155444954L;

    private static final String COLUMNS = "seq, at, actor_id, actor_name, actor_role, cert_no, client_ip, session_id,"
            + " action, object_type, object_id, object_digest, result, reason, approval_ref, prev_hash, hash";

    private final JdbcClient jdbc;
    private final Clock clock;

    public AuditLog(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * Adds a row in the caller's transaction: either the act and its row are there, or neither.
     *
     * <p>From here to the end of the transaction no other can add a row, so add it last and commit soon. A row about a refusal
     * needs a transaction of its own, or it is rolled back with what was refused.
     *
     * <p>Text that the database cannot hold (NUL, half surrogate pairs) is replaced by U+FFFD, over-long text is cut: hostile
     * input must not prevent its own record.
     *
     * @throws IllegalStateException if there is no transaction
     */
    public AuditEntry append(AuditEvent event) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException(
                    "an audit event belongs into the transaction of its act: " + event.action());
        }
        jdbc.sql("select pg_advisory_xact_lock(:lock)")
                .param("lock", LOCK)
                .query((row, number) -> true)
                .single();
        ChainHead head = head();
        Instant at = clock.instant().truncatedTo(ChronoUnit.MICROS);
        AuditEntry entry = AuditEntry.next(head.seq() + 1, at, clean(event), head.hash());
        insert(entry);
        return entry;
    }

    private void insert(AuditEntry entry) {
        AuditEvent event = entry.event();
        Actor actor = event.actor();
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("seq", entry.seq());
        row.put("at", entry.at().atOffset(ZoneOffset.UTC));
        row.put("actorId", actor.id());
        row.put("actorName", actor.name());
        row.put("actorRole", actor.role());
        row.put("certNo", actor.certNo());
        row.put("clientIp", actor.clientIp());
        row.put("sessionId", actor.sessionId());
        row.put("action", event.action());
        row.put("objectType", event.objectType());
        row.put("objectId", event.objectId());
        row.put("objectDigest", event.objectDigest());
        row.put("result", event.result().name());
        row.put("reason", event.reason());
        row.put("approvalRef", event.approvalRef());
        row.put("prevHash", entry.prevHash());
        row.put("hash", entry.hash());
        jdbc.sql("insert into audit_event (" + COLUMNS + ") values (:seq, :at, :actorId, :actorName, :actorRole,"
                        + " :certNo, :clientIp, :sessionId, :action, :objectType, :objectId, :objectDigest, :result,"
                        + " :reason, :approvalRef, :prevHash, :hash)")
                .params(row)
                .update();
    }

    /** The last row now; {@link ChainHead#EMPTY} if there is none. */
    public ChainHead head() {
        return jdbc.sql("select seq, hash from audit_event order by seq desc limit 1")
                .query((row, number) -> new ChainHead(row.getLong(1), row.getString(2)))
                .optional()
                .orElse(ChainHead.EMPTY);
    }

    /** The life of an object, oldest first; of a very long one the latest 1000 rows. */
    public List<AuditEntry> ofObject(String objectType, String objectId) {
        return jdbc.sql("select * from (select " + COLUMNS + " from audit_event where object_type = :type"
                        + " and object_id = :id order by seq desc limit 1000) latest order by seq")
                .param("type", objectType)
                .param("id", clean(objectId))
                .query(AuditLog::entry)
                .list();
    }

    /**
     * Rows that match, newest first.
     *
     * @param before only rows with a smaller {@code seq}: the last of the page before; {@link Long#MAX_VALUE} for the first page
     * @param limit at most 1000
     */
    public List<AuditEntry> find(AuditQuery query, long before, int limit) {
        List<String> conditions = new ArrayList<>(List.of("seq < :before"));
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("before", before);
        parameters.put("limit", Math.max(1, Math.min(limit, 1000)));
        equal(conditions, parameters, "actor_id", query.actorId());
        equal(conditions, parameters, "object_type", query.objectType());
        equal(conditions, parameters, "object_id", query.objectId());
        equal(
                conditions,
                parameters,
                "result",
                query.result() == null ? null : query.result().name());
        if (query.action() != null) {
            conditions.add("(action = :action or starts_with(action, :action || '.'))");
            parameters.put("action", clean(query.action()));
        }
        if (query.from() != null) {
            conditions.add("at >= :from");
            parameters.put("from", query.from().atOffset(ZoneOffset.UTC));
        }
        if (query.to() != null) {
            conditions.add("at < :to");
            parameters.put("to", query.to().atOffset(ZoneOffset.UTC));
        }
        return jdbc.sql("select " + COLUMNS + " from audit_event where " + String.join(" and ", conditions)
                        + " order by seq desc limit :limit")
                .params(parameters)
                .query(AuditLog::entry)
                .list();
    }

    private static void equal(
            List<String> conditions, Map<String, @Nullable Object> parameters, String column, @Nullable String value) {
        if (value != null) {
            conditions.add(column + " = :" + column);
            parameters.put(column, clean(value));
        }
    }

    static AuditEntry entry(ResultSet row, int number) throws SQLException {
        Actor actor = new Actor(
                row.getString("actor_id"),
                row.getString("actor_name"),
                row.getString("actor_role"),
                row.getString("cert_no"),
                row.getString("client_ip"),
                row.getString("session_id"));
        AuditEvent event = new AuditEvent(
                actor,
                row.getString("action"),
                row.getString("object_type"),
                row.getString("object_id"),
                row.getString("object_digest"),
                AuditEvent.Result.valueOf(row.getString("result")),
                row.getString("reason"),
                row.getString("approval_ref"));
        Instant at = row.getObject("at", OffsetDateTime.class).toInstant();
        return new AuditEntry(row.getLong("seq"), at, event, row.getString("prev_hash"), row.getString("hash"));
    }

    // ---- text ----------------------------------------------------------------------------------------------------

    private static AuditEvent clean(AuditEvent event) {
        Actor actor = event.actor();
        return new AuditEvent(
                new Actor(
                        clean(actor.id()),
                        clean(actor.name()),
                        clean(actor.role()),
                        cleanOrNull(actor.certNo()),
                        cleanOrNull(actor.clientIp()),
                        cleanOrNull(actor.sessionId())),
                event.action(),
                event.objectType(),
                clean(event.objectId()),
                cleanOrNull(event.objectDigest()),
                event.result(),
                cleanOrNull(event.reason()),
                cleanOrNull(event.approvalRef()));
    }

    private static @Nullable String cleanOrNull(@Nullable String text) {
        return text == null ? null : clean(text);
    }

    static String clean(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_TEXT));
        text.codePoints()
                .limit(MAX_TEXT + 1L)
                .forEach(point -> clean.appendCodePoint(isStorable(point) ? point : 0xFFFD));
        if (clean.codePointCount(0, clean.length()) > MAX_TEXT) {
            clean.setLength(clean.offsetByCodePoints(0, MAX_TEXT - 1));
            clean.append('…');
        }
        return clean.toString();
    }

    private static boolean isStorable(int point) {
        return point != 0 && (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE);
    }
}
