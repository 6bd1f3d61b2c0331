package org.tiezheng.archive.preservation.report;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.pdf.Tone;
import org.tiezheng.archive.web.Format;

/** 3: whether the bytes are still the same: what the server's schedule read, and what this report read itself. */
final class FixitySection implements ReportSection {
    private final FixityFigures figures;
    private final Sample sample;

    FixitySection(FixityFigures figures, Sample sample) {
        this.figures = figures;
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
        schedule(out, context);
        done(out, context);
        if (context.report().sample() == 0) {
            out.remark("noSample");
        } else {
            sample(out, context);
        }
    }

    /** How it stands now. */
    private void schedule(SectionWriter out, ReportContext context) {
        out.unscoped(context);
        FixityFigures.Now now = figures.recount();
        long days = now.period().toDays();
        Tone tone = now.copies() == 0 || now.checked() < now.copies() ? Tone.WARN : Tone.OK;
        out.say(tone, "checked", now.checked(), now.copies(), days);
        SectionWriter.Rows rows = out.table(
                "stores", "store", "copies", "bytes", "checked", "never", "good", "bad", "remarked", "overdue", "last");
        List<Content.Bar> bars = new ArrayList<>();
        for (FixityFigures.StoreFigures store : now.stores()) {
            if (context.report().scope().store() != null
                    && !store.store().equals(context.report().scope().store())) {
                continue;
            }
            String name = out.message("stores.id." + store.store(), store.store());
            rows.row(
                    Value.word(store.store(), name),
                    Value.of(store.copies()),
                    Value.bytes(store.bytes()),
                    Value.of(store.checked()),
                    Value.of(store.neverChecked()),
                    Value.of(store.good()),
                    Value.of(store.bad()),
                    Value.of(store.remarked()),
                    Value.of(store.overdue()),
                    Value.time(store.lastCheckedAt()));
            bars.add(new Content.Bar(name + ": " + out.words("stores.checked"), Value.of(store.checked())));
            bars.add(new Content.Bar(name + ": " + out.words("stores.never"), Value.of(store.neverChecked())));
            if (store.copies() > 0 && store.checked() == 0) {
                out.finding(FindingCode.FIXITY_NOT_CHECKED, store.store(), store.copies(), name);
            }
            if (store.overdue() > 0) {
                out.finding(FindingCode.FIXITY_OVERDUE, store.store(), store.overdue(), name);
            }
        }
        out.chart(bars);
        rows.end();
        out.fact("packages", now.packages());
        out.fact("compared", now.packagesCompared());
        out.fact("differing", now.packagesDiffering());
        out.fact("openDamages", now.openDamages());
        out.fact("withoutGoodCopy", now.withoutGoodCopy());
        out.fact("extras", now.extras());
        if (now.openDamages() > 0) {
            out.finding(FindingCode.FIXITY_DAMAGE_OPEN, "archive", now.openDamages(), now.withoutGoodCopy());
        }
        if (now.extras() > 0) {
            out.finding(FindingCode.FIXITY_EXTRA, "archive", now.extras());
        }
        if (now.paused()) {
            out.finding(FindingCode.FIXITY_PAUSED, "archive");
        }
    }

    /** What was read in the period. */
    private void done(SectionWriter out, ReportContext context) {
        LocalDate from = LocalDate.ofInstant(context.report().from(), Format.BEIJING);
        LocalDate to = LocalDate.ofInstant(context.report().to().minusMillis(1), Format.BEIJING);
        SectionWriter.Rows rows = out.table("done", "store", "origin", "outcome", "copies", "bytes");
        for (FixityFigures.Done one : figures.done(from, to)) {
            rows.row(
                    Value.word(one.store(), out.message("stores.id." + one.store(), one.store())),
                    Value.word(one.scheduled() ? "SCHEDULE" : "RUN", out.words(one.scheduled() ? "schedule" : "run")),
                    Value.word(one.outcome().name(), outcome(out, one.outcome().name())),
                    Value.of(one.copies()),
                    Value.bytes(one.bytes()));
        }
        rows.end();
    }

    static String outcome(SectionWriter out, String name) {
        return out.message("report.fixity.outcome." + name.toLowerCase(Locale.ROOT), name);
    }

    private void sample(SectionWriter out, ReportContext context) throws ReportContext.CancelledException {
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
                            read.outcome().name(), outcome(out, read.outcome().name())),
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
