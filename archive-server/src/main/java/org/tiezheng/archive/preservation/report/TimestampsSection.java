package org.tiezheng.archive.preservation.report;

import java.time.Duration;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.preservation.StampAuthorities;
import org.tiezheng.archive.records.RecordFigures;

/** 6: time-stamp authorities, when their certificates end, and what was renewed. */
final class TimestampsSection implements ReportSection {
    /** Time to make a new stamp before the old one cannot be checked any more. */
    private static final Duration SOON = Duration.ofDays(180);

    private final JdbcClient jdbc;
    private final StampAuthorities authorities;
    private final RecordFigures records;

    TimestampsSection(JdbcClient jdbc, StampAuthorities authorities, RecordFigures records) {
        this.records = records;
        this.jdbc = jdbc;
        this.authorities = authorities;
    }

    @Override
    public int number() {
        return 6;
    }

    @Override
    public String key() {
        return "timestamps";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        long embedded = jdbc.sql("select count(*) from evidence e where e.archived_at < :to and e.embedded_authority"
                        + selection.sql())
                .param("to", context.to())
                .params(selection.parameters())
                .query(Long.class)
                .single();
        out.fact("embedded", embedded);
        out.remark("embeddedMeaning");
        SectionWriter.Rows rows = out.table("authorities", "name", "kind", "lastStamp", "endsAt");
        boolean external = false;
        for (StampAuthorities.Seen one : authorities.seen()) {
            external |= one.configured() && !one.embedded();
            Instant ends = one.certificateEnds();
            rows.row(
                    Value.of(one.name()),
                    Value.word(one.embedded() ? "embedded" : "external", out.words(one.embedded() ? "own" : "other")),
                    Value.time(one.lastStamp()),
                    Value.time(ends));
            if (one.configured() && ends != null && ends.isBefore(context.now().plus(SOON))) {
                out.finding(
                        FindingCode.TSA_EXPIRING,
                        one.name(),
                        one.name(),
                        Value.day(ends).shown());
            }
        }
        rows.end();
        if (!external) {
            out.finding(FindingCode.TSA_ONLY_EMBEDDED, "archive");
        }
        records(out, context);
    }

    private void records(SectionWriter out, ReportContext context) {
        out.unscoped(context);
        RecordFigures.Now now = records.now();
        RecordFigures.Period period =
                records.period(context.report().from(), context.report().to());
        out.fact("recorded", now.recorded());
        out.fact("waiting", now.waiting());
        out.fact("liveBatches", now.liveBatches());
        out.fact("lastBatchAt", Value.time(now.lastBatchAt()));
        out.fact("nextRenewalBy", Value.day(now.nextRenewalBy()));
        out.fact("endingSoon", now.endingSoon());
        out.fact("ended", now.ended());
        out.fact("batches", period.batches());
        out.fact("batchPackages", period.packages());
        out.fact("tokenRenewals", period.tokenRenewals());
        out.fact("treeRenewals", period.treeRenewals());
        out.fact("failedRenewals", period.failedRenewals());
        out.remark("algorithms");
        if (now.late()) {
            out.finding(FindingCode.RECORDS_WAITING, "archive", now.waiting());
        }
        if (now.ended() > 0) {
            out.finding(FindingCode.RENEWAL_OVERDUE, "archive", now.ended());
        }
    }
}
