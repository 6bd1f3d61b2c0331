package org.tiezheng.archive.preservation.report;

import org.tiezheng.archive.filing.FilingFigures;
import org.tiezheng.archive.retention.Appraisals;
import org.tiezheng.archive.retention.RetentionFigures;

/** 11: what was filed, what the four-property check said, and what was handed to other archives. */
final class TransferSection implements ReportSection {
    private final FilingFigures filing;
    private final RetentionFigures retention;

    TransferSection(FilingFigures filing, RetentionFigures retention) {
        this.filing = filing;
        this.retention = retention;
    }

    @Override
    public int number() {
        return 11;
    }

    @Override
    public String key() {
        return "transfer";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        out.unscoped(context);
        FilingFigures.Now now = filing.now();
        FilingFigures.Period period =
                filing.period(context.report().from(), context.report().to());
        out.fact("filed", now.filed());
        out.fact("waiting", now.waiting());
        out.fact("blocked", now.blocked());
        out.fact("filedInPeriod", period.filed());
        out.fact("imported", period.imported());
        out.fact("checks", period.checks());
        out.fact("failedChecks", period.failedChecks());
        out.fact("exported", period.exported());
        if (now.blocked() > 0) {
            out.finding(FindingCode.FILING_BLOCKED, "archive", now.blocked());
        }
        SectionWriter.Rows fonds = out.table("fonds", "no", "name", "volumes", "filed");
        filing.fonds()
                .forEach(one -> fonds.row(
                        Value.of(one.no()), Value.of(one.name()), Value.of(one.volumes()), Value.of(one.filed())));
        fonds.end();
        SectionWriter.Rows transfers = out.table("transfers", "code", "evidence", "to", "at", "by", "state");
        retention.appraisals(context.report().from(), context.report().to(), SectionWriter.MOST_ROWS + 1).stream()
                .filter(one -> one.decision() == Appraisals.Decision.TRANSFER)
                .forEach(one -> transfers.row(
                        Value.of(one.archivalCode()),
                        Value.of(one.evidenceId().toString()),
                        Value.of(one.transferTo()),
                        Value.time(one.at()),
                        Value.of(one.byName()),
                        Value.word(
                                one.state().name(),
                                out.message(
                                        "report.expiry.state." + one.state(),
                                        one.state().name()))));
        transfers.end();
        out.remark("limits");
    }
}
