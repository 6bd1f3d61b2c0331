package org.tiezheng.archive.filing.aip;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.pdf.Fonts;
import org.tiezheng.archive.pdf.PdfDocument;
import org.tiezheng.archive.pdf.PdfDocument.Fact;
import org.tiezheng.archive.pdf.Table;
import org.tiezheng.archive.pdf.Table.Cell;
import org.tiezheng.archive.pdf.Table.Column;
import org.tiezheng.archive.pdf.Tone;
import org.tiezheng.archive.web.Format;

/**
 * Writes {@code data/metadata/overview.pdf}: what an archival package holds, for people, as PDF/A-3b (ISO 19005-3), in Chinese.
 *
 * <p>It repeats what eep.xml and mets.xml say and adds nothing. It is no rendering of the captured pages: those are in the
 * packages, as they were seen, and the PDF among them is what the browser printed.
 */
public final class AipOverview {
    /** Name within the bag. */
    public static final String NAME = "data/metadata/overview.pdf";

    /** Of one package; all of them are in mets.xml. */
    private static final int EVENTS = 40;

    private static final Locale LANGUAGE = Locale.SIMPLIFIED_CHINESE;

    private final MessageSource texts;
    private final Fonts fonts;

    public AipOverview(MessageSource texts, Fonts fonts) {
        this.texts = texts;
        this.fonts = fonts;
    }

    /**
     * The document, in memory: some 3 kB a page, a page or two for each package.
     *
     * @param name of the bag's folder
     */
    public byte[] write(
            String name,
            String software,
            Instant madeAt,
            String madeByName,
            List<AipFonds> fonds,
            List<AipDocuments.Told> packages)
            throws IOException {
        PdfDocument.Properties properties = new PdfDocument.Properties(
                words("title"),
                packages.size() == 1 ? packages.get(0).item().archivalCode() : "",
                fonds.isEmpty() ? madeByName : fonds.get(0).unit(),
                name,
                words("page"),
                LANGUAGE,
                madeAt.truncatedTo(ChronoUnit.SECONDS));
        try (PdfDocument pdf = new PdfDocument(fonts, properties)) {
            pdf.title(words("title"), name);
            List<Fact> facts = new ArrayList<>();
            for (AipFonds one : fonds) {
                add(facts, words("fonds"), one.no() + " " + one.name());
                add(facts, words("unit"), one.unit());
            }
            add(facts, words("madeAt"), time(madeAt));
            add(facts, words("madeBy"), madeByName + ", " + software);
            add(facts, words("packages"), String.valueOf(packages.size()));
            pdf.facts(facts);
            pdf.notice(Tone.PLAIN, words("says"));
            pdf.heading(1, words("list"));
            pdf.table(new Table(
                    List.of(
                            Column.text(words("code"), 4),
                            Column.text(words("titleOf"), 5),
                            Column.text(words("date"), 2),
                            Column.number(words("bytes"), 2)),
                    packages.stream()
                            .map(AipDocuments.Told::item)
                            .map(item -> List.of(
                                    Cell.of(item.archivalCode()),
                                    Cell.of(item.title()),
                                    Cell.of(item.documentDate().toString()),
                                    Cell.of(String.format(
                                            Locale.ROOT, "%,d", item.file().sizeBytes()))))
                            .toList()));
            for (AipDocuments.Told told : packages) {
                one(pdf, told);
            }
            missing(pdf);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            pdf.finish(out, name.hashCode() & 0x7fffffffL);
            return out.toByteArray();
        }
    }

    private void one(PdfDocument pdf, AipDocuments.Told told) throws IOException {
        AipItem item = told.item();
        pdf.heading(1, item.archivalCode());
        List<Fact> facts = new ArrayList<>();
        item.elements().forEach((element, value) -> add(facts, element, value));
        AipItem.AipVolume volume = item.volume();
        add(facts, words("volume"), volume == null ? null : volume.archivalCode() + " " + volume.title());
        Integer years = item.retentionYears();
        add(facts, words("retention"), years == null ? words("forEver") : words("years", years));
        add(facts, words("filedBy"), item.filedByName() + ", " + time(item.filedAt()));
        add(facts, words("reason"), item.reason());
        for (AipItem.Officer officer : item.officers()) {
            add(facts, words("officer"), officer.name() + ", " + officer.unit() + ", " + officer.certificateNo());
        }
        add(facts, words("file"), item.file().name());
        add(facts, "SHA-256", item.file().sha256());
        add(facts, "SHA-512", item.file().sha512());
        add(facts, words("wacz", "SHA-256"), item.waczSha256());
        add(facts, words("wacz", "SM3"), item.waczSm3());
        add(facts, words("report"), item.reportName());
        pdf.facts(facts);
        List<CustodyEvent> events = told.events();
        if (!events.isEmpty()) {
            pdf.heading(2, words("events"));
            pdf.table(new Table(
                    List.of(
                            Column.text(words("when"), 3),
                            Column.text(words("what"), 4),
                            Column.text(words("who"), 3),
                            Column.text(words("result"), 2)),
                    events.stream()
                            .limit(EVENTS)
                            .map(event -> List.of(
                                    Cell.of(time(event.at())),
                                    Cell.of(action(event.action())),
                                    Cell.of(event.actorName()),
                                    Cell.of(event.result())))
                            .toList()));
            if (events.size() > EVENTS) {
                pdf.remark(words("more", events.size() - EVENTS));
            }
        }
    }

    private String action(String code) {
        String words = texts.getMessage("audit.action." + code, null, code, LANGUAGE);
        return code.equals(words) ? code : words + "\n" + code;
    }

    private void missing(PdfDocument pdf) throws IOException {
        Map<Integer, Integer> missing = pdf.missing();
        if (!missing.isEmpty()) {
            pdf.remark(words(
                    "missing",
                    missing.keySet().stream()
                            .sorted()
                            .map(point -> String.format(Locale.ROOT, "U+%04X", point))
                            .collect(Collectors.joining(", "))));
        }
    }

    private static void add(List<Fact> facts, String name, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            facts.add(new Fact(name, value));
        }
    }

    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS)
                .atZone(Format.BEIJING)
                .toOffsetDateTime()
                .toString();
    }

    private String words(String key, Object... arguments) {
        return texts.getMessage("filing.overview." + key, arguments, LANGUAGE);
    }
}
