package org.tiezheng.archive.preservation.report;

import java.time.Duration;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.preservation.StampAuthorities;

/** 6: time-stamp authorities, when their certificates end, and what was renewed. */
final class TimestampsSection implements ReportSection {
    /** Time to make a new stamp before the old one cannot be checked any more. */
    private static final Duration SOON = Duration.ofDays(180);

    private final JdbcClient jdbc;
    private final StampAuthorities authorities;

    TimestampsSection(JdbcClient jdbc, StampAuthorities authorities) {
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
        out.notRecorded("notYet");
    }
}
