package org.tiezheng.archive.preservation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.retention.RetentionClass;
import org.tiezheng.archive.retention.RetentionClasses;
import org.tiezheng.archive.retention.RetentionFigures;

/** 8: how long things are kept, and on what basis. */
final class RetentionSection implements ReportSection {
    private final JdbcClient jdbc;
    private final RetentionFigures figures;
    private final RetentionClasses classes;

    RetentionSection(JdbcClient jdbc, RetentionFigures figures, RetentionClasses classes) {
        this.jdbc = jdbc;
        this.figures = figures;
        this.classes = classes;
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
        out.unscoped(context);
        List<RetentionClass> known = classes.inForce();
        distribution(out, known);
        bases(out, known);
        changes(out, context);
        figures.recount();
        RetentionFigures.Waiting waiting = figures.waiting();
        out.fact("locksBehind", waiting.locksBehind());
        out.fact("unassigned", waiting.unassigned());
        figures.lastCheck().ifPresent(check -> {
            out.fact("lockCheckAt", Value.time(check.startedAt()));
            out.fact("lockCheckObjects", check.objects());
            out.fact("lockCheckDifferences", check.differences());
        });
        if (waiting.locksBehind() > 0) {
            out.finding(FindingCode.LOCK_TOO_SHORT, "archive", waiting.locksBehind());
        }
        locks(out, context);
    }

    private static String title(List<RetentionClass> known, String id, Locale locale) {
        return known.stream()
                .filter(one -> one.classId().equals(id))
                .findFirst()
                .map(one -> one.title(locale))
                .orElse(id);
    }

    private void distribution(SectionWriter out, List<RetentionClass> known) {
        SectionWriter.Rows rows = out.table("classes", "class", "title", "items", "notRunning", "running", "ended");
        List<Content.Bar> bars = new ArrayList<>();
        for (RetentionFigures.InClass one : figures.distribution()) {
            String title = title(known, one.classId(), out.locale());
            rows.row(
                    Value.of(one.classId()),
                    Value.of(title),
                    Value.of(one.evidence()),
                    Value.of(one.notRunning()),
                    Value.of(one.running()),
                    Value.of(one.ended()));
            bars.add(new Content.Bar(title, Value.of(one.evidence())));
        }
        out.chart(bars);
        rows.end();
    }

    private void bases(SectionWriter out, List<RetentionClass> known) {
        SectionWriter.Rows rows = out.table("bases", "class", "rule", "document", "items");
        for (RetentionFigures.Basis one : figures.bases()) {
            String title = title(known, one.classId(), out.locale());
            rows.row(
                    Value.word(one.classId(), title),
                    Value.of(one.ruleId()),
                    Value.of(one.approvalDoc()),
                    Value.of(one.evidence()));
        }
        rows.end();
        known.stream()
                .filter(one -> one.approvalDoc() == null)
                .forEach(one -> out.finding(FindingCode.CLASS_NOT_APPROVED, one.classId(), one.title(out.locale())));
    }

    private void changes(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table("changes", "kind", "count");
        figures.changes(context.report().from(), context.report().to())
                .forEach(one -> rows.row(
                        Value.word(one.kind().name(), out.words("kind." + one.kind())), Value.of(one.count())));
        rows.end();
    }

    private void locks(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("locks", "year", "items", "bytes");
        jdbc.sql("""
                        select extract(year from e.retain_until at time zone 'Asia/Shanghai')::int as year, count(*) as n,
                            sum(e.package_bytes) as bytes
                        from evidence e where e.archived_at < :to and e.disposed_at is null""" + selection.sql() + " group by 1 order by 1 limit 300")
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    rows.row(
                            Value.of(row.getString("year")),
                            Value.of(row.getLong("n")),
                            Value.bytes(row.getLong("bytes")));
                });
        rows.end();
        out.remark("locksMeaning");
    }
}
