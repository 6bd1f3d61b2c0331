package org.tiezheng.archive.preservation.report;

import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** 12: who used the archive for what: from the audit log. */
final class AccessSection implements ReportSection {
    private final JdbcClient jdbc;

    AccessSection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 12;
    }

    @Override
    public String key() {
        return "access";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        counts(out, context);
        exports(out, context);
        out.notRecorded("noMasking");
    }

    private void counts(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table("counts", "action", "what", "ok", "refused", "failed", "people");
        List<Content.Bar> bars = new ArrayList<>();
        jdbc.sql("""
                        select action, count(*) filter (where result = 'OK') as ok,
                            count(*) filter (where result = 'REFUSED') as refused,
                            count(*) filter (where result = 'FAILED') as failed, count(distinct actor_id) as people
                        from audit_event where at >= :from and at < :to
                            and (starts_with(action, 'evidence.') or starts_with(action, 'search.')
                                or starts_with(action, 'report.'))
                        group by action order by count(*) desc, action""").param("from", context.from()).param("to", context.to()).query(row -> {
            String action = row.getString("action");
            String what = out.message("audit.action." + action, action);
            rows.row(
                    Value.of(action),
                    Value.word(action, what),
                    Value.of(row.getLong("ok")),
                    Value.of(row.getLong("refused")),
                    Value.of(row.getLong("failed")),
                    Value.of(row.getLong("people")));
            if (bars.size() < 8) {
                bars.add(new Content.Bar(what, Value.of(row.getLong("ok"))));
            }
        });
        out.chart(bars);
        rows.end();
    }

    /** Everything that left the archive as a file, with who and which. */
    private void exports(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table("exports", "at", "who", "role", "action", "object", "reason");
        Scope.Selection selection = context.report().scope().selection();
        String within = selection.sql().isEmpty()
                ? ""
                : " and exists (select 1 from evidence e where e.id::text = a.object_id" + selection.sql() + ")";
        jdbc.sql("""
                        select at, actor_name, actor_role, action, object_id, reason from audit_event a
                        where at >= :from and at < :to and result = 'OK'
                            and action in ('evidence.download', 'evidence.list-export', 'report.download', 'filing.export')
                        """ + within + " order by seq limit " + (SectionWriter.MOST_ROWS + 1))
                .param("from", context.from())
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    rows.row(
                            Sql.time(row, "at"),
                            Value.of(row.getString("actor_name")),
                            Value.of(row.getString("actor_role")),
                            Value.of(row.getString("action")),
                            Value.of(row.getString("object_id")),
                            Value.of(row.getString("reason")));
                });
        rows.end();
    }
}
