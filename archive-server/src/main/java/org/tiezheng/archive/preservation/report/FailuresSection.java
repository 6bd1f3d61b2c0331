package org.tiezheng.archive.preservation.report;

import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.fixity.Damage;
import org.tiezheng.archive.fixity.FixityFigures;

/** 4: each anomaly: evidence that did not verify, packages that were not let in. */
final class FailuresSection implements ReportSection {
    private final JdbcClient jdbc;
    private final FixityFigures fixity;

    FailuresSection(JdbcClient jdbc, FixityFigures fixity) {
        this.fixity = fixity;
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 4;
    }

    @Override
    public String key() {
        return "failures";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        damages(out, context);
        invalid(out, context);
        kept(out, context);
    }

    private void damages(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table(
                "damages",
                "object",
                "store",
                "outcome",
                "expected",
                "found",
                "detectedAt",
                "cause",
                "state",
                "repair",
                "approver",
                "repairVerifiedAt");
        for (Damage one :
                fixity.damages(context.report().from(), context.report().to(), SectionWriter.MOST_ROWS + 1)) {
            List<FixityFigures.RepairLine> repairs = fixity.repairs(one.id());
            FixityFigures.RepairLine repair = repairs.isEmpty() ? null : repairs.get(repairs.size() - 1);
            UUID evidence = one.evidenceId();
            String store = one.storeId();
            rows.row(
                    Value.of(evidence != null ? evidence.toString() : one.key()),
                    store == null ? Value.none() : Value.word(store, out.message("stores.id." + store, store)),
                    Value.word(
                            one.outcome().name(),
                            FixitySection.outcome(out, one.outcome().name())),
                    Value.of(one.sha256()),
                    Value.of(one.foundSha256()),
                    Value.time(one.foundAt()),
                    Value.of(one.detail()),
                    Value.word(one.state().name(), out.words("damage." + one.state())),
                    repair == null
                            ? Value.none()
                            : Value.of(repair.state() + " " + repair.proposedByName() + ": " + repair.reason()),
                    Value.of(repair == null ? null : repair.decidedByName()),
                    Value.time(repair == null ? null : repair.doneAt()));
        }
        rows.end();
    }

    private void invalid(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("invalid", "evidence", "title", "archivedAt", "verdict", "verifiedAt");
        jdbc.sql("""
                        select e.id, coalesce(e.title, e.target_url) as name, e.archived_at, e.verdict, e.verified_at
                        from evidence e where e.archived_at < :to and e.verdict = 'INVALID' and e.disposed_at is null""" + selection.sql() + " order by e.number limit " + (SectionWriter.MOST_ROWS + 1))
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    rows.row(
                            Value.of(row.getString("id")),
                            Value.of(row.getString("name")),
                            Sql.time(row, "archived_at"),
                            Value.word(
                                    row.getString("verdict"),
                                    out.message(
                                            "common.verdict." + row.getString("verdict"), row.getString("verdict"))),
                            Sql.time(row, "verified_at"));
                    out.finding(FindingCode.VERDICT_INVALID, row.getString("id"), row.getString("id"));
                });
        rows.end();
    }

    private void kept(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table("kept", "state", "reason", "count");
        jdbc.sql("""
                        select state, coalesce(reason_code, '') as reason, count(*) as n from upload
                        where created_at >= :from and created_at < :to
                            and state in ('QUARANTINED', 'ORPHANED', 'REJECTED', 'DISCARDED')
                        group by 1, 2 order by 1, 2""").param("from", context.from()).param("to", context.to()).query(row -> {
            String state = row.getString("state");
            rows.row(
                    Value.word(state, out.words("state." + state)),
                    Value.of(row.getString("reason")),
                    Value.of(row.getLong("n")));
        });
        rows.end();
        out.remark("keptMeaning");
    }
}
