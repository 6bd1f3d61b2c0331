package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.pdf.Attachment;
import org.tiezheng.archive.pdf.Fonts;
import org.tiezheng.archive.pdf.PdfDocument;
import org.tiezheng.archive.pdf.Table;
import org.tiezheng.archive.pdf.Tone;
import org.tiezheng.archive.web.Format;
import org.tiezheng.evidence.Digest;

/** A report as print: PDF/A-3b with its data inside. */
final class ReportPdf {
    /** Rows of a table in print; the rest is in the CSV. */
    private static final int PRINTED_ROWS = 300;

    private final Fonts fonts;
    private final MessageSource messages;
    private final Locale locale;
    private final ReportData data;
    private final Format format = new Format();

    ReportPdf(Fonts fonts, MessageSource messages, ReportData data) {
        this.fonts = fonts;
        this.messages = messages;
        this.locale = data.report().locale();
        this.data = data;
    }

    /**
     * Writes the document.
     *
     * @param json what goes inside, and whose digest stands at the foot of every page
     * @return how many pages
     */
    int write(byte[] json, OutputStream out) throws IOException {
        AuditReport report = data.report();
        Digest digest = Digest.of(Digest.Algorithm.SHA256, json);
        PdfDocument.Properties properties = new PdfDocument.Properties(
                words("title"),
                report.number(),
                report.requestedByName(),
                words("foot", digest.hex()),
                words("page"),
                locale,
                data.madeAt());
        try (PdfDocument pdf = new PdfDocument(fonts, properties)) {
            pdf.title(words("title"), words("period", format.time(report.from()), format.time(report.to())));
            summary(pdf);
            for (Content.Section section : data.sections()) {
                section(pdf, section);
            }
            findings(pdf);
            verification(pdf, digest);
            Map<Integer, Integer> missing = pdf.missing();
            if (!missing.isEmpty()) {
                pdf.heading(2, words("missing"));
                pdf.paragraph(words(
                        "missing.text",
                        missing.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(e -> String.format(Locale.ROOT, "U+%04X × %d", e.getKey(), e.getValue()))
                                .collect(Collectors.joining(", "))));
            }
            pdf.attach(new Attachment("report.json", "application/json", words("attachment"), json));
            long identity = java.nio.ByteBuffer.wrap(digest.bytes()).getLong() & Long.MAX_VALUE;
            return pdf.finish(out, identity);
        }
    }

    private void summary(PdfDocument pdf) throws IOException {
        Map<Severity, Long> open = data.findings().stream()
                .filter(line -> line.status() != ReportData.Status.CLOSED)
                .collect(Collectors.groupingBy(ReportData.FindingLine::severity, Collectors.counting()));
        long high = open.getOrDefault(Severity.HIGH, 0L);
        long all = open.values().stream().mapToLong(Long::longValue).sum();
        Tone tone = high > 0 ? Tone.BAD : all > 0 ? Tone.WARN : Tone.OK;
        pdf.notice(
                tone,
                all == 0
                        ? words("summary.none")
                        : words(
                                "summary",
                                all,
                                high,
                                open.getOrDefault(Severity.MEDIUM, 0L),
                                open.getOrDefault(Severity.LOW, 0L)));
        List<String> silent = data.sections().stream()
                .filter(section -> !section.recorded())
                .map(section -> words("sectionNo", section.number(), section.title()))
                .toList();
        if (!silent.isEmpty()) {
            pdf.notice(Tone.MUTED, words("summary.silent", String.join("; ", silent)));
        }
    }

    private void section(PdfDocument pdf, Content.Section section) throws IOException {
        pdf.heading(1, words("sectionNo", section.number(), section.title()));
        for (Content.Block block : section.blocks()) {
            if (block instanceof Content.Text text) {
                text(pdf, text);
            } else if (block instanceof Content.Facts facts) {
                pdf.facts(facts.facts().stream()
                        .map(fact ->
                                new PdfDocument.Fact(fact.label(), fact.value().shown()))
                        .toList());
            } else if (block instanceof Content.TableBlock table) {
                table(pdf, table);
            } else if (block instanceof Content.Chart chart) {
                pdf.bars(chart.bars().stream().map(ReportPdf::bar).toList());
            }
        }
    }

    private static PdfDocument.Bar bar(Content.Bar bar) {
        double amount = bar.amount().raw() instanceof Long number ? number : 0;
        return new PdfDocument.Bar(bar.label(), amount, bar.amount().shown());
    }

    private static void text(PdfDocument pdf, Content.Text text) throws IOException {
        switch (text.tone()) {
            case PLAIN -> pdf.paragraph(text.text());
            case MUTED -> pdf.remark(text.text());
            default -> pdf.notice(text.tone(), text.text());
        }
    }

    private void table(PdfDocument pdf, Content.TableBlock block) throws IOException {
        pdf.heading(2, block.title());
        List<List<Value>> rows = block.rows();
        List<Table.Column> columns = new ArrayList<>();
        for (int i = 0; i < block.columns().size(); i++) {
            int column = i;
            String head = block.columns().get(i).label();
            boolean number = rows.stream().allMatch(row -> row.get(column).number());
            // Wide columns for long texts, without any one taking all.
            double longest = rows.stream()
                    .limit(PRINTED_ROWS)
                    .mapToDouble(row -> weight(row.get(column).shown()))
                    .max()
                    .orElse(1);
            // A word of the head is not cut: bold letters are wider.
            double least = Math.max(Math.min(weight(head), 6), 1.3 * longestWord(head));
            columns.add(new Table.Column(head, Math.min(34, Math.max(longest, least)) + 2, number));
        }
        List<List<Table.Cell>> cells = rows.stream()
                .limit(PRINTED_ROWS)
                .map(row ->
                        row.stream().map(value -> Table.Cell.of(value.shown())).toList())
                .toList();
        pdf.table(new Table(columns, cells));
        if (block.total() > cells.size()) {
            pdf.remark(words("table.cut", cells.size(), block.total(), rows.size(), block.key() + ".csv"));
        }
    }

    private static double longestWord(String text) {
        return Stream.of(text.split(" ", -1))
                .mapToDouble(word -> isLatin(word) ? weight(word) : 4)
                .max()
                .orElse(1);
    }

    private static boolean isLatin(String word) {
        return word.codePoints().allMatch(point -> point < 0x2E80);
    }

    /** Width in half characters. */
    private static double weight(String text) {
        return text.lines()
                .mapToDouble(
                        line -> line.codePoints().map(p -> p < 0x2E80 ? 1 : 2).sum())
                .max()
                .orElse(1);
    }

    private void findings(PdfDocument pdf) throws IOException {
        pdf.heading(1, words("sectionNo", 15, words("section.15")));
        if (data.findings().isEmpty()) {
            pdf.paragraph(words("findings.none"));
            return;
        }
        List<List<Table.Cell>> rows = new ArrayList<>();
        for (ReportData.FindingLine line : data.findings()) {
            boolean closed = line.status() == ReportData.Status.CLOSED;
            Tone tone = closed
                    ? Tone.MUTED
                    : switch (line.severity()) {
                        case HIGH -> Tone.BAD;
                        case MEDIUM -> Tone.WARN;
                        case LOW -> Tone.PLAIN;
                    };
            String state = words("status." + line.status());
            if (closed) {
                state += "\n" + format.time(line.closedAt()) + "\n" + line.closingNote();
            }
            rows.add(List.of(
                    new Table.Cell(words("severity." + line.severity()), tone),
                    Table.Cell.of(line.text() + "\n" + words("findings.code", line.code(), line.section())),
                    Table.Cell.of(state),
                    Table.Cell.of(messages.getMessage("nav.role." + line.ownerRole(), null, locale)),
                    Table.Cell.of(line.dueOn().toString()),
                    Table.Cell.of(line.firstReport())));
        }
        pdf.table(new Table(
                List.of(
                        Table.Column.text(words("findings.severity"), 3),
                        Table.Column.text(words("findings.text"), 15),
                        Table.Column.text(words("findings.status"), 6),
                        Table.Column.text(words("findings.owner"), 5),
                        Table.Column.text(words("findings.due"), 5),
                        Table.Column.text(words("findings.first"), 6)),
                rows));
    }

    private void verification(PdfDocument pdf, Digest digest) throws IOException {
        pdf.heading(1, words("verify"));
        pdf.paragraph(words("verify.text", data.report().number() + ".asice"));
        pdf.code(commands(data.report().number()));
        pdf.remark(words("verify.data"));
        pdf.code(digest.hex());
        pdf.remark(words("verify.log", data.report().id()));
    }

    /** What checks the container with other people's tools; also in its VERIFY.txt. */
    static String commands(String number) {
        return """
                unzip -q %s.asice -d %s && cd %s
                sha256sum -c SHA256SUMS
                openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \\
                    -content META-INF/ASiCManifest001.xml -CAfile ../root.pem -purpose any -out /dev/null
                openssl ts -verify -token_in -in META-INF/timestamp002.tst \\
                    -data META-INF/ASiCManifest002.xml -CAfile ../root.pem
                pdfdetach -save 1 -o inside.json report.pdf && cmp inside.json report.json""".replace("%s", number);
    }

    static byte[] verifyText(String number, Instant madeAt) {
        return ("Tiezheng audit report " + number + ", " + madeAt + "\n"
                        + "root.pem: the operator's root certificate, from another place than this file; put it beside the .asice file.\n\n"
                        + commands(number) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private String words(String key, Object... arguments) {
        return messages.getMessage("report." + key, arguments, locale);
    }
}
