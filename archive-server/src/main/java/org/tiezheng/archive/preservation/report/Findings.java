package org.tiezheng.archive.preservation.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The findings of all reports. Safe for use by many threads. */
public final class Findings {
    private static final int LEAST_NOTE = 10;
    private static final int MOST_NOTE = 1000;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SELECT = """
            select f.*, a.number as first_number, a.requested_at as first_requested, b.number as last_number,
                b.requested_at as last_requested
            from audit_finding f join audit_report a on a.id = f.first_report join audit_report b on b.id = f.last_report
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public Findings(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** Worst first, then by day due. At most 500. */
    public List<AuditFinding> open() {
        return jdbc.sql(SELECT + """
                        where f.closed_at is null
                        order by array_position(array['HIGH', 'MEDIUM', 'LOW'], f.severity), f.due_on, f.id limit 500""").query(Findings::read).list();
    }

    /** Closed at or after {@code since}, newest first. At most 500. */
    public List<AuditFinding> closedSince(Instant since) {
        return jdbc.sql(SELECT + " where f.closed_at >= :since order by f.closed_at desc, f.id limit 500")
                .param("since", ReportTable.utc(since))
                .query(Findings::read)
                .list();
    }

    /** Those a report saw first or last, worst first; as they are now. */
    public List<AuditFinding> ofReport(UUID report) {
        return jdbc.sql(SELECT + """
                        where f.first_report = :report or f.last_report = :report
                        order by array_position(array['HIGH', 'MEDIUM', 'LOW'], f.severity), f.due_on, f.id limit 500""")
                .param("report", report)
                .query(Findings::read)
                .list();
    }

    /**
     * Closes a finding: it was put in order, or is accepted. The next report that sees it again raises it anew.
     *
     * @param note what was done, 10 to 1000 characters; printed in the next report
     * @throws Problem if the note is too short or long, or the finding is closed already or not there
     */
    public void close(long id, String note, Actor actor) {
        String given = note.strip();
        if (given.length() < LEAST_NOTE) {
            throw Problem.invalid("note", "finding-note", LEAST_NOTE);
        }
        if (given.length() > MOST_NOTE) {
            throw Problem.invalid("note", "too-long", MOST_NOTE);
        }
        transactions.executeWithoutResult(status -> {
            AuditFinding finding = find(id).orElseThrow(() -> Problem.notFound("finding " + id));
            int closed = jdbc.sql("""
                            update audit_finding set closed_at = :now, closed_by = :by, closed_by_name = :name,
                                closing_note = :note
                            where id = :id and closed_at is null""")
                    .param("now", ReportTable.utc(clock.instant()))
                    .param("by", actor.id())
                    .param("name", actor.name())
                    .param("note", given)
                    .param("id", id)
                    .update();
            if (closed == 0) {
                throw Problem.of(HttpStatus.CONFLICT, "reports.finding-closed");
            }
            audit.append(new AuditEvent(
                    actor,
                    "report.finding-closed",
                    "finding",
                    String.valueOf(id),
                    null,
                    AuditEvent.Result.OK,
                    finding.code() + " " + finding.subject() + ": " + given,
                    null));
        });
    }

    private Optional<AuditFinding> find(long id) {
        return jdbc.sql(SELECT + " where f.id = :id")
                .param("id", id)
                .query(Findings::read)
                .optional();
    }

    /** In the transaction that finishes a report: adds what is new, repeats what is open. */
    void record(UUID report, Instant at, List<Content.Seen> seen, ReportSettings settings) {
        LocalDate today = LocalDate.ofInstant(at, Format.BEIJING);
        for (Content.Seen one : seen) {
            FindingCode code = one.code();
            int unused = jdbc.sql("""
                            insert into audit_finding (code, subject, severity, section, arguments, owner_role, due_on,
                                first_report, first_seen_at, last_report, last_seen_at)
                            values (:code, :subject, :severity, :section, :arguments::jsonb, :owner, :due, :report, :at,
                                :report, :at)
                            on conflict (code, subject) where closed_at is null do update set
                                severity = excluded.severity, arguments = excluded.arguments,
                                last_report = excluded.last_report, last_seen_at = excluded.last_seen_at""")
                    .param("code", code.word())
                    .param("subject", one.subject())
                    .param("severity", code.severity().name())
                    .param("section", one.section())
                    .param("arguments", JSON.writeValueAsString(one.arguments()))
                    .param("owner", code.owner().name())
                    .param("due", today.plusDays(settings.dueDays(code.severity())))
                    .param("report", report)
                    .param("at", ReportTable.utc(at))
                    .update();
        }
    }

    private static AuditFinding read(ResultSet row, int ignored) throws SQLException {
        return new AuditFinding(
                row.getLong("id"),
                row.getString("code"),
                row.getString("subject"),
                Severity.valueOf(row.getString("severity")),
                row.getInt("section"),
                JSON.readValue(row.getString("arguments"), new TypeReference<List<String>>() {}),
                row.getString("owner_role"),
                row.getObject("due_on", LocalDate.class),
                row.getObject("first_report", UUID.class),
                number(row, "first"),
                at(row, "first_seen_at"),
                row.getObject("last_report", UUID.class),
                number(row, "last"),
                at(row, "last_seen_at"),
                atOrNull(row, "closed_at"),
                row.getString("closed_by_name"),
                row.getString("closing_note"));
    }

    private static String number(ResultSet row, String which) throws SQLException {
        int year = at(row, which + "_requested").atZone(Format.BEIJING).getYear();
        return String.format(Locale.ROOT, "SJ-%d-%04d", year, row.getLong(which + "_number"));
    }

    private static Instant at(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant atOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
