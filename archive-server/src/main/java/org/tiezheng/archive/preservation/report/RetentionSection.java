package org.tiezheng.archive.preservation.report;

import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** 8: how long things are kept, and on what basis. */
final class RetentionSection implements ReportSection {
    private final JdbcClient jdbc;

    RetentionSection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 8;
    }

    @Override
    public String key() {
        return "retention";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        out.notRecorded("notYet");
        locks(out, context);
    }

    private void locks(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("locks", "year", "items", "bytes");
        List<Content.Bar> bars = new ArrayList<>();
        jdbc.sql("""
                        select extract(year from e.retain_until at time zone 'Asia/Shanghai')::int as year, count(*) as n,
                            sum(e.package_bytes) as bytes
                        from evidence e where e.archived_at < :to""" + selection.sql() + " group by 1 order by 1 limit 300")
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    String year = row.getString("year");
                    rows.row(Value.of(year), Value.of(row.getLong("n")), Value.bytes(row.getLong("bytes")));
                    bars.add(new Content.Bar(year, Value.of(row.getLong("n"))));
                });
        out.chart(bars.size() > 40 ? List.of() : bars);
        rows.end();
        out.remark("locksMeaning");
    }
}
