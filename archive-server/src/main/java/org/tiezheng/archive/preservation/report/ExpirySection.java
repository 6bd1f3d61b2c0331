package org.tiezheng.archive.preservation.report;

import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;

/** 9: what has expired or soon will, its appraisal, and legal holds. */
final class ExpirySection implements ReportSection {
    private final JdbcClient jdbc;

    ExpirySection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 9;
    }

    @Override
    public String key() {
        return "expiry";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("locks", "evidence", "title", "until");
        long[] expired = {0};
        jdbc.sql("""
                        select e.id, coalesce(e.title, e.target_url) as name, e.retain_until from evidence e
                        where e.archived_at < :to and e.retain_until < :soon""" + selection.sql() + " order by e.retain_until, e.number limit " + (SectionWriter.MOST_ROWS + 1))
                .param("to", context.to())
                .param("soon", context.now().atOffset(ZoneOffset.UTC).plusDays(365))
                .params(selection.parameters())
                .query(row -> {
                    java.time.Instant until = Sql.instant(row, "retain_until");
                    if (until != null && until.isBefore(context.now())) {
                        expired[0]++;
                    }
                    rows.row(Value.of(row.getString("id")), Value.of(row.getString("name")), Value.time(until));
                });
        rows.end();
        if (expired[0] > 0) {
            out.finding(FindingCode.LOCK_EXPIRED, "archive", expired[0]);
        }
        out.notRecorded("notYet");
    }
}
