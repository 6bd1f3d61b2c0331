package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainReport;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.audit.HeadNotes;
import org.tiezheng.archive.log.LogFigures;
import org.tiezheng.archive.log.LogState;
import org.tiezheng.archive.log.TransparencyLog;
import org.tiezheng.archive.operations.AuditAnchors;
import org.tiezheng.archive.pdf.Tone;

/** 14: whether the audit log is whole, verified row by row for this report; and how far the transparency log is. */
final class ChainSection implements ReportSection {
    /** A log that is behind for longer stands still. */
    private static final Duration BEHIND = Duration.ofMinutes(10);

    private final JdbcClient jdbc;
    private final DataSource database;
    private final ChainVerifier verifier;
    private final HeadNotes notes;
    private final TransparencyLog log;
    private final LogFigures figures;

    ChainSection(
            JdbcClient jdbc,
            DataSource database,
            ChainVerifier verifier,
            Path data,
            TransparencyLog log,
            LogFigures figures) {
        this.jdbc = jdbc;
        this.database = database;
        this.verifier = verifier;
        this.notes = new HeadNotes(data);
        this.log = log;
        this.figures = figures;
    }

    @Override
    public int number() {
        return 14;
    }

    @Override
    public String key() {
        return "chain";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) throws SQLException, IOException {
        audit(out, context);
        transparency(out, context);
    }

    /** What the servers' own verifications found in the period. */
    private void checks(SectionWriter out, ReportContext context) {
        jdbc.sql("""
                        select count(*) as checks, count(*) filter (where breaks <> '[]') as broken,
                            count(*) filter (where failure is not null) as unread, max(ended_at) as last
                        from audit_check where begun_at >= :from and begun_at < :to""").param("from", context.from()).param("to", context.to()).query(row -> {
            out.fact("checks", row.getLong("checks"));
            out.fact("checksBroken", row.getLong("broken"));
            out.fact("checksUnread", row.getLong("unread"));
            out.fact("lastCheck", Sql.time(row, "last"));
        });
    }

    private record Extent(@Nullable Instant first, long inPeriod, long firstInPeriod, long lastInPeriod) {}

    private void audit(SectionWriter out, ReportContext context) throws SQLException, IOException {
        List<ChainHead> noted = new ArrayList<>(notes.heads());
        int own = noted.size();
        List<AuditAnchors.Anchor> anchors = AuditAnchors.all(database);
        List<String> wrongTokens = new ArrayList<>();
        for (AuditAnchors.Anchor anchor : anchors) {
            if (anchor.isOverHead()) {
                noted.add(anchor.head());
            } else {
                wrongTokens.add(String.valueOf(anchor.head().seq()));
            }
        }
        ChainReport chain = verifier.verify(noted);
        Extent extent = extent(context);
        out.fact("rows", chain.rows());
        out.fact("head", Value.of(chain.head().toString()));
        out.fact("since", Value.time(extent.first()));
        out.fact(
                "days",
                extent.first() == null
                        ? 0
                        : Duration.between(extent.first(), context.now()).toDays());
        out.fact("inPeriod", extent.inPeriod());
        out.fact("firstSeq", extent.firstInPeriod());
        out.fact("lastSeq", extent.lastInPeriod());
        out.fact("notes", own);
        out.fact("anchors", anchors.size());
        Instant lastAnchor =
                anchors.isEmpty() ? null : anchors.get(anchors.size() - 1).at().toInstant();
        out.fact("lastAnchor", Value.time(lastAnchor));
        checks(out, context);
        SectionWriter.Rows breaks = out.table("breaks", "seq", "kind", "detail");
        for (ChainReport.Break one : chain.breaks()) {
            breaks.row(
                    Value.of(one.seq()),
                    Value.word(one.kind().name(), out.words("kind." + one.kind())),
                    Value.of(one.detail()));
        }
        wrongTokens.forEach(
                seq -> breaks.row(Value.of(seq), Value.word("TOKEN", out.words("kind.TOKEN")), Value.none()));
        boolean intact = breaks.isEmpty();
        breaks.end();
        if (!intact) {
            out.finding(
                    FindingCode.CHAIN_BROKEN,
                    "audit",
                    chain.breaks().isEmpty()
                            ? wrongTokens.get(0)
                            : chain.breaks().get(0).seq());
        } else {
            out.say(Tone.OK, "intact", chain.rows(), noted.size());
        }
        Instant limit = context.now().minus(Duration.ofDays(2));
        Instant first = extent.first();
        // The first stamp of a new archive comes in its first night.
        if (first != null && first.isBefore(limit) && (lastAnchor == null || lastAnchor.isBefore(limit))) {
            out.finding(
                    FindingCode.CHAIN_NOT_STAMPED,
                    "audit",
                    Value.time(lastAnchor).shown());
        }
        out.remark("daysMeaning");
    }

    private Extent extent(ReportContext context) {
        return jdbc.sql("""
                        select (select min(at) from audit_event) as first, count(*) as n, coalesce(min(seq), 0) as low,
                            coalesce(max(seq), 0) as high
                        from audit_event where at >= :from and at < :to""")
                .param("from", context.from())
                .param("to", context.to())
                .query((row, n) -> new Extent(
                        Sql.instant(row, "first"), row.getLong("n"), row.getLong("low"), row.getLong("high")))
                .single();
    }

    private void transparency(SectionWriter out, ReportContext context) {
        LogState state = log.state();
        out.fact("logSize", state.signed());
        out.fact("logWaiting", state.assigned() - state.signed() + state.waiting());
        out.fact("logSignedAt", Value.time(state.signedAt()));
        out.fact("logKey", Value.of(log.key().toString()));
        if (!state.checkpoint().isEmpty()) {
            out.text("checkpoint", state.checkpoint());
        }
        SectionWriter.Rows kinds = out.table("leaves", "kind", "count");
        jdbc.sql("select kind, count(*) as n from log_entry where assigned_at >= :from"
                        + " and assigned_at < :to group by 1 order by 1")
                .param("from", context.from())
                .param("to", context.to())
                .query(row -> {
                    String kind = row.getString("kind");
                    kinds.row(Value.word(kind, out.wordsOr("leaf." + kind, kind)), Value.of(row.getLong("n")));
                });
        kinds.end();
        log.damage().ifPresent(why -> out.finding(FindingCode.LOG_DAMAGED, "log", why));
        long behind = state.assigned() - state.signed() + state.waiting();
        Instant signed = state.signedAt();
        if (behind > 0 && (signed == null || signed.isBefore(context.now().minus(BEHIND)))) {
            out.finding(FindingCode.LOG_BEHIND, "log", behind);
        }
        witnesses(out, context);
    }

    /** Without witnesses outside the operator's control the log proves nothing against the operator. */
    private void witnesses(SectionWriter out, ReportContext context) {
        LogFigures.Now now = figures.now();
        LogFigures.Period period =
                figures.period(context.from().toInstant(), context.to().toInstant());
        out.fact("checkpoints", period.checkpoints());
        out.fact("witnessed", period.witnessed());
        out.fact("stamps", period.stamps());
        out.fact("failedStamps", period.failedStamps());
        SectionWriter.Rows witnesses = out.table("witnesses", "name", "algorithm", "size", "cosignedAt", "failure");
        for (LogFigures.WitnessFigures witness : now.witnesses()) {
            witnesses.row(
                    Value.of(witness.name()),
                    Value.of(witness.algorithm()),
                    Value.of(witness.size()),
                    Value.time(witness.cosignedAt()),
                    witness.failure() == null ? Value.none() : Value.of(witness.failure()));
        }
        witnesses.end();
        if (!now.needsWitnesses()) {
            out.finding(FindingCode.WITNESSES_MISSING, "log", now.witnesses().size());
        }
    }
}
