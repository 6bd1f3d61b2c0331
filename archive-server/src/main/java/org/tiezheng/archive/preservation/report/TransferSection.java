package org.tiezheng.archive.preservation.report;

/** 11: what was filed, and what was handed to other archives. */
final class TransferSection implements ReportSection {
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
        out.notRecorded("notYet");
    }
}
