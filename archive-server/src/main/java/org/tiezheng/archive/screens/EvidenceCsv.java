package org.tiezheng.archive.screens;

import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.web.Format;

/**
 * The evidence list as CSV (RFC 4180, UTF-8 with a byte order mark: without it spreadsheets show Chinese as garbage). Titles
 * and addresses come from captured pages, so no cell may begin a formula.
 */
final class EvidenceCsv {
    /** Keys of the column heads, {@code list.csv.<name>}, in order. */
    private static final List<String> COLUMNS = List.of(
            "id",
            "captured",
            "sealed",
            "archived",
            "verdict",
            "completeness",
            "title",
            "target",
            "final",
            "officers",
            "clue",
            "case",
            "fact",
            "shop",
            "platform",
            "confirmed",
            "retain",
            "size",
            "sha256",
            "sm3",
            "code");

    private static final Format FORMAT = new Format();

    private final MessageSource messages;
    private final Locale locale;

    EvidenceCsv(MessageSource messages, Locale locale) {
        this.messages = messages;
        this.locale = locale;
    }

    void head(Writer out) throws IOException {
        out.write('\ufeff');
        for (int i = 0; i < COLUMNS.size(); i++) {
            cell(out, i == 0, messages.getMessage("list.csv." + COLUMNS.get(i), null, locale));
        }
        out.write("\r\n");
    }

    void row(Writer out, Evidence evidence) throws IOException {
        cell(out, true, evidence.id().toString());
        cell(out, false, time(evidence.capturedFrom()));
        cell(out, false, time(evidence.sealedAt()));
        cell(out, false, time(evidence.archivedAt()));
        cell(out, false, messages.getMessage("common.verdict." + evidence.verdict(), null, locale));
        cell(out, false, messages.getMessage("common.completeness." + evidence.completeness(), null, locale));
        cell(out, false, evidence.title());
        cell(out, false, evidence.targetUrl());
        cell(out, false, evidence.finalUrl());
        cell(out, false, String.join("; ", evidence.officerNames()));
        cell(out, false, evidence.clueNo());
        cell(out, false, evidence.caseNo());
        cell(out, false, evidence.factToProve());
        cell(out, false, evidence.shop());
        cell(out, false, evidence.platform());
        cell(out, false, time(evidence.confirmedAt()));
        cell(out, false, time(evidence.retainUntil()));
        cell(out, false, Long.toString(evidence.sizeBytes()));
        cell(out, false, evidence.sha256().hex());
        cell(out, false, evidence.sm3().hex());
        cell(out, false, evidence.archivalCode());
        out.write("\r\n");
    }

    private static String time(@Nullable Instant instant) {
        return instant == null ? "" : FORMAT.time(instant);
    }

    private static void cell(Writer out, boolean first, @Nullable String value) throws IOException {
        if (!first) {
            out.write(',');
        }
        if (value == null || value.isEmpty()) {
            return;
        }
        out.write('"');
        out.write(harmless(value).replace("\"", "\"\""));
        out.write('"');
    }

    /**
     * A text that no spreadsheet takes for a formula: one that begins like one, with or without blanks before it, gets an
     * apostrophe, which spreadsheets take for "this is text".
     */
    static String harmless(String value) {
        String bare = value.stripLeading();
        boolean control = Character.isISOControl(value.charAt(0));
        return control || (!bare.isEmpty() && "=+-@＝＋－＠".indexOf(bare.charAt(0)) >= 0) ? "'" + value : value;
    }
}
