package org.tiezheng.archive.preservation.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.retention.Holds;
import org.tiezheng.archive.retention.RetentionFigures;

/** 9: what has expired, its appraisal, and legal holds. */
final class ExpirySection implements ReportSection {
    private static final int MOST_HOLDS = 1000;

    private final JdbcClient jdbc;
    private final RetentionFigures figures;
    private final Holds holds;

    ExpirySection(JdbcClient jdbc, RetentionFigures figures, Holds holds) {
        this.jdbc = jdbc;
        this.figures = figures;
        this.holds = holds;
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
        out.unscoped(context);
        RetentionFigures.Waiting waiting = figures.waiting();
        out.fact("toAppraise", waiting.toAppraise());
        out.fact("toList", waiting.toList());
        out.fact(
                "soon",
                figures.endingBefore(
                        context.now().atOffset(ZoneOffset.UTC).plusDays(365).toInstant()));
        out.fact("holdsInForce", waiting.holdsInForce());
        out.fact("heldEvidence", waiting.heldEvidence());
        out.fact("holdsWaiting", waiting.holdsWaiting());
        if (waiting.toAppraise() > 0) {
            out.finding(FindingCode.EXPIRED_NOT_APPRAISED, "archive", waiting.toAppraise());
        }
        appraisals(out, context);
        holds(out, context, waiting.holdsInForce());
        locks(out, context);
    }

    private void appraisals(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows =
                out.table("appraisals", "code", "evidence", "expiresAt", "decision", "opinion", "by", "at", "state");
        figures.appraisals(context.report().from(), context.report().to(), SectionWriter.MOST_ROWS + 1)
                .forEach(one -> rows.row(
                        Value.of(one.archivalCode()),
                        Value.of(one.evidenceId().toString()),
                        Value.day(one.periodEndedAt()),
                        Value.word(one.decision().name(), out.words("decision." + one.decision())),
                        Value.of(one.opinion()),
                        Value.of(one.byName()),
                        Value.time(one.at()),
                        Value.word(one.state().name(), out.words("state." + one.state()))));
        rows.end();
    }

    private void holds(SectionWriter out, ReportContext context, long inForce) {
        SectionWriter.Rows rows =
                out.table("holds", "number", "reason", "case", "by", "placedAt", "releasedAt", "evidence");
        List<Holds.Hold> all = new java.util.ArrayList<>(holds.list(true, Long.MAX_VALUE, MOST_HOLDS));
        holds.list(false, Long.MAX_VALUE, MOST_HOLDS).stream()
                .filter(one -> one.releasedAt() != null
                        && !one.releasedAt().isBefore(context.report().from())
                        && one.releasedAt().isBefore(context.report().to()))
                .forEach(all::add);
        for (Holds.Hold one : all) {
            rows.row(
                    Value.of(one.number()),
                    Value.of(one.reason()),
                    Value.of(one.caseNo()),
                    Value.of(one.placedByName()),
                    Value.time(one.placedAt()),
                    Value.time(one.releasedAt()),
                    Value.of(one.evidence()));
        }
        rows.total(inForce);
        rows.end();
    }

    private void locks(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("locks", "evidence", "title", "until");
        long[] expired = {0};
        jdbc.sql("""
                        select e.id, coalesce(e.title, e.target_url) as name, e.retain_until from evidence e
                        where e.archived_at < :to and e.disposed_at is null and e.retain_until < :soon""" + selection.sql() + " order by e.retain_until, e.number limit " + (SectionWriter.MOST_ROWS + 1))
                .param("to", context.to())
                .param("soon", context.now().atOffset(ZoneOffset.UTC).plusDays(90))
                .params(selection.parameters())
                .query(row -> {
                    Instant until = Sql.instant(row, "retain_until");
                    if (until != null && until.isBefore(context.now())) {
                        expired[0]++;
                    }
                    rows.row(Value.of(row.getString("id")), Value.of(row.getString("name")), Value.time(until));
                });
        rows.end();
        if (expired[0] > 0) {
            out.finding(FindingCode.LOCK_EXPIRED, "archive", expired[0]);
        }
    }
}
