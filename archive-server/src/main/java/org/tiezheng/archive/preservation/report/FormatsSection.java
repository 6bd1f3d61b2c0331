package org.tiezheng.archive.preservation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * 7: formats of what is kept, by the ends of names, with the PRONOM identifier of the format the capturing agent writes under that
 * name. Contents were checked by the verifier at ingest; this section opens no file.
 */
final class FormatsSection implements ReportSection {
    /** Identifier and risk by end of name. Source: PRONOM, The National Archives. */
    private static final Map<String, String> PUIDS = Map.ofEntries(
            Map.entry("wacz", "fmt/1840"),
            Map.entry("warc.gz", "fmt/289"),
            Map.entry("pcapng", "fmt/780"),
            Map.entry("json", "fmt/817"),
            Map.entry("png", "fmt/11"),
            Map.entry("jpg", "fmt/43"),
            Map.entry("mp4", "fmt/199"),
            Map.entry("pdf", "fmt/276"),
            Map.entry("txt", "x-fmt/111"),
            Map.entry("html", "fmt/471"),
            Map.entry("xml", "fmt/101"),
            Map.entry("csv", "x-fmt/18"));

    /** Formats of open standards without an identifier in PRONOM that we know of. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("mhtml", "RFC 2557"),
            Map.entry("jsonl", "JSON Lines"),
            Map.entry("cdxj", "CDXJ"),
            Map.entry("cdx", "CDXJ"),
            Map.entry("idx", "CDXJ"),
            Map.entry("cdx.gz", "CDXJ, gzip"),
            Map.entry("p7s", "RFC 5652 CMS"),
            Map.entry("tst", "RFC 3161"),
            Map.entry("tsr", "RFC 3161"),
            Map.entry("ers", "RFC 4998"),
            Map.entry("tlog-proof", "C2SP tlog-proof"),
            Map.entry("pem", "RFC 7468"),
            Map.entry("mimetype", "ASCII"),
            Map.entry("sha256sums", "ASCII"),
            Map.entry("sm3sums", "ASCII"));

    private final JdbcClient jdbc;

    FormatsSection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 7;
    }

    @Override
    public String key() {
        return "formats";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("formats", "format", "where", "puid", "count", "bytes", "risk");
        List<Content.Bar> bars = new ArrayList<>();
        jdbc.sql("""
                        with names as (
                            select o.member as name, o.size_bytes, 'package' as place
                                from evidence_object o join evidence e on e.id = o.evidence_id where e.archived_at < :to %s
                            union all
                            select o.name, o.size_bytes, 'wacz'
                                from evidence_file o join evidence e on e.id = o.evidence_id where e.archived_at < :to %s)
                        select place, lower(coalesce(substring(name from '((?:warc|cdx)\\.gz|[A-Za-z0-9-]+)$'), '')) as format,
                            count(*) as n, sum(size_bytes) as bytes
                        from names group by 1, 2 order by 3 desc, 1, 2 limit 200""".replace("%s", selection.sql()))
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    String format = row.getString("format");
                    String puid = PUIDS.get(format);
                    boolean known = puid != null || OPEN.containsKey(format);
                    String place = row.getString("place");
                    rows.row(
                            Value.of(format),
                            Value.word(place, out.words("in." + place)),
                            Value.of(puid != null ? puid : OPEN.get(format)),
                            Value.of(row.getLong("n")),
                            Value.bytes(row.getLong("bytes")),
                            Value.word(known ? "open" : "unknown", out.words(known ? "risk.open" : "risk.unknown")));
                    if (bars.size() < 8) {
                        bars.add(new Content.Bar(
                                format + " (" + out.words("in." + place) + ")", Value.of(row.getLong("n"))));
                    }
                    if (!known) {
                        out.finding(FindingCode.FORMAT_UNKNOWN, format.isEmpty() ? "none" : format, format);
                    }
                });
        out.chart(bars);
        rows.end();
        out.remark("meaning");
        out.remark("noConversions");
    }
}
