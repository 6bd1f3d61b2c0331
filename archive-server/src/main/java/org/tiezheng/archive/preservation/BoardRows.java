package org.tiezheng.archive.preservation;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/**
 * The rows behind the figures of the board that no page of another area lists: copies by their checks, packages by their retention,
 * packages by their evidence record, and batches of records. Filters are part of the address; pages by cursor. Reads only.
 *
 * <p>A state here means what the figure of that name counts: {@link org.tiezheng.archive.fixity.FixityFigures}, {@link
 * org.tiezheng.archive.retention.RetentionFigures}, {@link org.tiezheng.archive.records.RecordFigures}.
 */
public final class BoardRows {
    static final Set<String> COPY_STATES = Set.of("never", "overdue", "bad", "remarked", "checked");
    static final Set<String> PACKAGE_STATES = Set.of("soon", "ended", "running", "open", "locks-behind");
    static final Set<String> RECORD_STATES = Set.of("waiting", "bad");
    static final Set<String> BATCH_STATES = Set.of("live", "ending", "ended", "open", "failing");

    private static final int MOST = 200;
    private static final int MOST_TEXT = 100;
    private static final Duration OVERDUE = Duration.ofDays(1);
    private static final Duration SOON = Duration.ofDays(365);

    private final JdbcClient jdbc;
    private final Cursor cursors;
    private final Period renewBefore;
    private final Clock clock;

    /** @param renewBefore so long before its end a batch is to be renewed */
    BoardRows(JdbcClient jdbc, Cursor cursors, Period renewBefore, Clock clock) {
        this.jdbc = jdbc;
        this.cursors = cursors;
        this.renewBefore = renewBefore;
        this.clock = clock;
    }

    /**
     * A copy of an object in a store.
     *
     * @param outcome of the last check; null: never checked
     * @param evidenceId a package that names the object
     */
    public record CopyRow(
            long objectId,
            String store,
            String sha256,
            long sizeBytes,
            @Nullable String outcome,
            @Nullable Instant checkedAt,
            Instant dueAt,
            @Nullable UUID evidenceId) {}

    /**
     * A package and how long it is kept.
     *
     * @param endsAt null: for ever, or the period does not run yet
     * @param lockedUntil to when every copy is known to be locked
     */
    public record PackageRow(
            UUID evidenceId,
            long number,
            @Nullable String caseNo,
            String classId,
            @Nullable Instant endsAt,
            Instant lockedUntil,
            boolean held) {}

    /**
     * A package and its evidence record.
     *
     * @param at when it was archived, or began to wait
     * @param batch whose renewal could not read it; null otherwise
     */
    public record RecordRow(
            UUID evidenceId,
            long number,
            @Nullable String caseNo,
            Instant at,
            @Nullable UUID batch,
            @Nullable String detail) {}

    /** @param end when its token or an algorithm ends; null: none known */
    public record BatchRow(
            UUID id,
            String kind,
            String state,
            int members,
            @Nullable String authority,
            Instant createdAt,
            @Nullable Instant end,
            @Nullable String failure) {}

    /**
     * Copies, those due first.
     *
     * @param state one of {@link #COPY_STATES}, or null
     * @param store id of a store, or null
     * @param day of the calendar of what is due, {@code 2026-11-22}, or null; today holds what is overdue
     * @throws Problem 400 naming the filter
     */
    public Cursor.Page<CopyRow> copies(
            @Nullable String state, @Nullable String store, @Nullable String day, @Nullable String cursor, int limit) {
        Ask ask = new Ask("copies", state, COPY_STATES);
        Instant now = clock.instant();
        switch (ask.state) {
            case "never" -> ask.when("c.checked_at is null");
            case "overdue" -> ask.when("c.due_at < :overdue").with("overdue", at(now.minus(OVERDUE)));
            case "bad" -> ask.when("c.outcome in ('CHANGED', 'TRUNCATED', 'SWAPPED', 'MISSING', 'UNREADABLE')");
            case "remarked" -> ask.when("c.outcome = 'GOOD' and c.remarks <> '{}'");
            case "checked" ->
                ask.when("c.checked_at > :now::timestamptz - (select period from fixity_pace)")
                        .with("now", at(now));
            default -> {}
        }
        if (!blank(store)) {
            ask.when("c.store_id = :store").with("store", text("store", store));
        }
        if (!blank(day)) {
            LocalDate wanted = day("day", day);
            ask.when("c.due_at < :dayEnd")
                    .with(
                            "dayEnd",
                            at(wanted.plusDays(1).atStartOfDay(Format.BEIJING).toInstant()));
            if (wanted.isAfter(LocalDate.ofInstant(now, Format.BEIJING))) {
                ask.when("c.due_at >= :dayStart")
                        .with("dayStart", at(wanted.atStartOfDay(Format.BEIJING).toInstant()));
            }
        }
        List<String> position = cursors.decode(ask.list, cursor, 3);
        if (position != null) {
            ask.when("(c.due_at, c.object_id, c.store_id) > (:due, :object, :copyStore)")
                    .with("due", OffsetDateTime.parse(position.get(0)))
                    .with("object", Long.parseLong(position.get(1)))
                    .with("copyStore", position.get(2));
        }
        List<CopyRow> found = jdbc.sql("""
                        select c.object_id, c.store_id, o.sha256, o.size_bytes, c.outcome, c.checked_at, c.due_at,
                            (select m.evidence_id from evidence_object m where m.key = o.key and m.version_id = o.version_id limit 1)
                                as evidence_id
                        from fixity_copy c join fixity_object o on o.id = c.object_id
                            join fixity_store s on s.id = c.store_id and s.retired_at is null""" + ask.sql() + " order by c.due_at, c.object_id, c.store_id limit :most")
                .params(ask.parameters)
                .param("most", page(limit) + 1)
                .query((row, n) -> new CopyRow(
                        row.getLong("object_id"),
                        row.getString("store_id"),
                        row.getString("sha256"),
                        row.getLong("size_bytes"),
                        row.getString("outcome"),
                        time(row, "checked_at"),
                        needed(row, "due_at"),
                        row.getObject("evidence_id", UUID.class)))
                .list();
        return cursors.page(
                ask.list,
                found,
                page(limit),
                row -> List.of(at(row.dueAt()).toString(), Long.toString(row.objectId()), row.store()));
    }

    /**
     * Packages that are there, in the order of their end where the state has one, else of their ids.
     *
     * @param state one of {@link #PACKAGE_STATES}, or null
     * @param classId of a retention class, or null
     * @throws Problem 400 naming the filter
     */
    public Cursor.Page<PackageRow> packages(
            @Nullable String state, @Nullable String classId, @Nullable String cursor, int limit) {
        Ask ask = new Ask("packages", state, PACKAGE_STATES);
        OffsetDateTime now = at(clock.instant());
        boolean byEnd = Set.of("soon", "ended", "running").contains(ask.state);
        switch (ask.state) {
            case "soon" ->
                ask.when("r.ends_at > :now and r.ends_at <= :soon")
                        .with("now", now)
                        .with("soon", at(clock.instant().plus(SOON)));
            case "ended" -> ask.when("r.ends_at <= :now").with("now", now);
            case "running" -> ask.when("r.ends_at > :now").with("now", now);
            case "open" -> ask.when("r.years is not null and r.ends_at is null");
            case "locks-behind" ->
                // As an array, which is found first, over the two partial indexes: else all packages are looked through
                // for the few.
                ask.when(
                                "r.evidence_id = any(array(select evidence_id from evidence_retention where ends_at > locked_until"
                                        + " union all select evidence_id from evidence_retention"
                                        + " where ends_at is null and locked_until <= :now))")
                        .with("now", now);
            default -> {}
        }
        if (!blank(classId)) {
            ask.when("r.class_id = :class").with("class", text("class", classId));
        }
        // What is destroyed, or is being destroyed, is not kept any more.
        ask.when("not exists (select 1 from disposal_item i where i.evidence_id = r.evidence_id and i.state in ("
                + (ask.state.equals("locks-behind") ? "'DELETING', " : "") + "'DELETED'))");
        List<String> position = cursors.decode(ask.list, cursor, 2);
        if (position != null) {
            ask.with("after", UUID.fromString(position.get(1)));
            if (byEnd) {
                ask.when("(r.ends_at, r.evidence_id) > (:end, :after)")
                        .with("end", OffsetDateTime.parse(position.get(0)));
            } else {
                ask.when("r.evidence_id > :after");
            }
        }
        List<PackageRow> found = jdbc.sql(
                        """
                        select r.evidence_id, e.number, e.case_no, r.class_id, r.ends_at, r.locked_until, e.held
                        from evidence_retention r join evidence e on e.id = r.evidence_id""" + ask.sql() + " order by " + (byEnd ? "r.ends_at, " : "") + "r.evidence_id limit :most")
                .params(ask.parameters)
                .param("most", page(limit) + 1)
                .query((row, n) -> new PackageRow(
                        row.getObject("evidence_id", UUID.class),
                        row.getLong("number"),
                        row.getString("case_no"),
                        row.getString("class_id"),
                        time(row, "ends_at"),
                        needed(row, "locked_until"),
                        row.getBoolean("held")))
                .list();
        return cursors.page(ask.list, found, page(limit), row -> {
            Instant end = row.endsAt();
            return List.of(
                    end == null ? "" : at(end).toString(), row.evidenceId().toString());
        });
    }

    /**
     * Packages that wait for an evidence record, or could not be renewed.
     *
     * @param state one of {@link #RECORD_STATES}; null: those that wait
     * @throws Problem 400 naming the filter
     */
    public Cursor.Page<RecordRow> recorded(@Nullable String state, @Nullable String cursor, int limit) {
        Ask ask = new Ask("recorded", state, RECORD_STATES);
        List<String> position = cursors.decode(ask.list, cursor, 2);
        boolean bad = ask.state.equals("bad");
        if (position != null) {
            ask.when((bad ? "(b.created_at, r.evidence_id)" : "(q.queued_at, q.evidence_id)") + " > (:at, :after)")
                    .with("at", OffsetDateTime.parse(position.get(0)))
                    .with("after", UUID.fromString(position.get(1)));
        }
        String sql;
        if (bad) {
            ask.when("r.outcome = 'BAD'").when("c.chain_id = p.chain_id").when("p.live");
            sql = """
                        select distinct b.created_at as at, r.evidence_id, e.number, e.case_no, b.id as batch, r.reason as detail
                        from record_reading r join record_batch b on b.id = r.batch_id join record_batch p on p.id = b.parent
                            join record_current c on c.evidence_id = r.evidence_id join evidence e on e.id = r.evidence_id""" + ask.sql() + " order by b.created_at, r.evidence_id limit :most";
        } else {
            sql = """
                        select q.queued_at as at, q.evidence_id, e.number, e.case_no, null::uuid as batch, null as detail
                        from record_queue q join evidence e on e.id = q.evidence_id""" + ask.sql() + " order by q.queued_at, q.evidence_id limit :most";
        }
        List<RecordRow> found = jdbc.sql(sql)
                .params(ask.parameters)
                .param("most", page(limit) + 1)
                .query((row, n) -> new RecordRow(
                        row.getObject("evidence_id", UUID.class),
                        row.getLong("number"),
                        row.getString("case_no"),
                        needed(row, "at"),
                        row.getObject("batch", UUID.class),
                        row.getString("detail")))
                .list();
        return cursors.page(
                ask.list,
                found,
                page(limit),
                row -> List.of(at(row.at()).toString(), row.evidenceId().toString()));
    }

    /**
     * Batches of evidence records and their renewals, oldest first.
     *
     * @param state one of {@link #BATCH_STATES}, or null
     * @throws Problem 400 naming the filter
     */
    public Cursor.Page<BatchRow> batches(@Nullable String state, @Nullable String cursor, int limit) {
        Ask ask = new Ask("batches", state, BATCH_STATES);
        Instant now = clock.instant();
        switch (ask.state) {
            case "live" -> ask.when("b.live");
            case "ending" ->
                ask.when("b.live and (b.certificates_end < :before or b.algorithms_end < :before)")
                        .with("before", at(now).plus(renewBefore));
            case "ended" ->
                ask.when("b.live and (b.certificates_end < :before or b.algorithms_end < :before)")
                        .with("before", at(now));
            case "open" -> ask.when("b.state in ('READING', 'CHOSEN', 'STAMPED')");
            case "failing" -> ask.when("b.state in ('READING', 'CHOSEN', 'STAMPED') and b.failure is not null");
            default -> {}
        }
        List<String> position = cursors.decode(ask.list, cursor, 2);
        if (position != null) {
            ask.when("(b.created_at, b.id) > (:at, :after)")
                    .with("at", OffsetDateTime.parse(position.get(0)))
                    .with("after", UUID.fromString(position.get(1)));
        }
        List<BatchRow> found = jdbc.sql("""
                        select b.id, b.kind, b.state, b.members, b.authority, b.created_at, b.failure,
                            least(b.certificates_end, b.algorithms_end) as batch_end
                        from record_batch b""" + ask.sql() + " order by b.created_at, b.id limit :most")
                .params(ask.parameters)
                .param("most", page(limit) + 1)
                .query((row, n) -> new BatchRow(
                        row.getObject("id", UUID.class),
                        row.getString("kind"),
                        row.getString("state"),
                        row.getInt("members"),
                        row.getString("authority"),
                        needed(row, "created_at"),
                        time(row, "batch_end"),
                        row.getString("failure")))
                .list();
        return cursors.page(
                ask.list,
                found,
                page(limit),
                row -> List.of(at(row.createdAt()).toString(), row.id().toString()));
    }

    // ---- help ------------------------------------------------------------------------------------------------------

    /** Conditions of one list; its name goes into the cursor with the state, whose order differs. */
    private static final class Ask {
        final String list;
        final String state;
        final Map<String, @Nullable Object> parameters = new HashMap<>();
        private final List<String> conditions = new ArrayList<>();

        Ask(String list, @Nullable String state, Set<String> known) {
            this.state = state == null ? "" : state.strip();
            if (!this.state.isEmpty() && !known.contains(this.state)) {
                throw Problem.invalid("state", "invalid");
            }
            this.list = "board." + list + "." + this.state;
        }

        Ask when(String condition) {
            conditions.add(condition);
            return this;
        }

        Ask with(String name, Object value) {
            parameters.put(name, value);
            return this;
        }

        String sql() {
            return conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
        }
    }

    private static int page(int limit) {
        return Math.max(1, Math.min(limit, MOST));
    }

    private static boolean blank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    private static String text(String field, @Nullable String value) {
        String text = value == null ? "" : value.strip();
        if (text.length() > MOST_TEXT || text.indexOf('\0') >= 0) {
            throw Problem.invalid(field, "invalid");
        }
        return text;
    }

    private static LocalDate day(String field, @Nullable String value) {
        try {
            LocalDate day = LocalDate.parse(text(field, value));
            if (day.getYear() < 2000 || day.getYear() > 9000) {
                throw Problem.invalid(field, "date");
            }
            return day;
        } catch (DateTimeParseException e) {
            throw Problem.invalid(field, "date").because(e);
        }
    }

    private static OffsetDateTime at(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null || at.equals(OffsetDateTime.MAX) || at.equals(OffsetDateTime.MIN) ? null : at.toInstant();
    }

    private static Instant needed(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
