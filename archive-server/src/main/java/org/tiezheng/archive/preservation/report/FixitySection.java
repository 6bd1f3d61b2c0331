package org.tiezheng.archive.preservation.report;

import java.util.Locale;
import org.tiezheng.archive.pdf.Tone;

/** 3: whether the bytes are still the same: what the server's schedule read in the period, and what this report read itself. */
final class FixitySection implements ReportSection {
    private final Sample sample;

    FixitySection(Sample sample) {
        this.sample = sample;
    }

    @Override
    public int number() {
        return 3;
    }

    @Override
    public String key() {
        return "fixity";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) throws ReportContext.CancelledException {
        out.notRecorded("notYet");
        if (context.report().sample() == 0) {
            out.remark("noSample");
            return;
        }
        Sample.Result result = sample.read(context);
        out.text("sampled", context.report().seed());
        out.fact("samplePackages", result.packages());
        out.fact("sampleObjects", result.objects());
        out.fact("sampleGood", result.good());
        out.fact("sampleBytes", Value.bytes(result.bytes()));
        SectionWriter.Rows rows = out.table("sample", "evidence", "member", "store", "outcome", "expected", "detail");
        boolean changed = false;
        for (Sample.Read read : result.bad()) {
            changed |= read.outcome() != Sample.Outcome.UNREADABLE;
            rows.row(
                    Value.of(read.evidenceId().toString()),
                    Value.of(read.member()),
                    Value.word(read.store(), out.message("stores.id." + read.store(), read.store())),
                    Value.word(
                            read.outcome().name(),
                            out.words("outcome." + read.outcome().name().toLowerCase(Locale.ROOT))),
                    Value.of(read.expected()),
                    Value.of(read.detail()));
        }
        if (result.objects() == 0) {
            out.say(Tone.WARN, "nothingRead");
        } else if (rows.isEmpty()) {
            out.say(Tone.OK, "sampleAllGood", result.objects(), result.packages());
        } else {
            rows.end();
            FindingCode code = changed ? FindingCode.SAMPLE_BAD : FindingCode.SAMPLE_UNREADABLE;
            out.finding(code, "archive", result.bad().size(), result.objects());
        }
    }
}
