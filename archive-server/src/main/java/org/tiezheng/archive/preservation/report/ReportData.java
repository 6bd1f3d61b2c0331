package org.tiezheng.archive.preservation.report;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A finished report as data.
 *
 * @param archive what made it: program, version, stores, log
 * @param findings section 15, the only one whose rows are not a table of another package
 */
record ReportData(
        AuditReport report,
        Instant madeAt,
        String version,
        Optional<ReportContext.Previous> previous,
        List<Content.Section> sections,
        Map<String, Long> totals,
        List<FindingLine> findings) {
    /** Version of the form below; grows when a name changes its meaning. */
    static final int FORM = 1;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Where a finding stands. Names are in the JSON. */
    enum Status {
        NEW,
        REPEATED,
        /** Open, and this report did not see it; a person has to close it. */
        NOT_SEEN_AGAIN,
        CLOSED
    }

    /** One finding as this report tells it. */
    record FindingLine(
            String code,
            String subject,
            Severity severity,
            int section,
            String text,
            Status status,
            String ownerRole,
            LocalDate dueOn,
            String firstReport,
            @Nullable Instant closedAt,
            @Nullable String closingNote) {}

    List<Content.TableBlock> tables() {
        List<Content.TableBlock> tables = new ArrayList<>();
        for (Content.Section section : sections) {
            for (Content.Block block : section.blocks()) {
                if (block instanceof Content.TableBlock table) {
                    tables.add(table);
                }
            }
        }
        return tables;
    }

    /** The data as docs/report.md describes it; the same data gives the same bytes. */
    byte[] json() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree()));
        out.write('\n');
        return out.toByteArray();
    }

    private Map<String, @Nullable Object> tree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("form", "org.tiezheng.audit-report");
        tree.put("version", FORM);
        tree.put("auditNo", report.number());
        tree.put("id", report.id().toString());
        tree.put("language", report.language());
        tree.put("madeAt", iso(madeAt));
        tree.put("madeBy", "Tiezheng " + version);
        tree.put("auditor", Map.of("id", report.requestedBy(), "name", report.requestedByName()));
        Map<String, Object> period = new LinkedHashMap<>();
        period.put("from", iso(report.from()));
        period.put("to", iso(report.to()));
        tree.put("period", period);
        tree.put("scope", report.scope());
        Map<String, Object> sample = new LinkedHashMap<>();
        sample.put("size", report.sample());
        sample.put("seed", report.seed());
        tree.put("sample", sample);
        previous.ifPresent(before -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("auditNo", before.report().number());
            one.put("id", before.report().id().toString());
            one.put("to", iso(before.report().to()));
            one.put("sha256", before.report().sha256());
            tree.put("previous", one);
        });
        tree.put("totals", totals);
        tree.put("sections", sections.stream().map(ReportData::tree).toList());
        tree.put("findings", findings.stream().map(ReportData::tree).toList());
        return tree;
    }

    private static Map<String, Object> tree(Content.Section section) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("no", section.number());
        tree.put("key", section.key());
        tree.put("title", section.title());
        tree.put("recorded", section.recorded());
        List<Object> facts = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<Object> tables = new ArrayList<>();
        for (Content.Block block : section.blocks()) {
            if (block instanceof Content.Facts some) {
                some.facts().forEach(fact -> facts.add(tree(fact)));
            } else if (block instanceof Content.Text text) {
                texts.add(text.text());
            } else if (block instanceof Content.TableBlock table) {
                tables.add(tree(table));
            }
        }
        tree.put("facts", facts);
        tree.put("texts", texts);
        tree.put("tables", tables);
        return tree;
    }

    private static Map<String, @Nullable Object> tree(Content.Fact fact) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", fact.key());
        tree.put("label", fact.label());
        tree.put("value", fact.value().raw());
        return tree;
    }

    private static Map<String, Object> tree(Content.TableBlock table) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("key", table.key());
        tree.put("title", table.title());
        tree.put("total", table.total());
        tree.put(
                "columns",
                table.columns().stream()
                        .map(column -> Map.of("key", column.key(), "label", column.label()))
                        .map(ReportData::sorted)
                        .toList());
        List<Object> rows = new ArrayList<>();
        for (List<Value> row : table.rows()) {
            List<@Nullable Object> cells = new ArrayList<>();
            row.forEach(value -> cells.add(value.raw()));
            rows.add(cells);
        }
        tree.put("rows", rows);
        return tree;
    }

    private static Map<String, String> sorted(Map<String, String> map) {
        return new java.util.TreeMap<>(map);
    }

    private static Map<String, @Nullable Object> tree(FindingLine finding) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("code", finding.code());
        tree.put("subject", finding.subject());
        tree.put("severity", finding.severity().name());
        tree.put("section", finding.section());
        tree.put("text", finding.text());
        tree.put("status", finding.status().name());
        tree.put("owner", finding.ownerRole());
        tree.put("due", finding.dueOn().toString());
        tree.put("firstReport", finding.firstReport());
        tree.put("closedAt", finding.closedAt() == null ? null : iso(finding.closedAt()));
        tree.put("closingNote", finding.closingNote());
        return tree;
    }

    /** A table as CSV: UTF-8 with BOM, so that spreadsheets read the Chinese; RFC 4180; labels first. */
    static byte[] csv(Content.TableBlock table) {
        StringBuilder csv = new StringBuilder("\uFEFF");
        csv.append(line(table.columns().stream().map(Content.Column::label).toList()));
        for (List<Value> row : table.rows()) {
            csv.append(line(row.stream()
                    .map(value -> value.raw() == null ? "" : String.valueOf(value.raw()))
                    .toList()));
        }
        return csv.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String line(List<String> cells) {
        return String.join(",", cells.stream().map(ReportData::cell).toList()) + "\r\n";
    }

    private static String cell(String text) {
        // A spreadsheet would run what begins like a formula; numbers are ours.
        String safe = text.matches("(?s)[=+@\\t\\r-].*") && !text.matches("-?[0-9]+") ? "'" + text : text;
        return safe.matches("(?s).*[\",\\r\\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
    }

    private static String iso(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
