package org.tiezheng.archive.preservation.report;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.pdf.Tone;

/**
 * 2: how much there is, and why it is not what the report before said. What was there at the end of that period is counted again: a
 * row that went, or came with a date before, shows as a difference nobody can explain.
 */
final class TotalsSection implements ReportSection {
    /** In the order printed; names of the JSON. */
    private static final List<String> NAMES = List.of("volumes", "items", "members", "files", "bytes");

    private final JdbcClient jdbc;

    TotalsSection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 2;
    }

    @Override
    public String key() {
        return "totals";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) throws ReportContext.CancelledException {
        Scope scope = context.report().scope();
        Map<String, Long> now = count(scope, context.to());
        NAMES.forEach(name -> out.fact(name, value(name, Objects.requireNonNull(now.get(name)))));
        context.progress().at("section-2");
        if (context.previous().isEmpty()) {
            out.remark("first");
            return;
        }
        ReportContext.Previous previous = context.previous().get();
        OffsetDateTime then = previous.report().to().atOffset(ZoneOffset.UTC);
        Map<String, Long> again = count(scope, then);
        // Rows of files go with a disposal, so those of a moment before it cannot be counted again.
        boolean disposed = disposedSince(then);
        out.text(
                "compared",
                previous.report().number(),
                Value.time(previous.report().to()).shown());
        SectionWriter.Rows rows = out.table("delta", "what", "previous", "again", "added", "now", "difference");
        boolean explained = true;
        for (String name : NAMES) {
            long said = previous.totals().getOrDefault(name, 0L);
            long counted = Objects.requireNonNull(again.get(name));
            long is = Objects.requireNonNull(now.get(name));
            // Volumes carry no history of their members, and links move: only a whole archive must count the same
            // again.
            boolean countable = !disposed || name.equals("items") || name.equals("bytes");
            explained &= said == counted || !scope.isEveryPackage() || !countable;
            rows.row(
                    Value.word(name, out.words(name)),
                    value(name, said),
                    value(name, counted),
                    value(name, is - counted),
                    value(name, is),
                    value(name, counted - said));
        }
        rows.end();
        if (!scope.isEveryPackage()) {
            out.remark("moving");
        } else if (explained) {
            out.say(Tone.OK, "explained");
        } else {
            out.say(Tone.BAD, "unexplained");
            out.finding(
                    FindingCode.TOTALS_UNEXPLAINED, "archive", previous.report().number());
        }
    }

    private boolean disposedSince(OffsetDateTime then) {
        return jdbc.sql("select exists (select 1 from evidence where disposed_at >= :then)")
                .param("then", then)
                .query(Boolean.class)
                .single();
    }

    private static Value value(String name, long number) {
        return name.equals("bytes") ? Value.bytes(number) : Value.of(number);
    }

    /** What was archived before {@code to} and not disposed of before it. */
    private Map<String, Long> count(Scope scope, OffsetDateTime to) {
        Scope.Selection selection = scope.selection();
        String there = " e.archived_at < :to and (e.disposed_at is null or e.disposed_at >= :to)" + selection.sql();
        Map<String, Long> counted = jdbc.sql("""
                        select count(*) as items, coalesce(sum(e.package_bytes), 0) as bytes,
                            (select count(*) from evidence_object o join evidence e on e.id = o.evidence_id where %1$s) as members,
                            (select count(*) from evidence_file o join evidence e on e.id = o.evidence_id where %1$s) as files,
                            (select count(distinct f.volume_id) from filed f join evidence e on e.id = f.evidence_id
                                where f.filed_at < :to and %1$s) as volumes
                        from evidence e where %1$s""".replace("%1$s", there))
                .param("to", to)
                .params(selection.parameters())
                .query((row, n) -> {
                    Map<String, Long> all = new LinkedHashMap<>();
                    for (String name : NAMES) {
                        all.put(name, row.getLong(name));
                    }
                    return all;
                })
                .single();
        return Objects.requireNonNull(counted);
    }

    /** The totals as the section printed them, for the report that comes next. */
    Map<String, Long> totals(Content.Section section) {
        Map<String, Long> totals = new LinkedHashMap<>();
        for (Content.Block block : section.blocks()) {
            if (block instanceof Content.Facts facts) {
                facts.facts().stream()
                        .filter(fact ->
                                NAMES.contains(fact.key()) && fact.value().raw() instanceof Long)
                        .forEach(fact -> totals.put(fact.key(), (Long)
                                Objects.requireNonNull(fact.value().raw())));
            }
        }
        return totals;
    }
}
