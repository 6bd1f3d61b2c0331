package org.tiezheng.archive.preservation.report;

/** 10: what was destroyed, by whose decision. */
final class DisposalSection implements ReportSection {
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
        out.notRecorded("notYet");
    }
}
