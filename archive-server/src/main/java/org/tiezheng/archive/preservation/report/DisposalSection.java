package org.tiezheng.archive.preservation.report;

import org.tiezheng.archive.retention.RetentionFigures;

/** 10: what was destroyed, by whose decision. Lists and certificates are kept for ever. */
final class DisposalSection implements ReportSection {
    private final RetentionFigures figures;

    DisposalSection(RetentionFigures figures) {
        this.figures = figures;
    }

    @Override
    public int number() {
        return 10;
    }

    @Override
    public String key() {
        return "disposal";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        out.unscoped(context);
        SectionWriter.Rows rows = out.table(
                "disposals",
                "number",
                "endedAt",
                "listed",
                "destroyed",
                "proposedBy",
                "approver",
                "supervisors",
                "method",
                "list",
                "certificate");
        for (RetentionFigures.Disposed one :
                figures.disposals(context.report().from(), context.report().to())) {
            rows.row(
                    Value.of(one.number()),
                    Value.time(one.endedAt()),
                    Value.of(one.listed()),
                    Value.of(one.destroyed()),
                    Value.of(one.proposedByName()),
                    Value.of(one.approvedByName()),
                    Value.of(String.join(", ", one.supervisors())),
                    Value.of(one.method()),
                    Value.of(one.listSha256()),
                    Value.of(one.certificateSha256()));
        }
        rows.end();
        out.fact("open", figures.waiting().disposalsOpen());
    }
}
