package org.tiezheng.archive.preservation.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.web.Format;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The rows of {@code audit_report}. */
final class ReportTable {
    /** A server that says nothing for so long has died; longer than the longest step takes on a healthy machine. */
    static final Duration LEASE = Duration.ofMinutes(10);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JdbcClient jdbc;

    ReportTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What {@link #insert} writes. */
    record New(
            UUID id,
            String language,
            Instant from,
            Instant to,
            Scope scope,
            int sample,
            String seed,
            String requestedBy,
            String requestedByName,
            Instant at) {}

    void insert(New report) {
        int unused = jdbc.sql("""
                        insert into audit_report (id, state, language, period_from, period_to, scope, sample, seed, requested_by,
                            requested_by_name, requested_at)
                        values (:id, 'WAITING', :language, :from, :to, :scope::jsonb, :sample, :seed, :by, :name, :at)""")
                .param("id", report.id())
                .param("language", report.language())
                .param("from", utc(report.from()))
                .param("to", utc(report.to()))
                .param("scope", JSON.writeValueAsString(report.scope()))
                .param("sample", report.sample())
                .param("seed", report.seed())
                .param("by", report.requestedBy())
                .param("name", report.requestedByName())
                .param("at", utc(report.at()))
                .update();
    }

    int open() {
        return jdbc.sql("select count(*) from audit_report where state in ('WAITING', 'RUNNING')")
                .query(Integer.class)
                .single();
    }

    Optional<AuditReport> find(UUID id) {
        return jdbc.sql("select * from audit_report where id = :id")
                .param("id", id)
                .query(ReportTable::read)
                .optional();
    }

    /** Newest first. */
    List<AuditReport> list(long beforeNumber, int most) {
        return jdbc.sql("select * from audit_report where number < :before order by number desc limit :most")
                .param("before", beforeNumber)
                .param("most", most)
                .query(ReportTable::read)
                .list();
    }

    /**
     * Takes the report that waits longest, or one whose server has died, for this server.
     *
     * @param attempts of one report at most; what fails so often fails for good
     */
    Optional<AuditReport> claim(UUID worker, Instant now, int attempts) {
        int unused =
                jdbc.sql("""
                        update audit_report set state = 'FAILED', worker = null, lease_until = null, finished_at = :now,
                            step = null, failure = coalesce(failure, 'died')
                        where state = 'RUNNING' and lease_until < :now and attempts >= :attempts""").param("now", utc(now)).param("attempts", attempts).update();
        return jdbc.sql("""
                        update audit_report set state = 'RUNNING', worker = :worker, lease_until = :until,
                            attempts = attempts + 1, step = null, steps_done = 0
                        where id = (select id from audit_report
                            where (state = 'WAITING' and (lease_until is null or lease_until < :now))
                                or (state = 'RUNNING' and lease_until < :now)
                            order by number limit 1 for update skip locked)
                        returning *""")
                .param("worker", worker)
                .param("now", utc(now))
                .param("until", utc(now.plus(LEASE)))
                .query(ReportTable::read)
                .optional();
    }

    /** False if the report is not this server's any more. */
    boolean progress(UUID id, UUID worker, String step, int done, int total, Instant now) {
        return jdbc.sql("""
                        update audit_report set step = :step, steps_done = :done, steps_total = :total, lease_until = :until
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                        .param("step", step)
                        .param("done", done)
                        .param("total", total)
                        .param("until", utc(now.plus(LEASE)))
                        .param("id", id)
                        .param("worker", worker)
                        .update()
                > 0;
    }

    /** Back to the queue until {@code retryAt}, or for good if it was tried often enough. */
    void failed(UUID id, UUID worker, String failure, Instant now, Instant retryAt, int attempts) {
        int unused = jdbc.sql("""
                        update audit_report set worker = null, step = null, failure = :failure,
                            state = case when attempts >= :attempts then 'FAILED' else 'WAITING' end,
                            finished_at = case when attempts >= :attempts then :now::timestamptz end,
                            lease_until = case when attempts >= :attempts then null else :retry::timestamptz end
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                .param("failure", failure)
                .param("attempts", attempts)
                .param("now", utc(now))
                .param("retry", utc(retryAt))
                .param("id", id)
                .param("worker", worker)
                .update();
    }

    /** False if it had ended. */
    boolean cancel(UUID id, Instant now) {
        return jdbc.sql("""
                        update audit_report set state = 'CANCELLED', worker = null, lease_until = null, step = null,
                            finished_at = :now
                        where id = :id and state in ('WAITING', 'RUNNING')""").param("now", utc(now)).param("id", id).update() > 0;
    }

    /** What {@link #done} writes. */
    record Done(
            @Nullable UUID previous,
            Map<String, Long> totals,
            int findings,
            int findingsHigh,
            int pages,
            String pdfSha256,
            String jsonSha256,
            String sha256,
            long sizeBytes,
            Instant stampedAt) {}

    /** False if the report is not this server's any more. */
    boolean done(UUID id, UUID worker, Done done, Instant now) {
        return jdbc.sql("""
                        update audit_report set state = 'DONE', worker = null, lease_until = null, step = null, failure = null,
                            steps_done = steps_total, finished_at = :now, previous_id = :previous::uuid,
                            totals = :totals::jsonb, findings = :findings, findings_high = :high, pages = :pages,
                            pdf_sha256 = :pdf, json_sha256 = :json, sha256 = :sha256, size_bytes = :size,
                            stamped_at = :stamped
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                        .param("now", utc(now))
                        .param("previous", done.previous())
                        .param("totals", JSON.writeValueAsString(done.totals()))
                        .param("findings", done.findings())
                        .param("high", done.findingsHigh())
                        .param("pages", done.pages())
                        .param("pdf", done.pdfSha256())
                        .param("json", done.jsonSha256())
                        .param("sha256", done.sha256())
                        .param("size", done.sizeBytes())
                        .param("stamped", utc(done.stampedAt()))
                        .param("id", id)
                        .param("worker", worker)
                        .update()
                > 0;
    }

    /** The newest report of the same scope that ends no later. */
    Optional<ReportContext.Previous> previous(AuditReport report) {
        return jdbc.sql("""
                        select * from audit_report where state = 'DONE' and scope = :scope::jsonb and period_to <= :to
                            and number < :number
                        order by period_to desc, number desc limit 1""")
                .param("scope", JSON.writeValueAsString(report.scope()))
                .param("to", utc(report.to()))
                .param("number", numberOf(report.number()))
                .query((row, n) -> new ReportContext.Previous(
                        read(row, n),
                        JSON.readValue(row.getString("totals"), new TypeReference<Map<String, Long>>() {})))
                .optional();
    }

    static long numberOf(String number) {
        return Long.parseLong(number.substring(number.lastIndexOf('-') + 1));
    }

    private static AuditReport read(ResultSet row, int ignored) throws SQLException {
        Instant requestedAt = instant(row, "requested_at");
        long number = row.getLong("number");
        return new AuditReport(
                row.getObject("id", UUID.class),
                String.format(
                        Locale.ROOT,
                        "SJ-%d-%04d",
                        requestedAt.atZone(Format.BEIJING).getYear(),
                        number),
                AuditReport.State.valueOf(row.getString("state")),
                row.getString("language"),
                instant(row, "period_from"),
                instant(row, "period_to"),
                JSON.readValue(row.getString("scope"), Scope.class),
                row.getInt("sample"),
                row.getString("seed"),
                row.getString("requested_by"),
                row.getString("requested_by_name"),
                requestedAt,
                row.getString("step"),
                row.getInt("steps_done"),
                row.getInt("steps_total"),
                instantOrNull(row, "finished_at"),
                row.getString("failure"),
                row.getObject("previous_id", UUID.class),
                integer(row, "findings"),
                integer(row, "findings_high"),
                integer(row, "pages"),
                row.getString("pdf_sha256"),
                row.getString("json_sha256"),
                row.getString("sha256"),
                row.getObject("size_bytes") == null ? null : row.getLong("size_bytes"),
                instantOrNull(row, "stamped_at"));
    }

    private static @Nullable Integer integer(ResultSet row, String column) throws SQLException {
        return row.getObject(column) == null ? null : row.getInt(column);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
