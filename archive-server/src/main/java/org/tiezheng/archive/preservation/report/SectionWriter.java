package org.tiezheng.archive.preservation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.context.MessageSource;
import org.tiezheng.archive.pdf.Tone;

/**
 * What a section is written with. Words come from the bundle {@code report}: {@code report.<section>.<key>}; of tables {@code
 * report.<section>.<table>} and {@code report.<section>.<table>.<column>}.
 */
final class SectionWriter {
    /** Rows of one table; a report is read by people, and its tables are complete up to there and say so beyond. */
    static final int MOST_ROWS = 5_000;

    private final int number;
    private final String key;
    private final MessageSource messages;
    private final Locale locale;
    private final List<Content.Block> blocks = new ArrayList<>();
    private final List<Content.Seen> seen = new ArrayList<>();
    private List<Content.Fact> facts = new ArrayList<>();
    private boolean recorded = true;

    SectionWriter(int number, String key, MessageSource messages, Locale locale) {
        this.number = number;
        this.key = key;
        this.messages = messages;
        this.locale = locale;
    }

    void fact(String fact, Value value) {
        facts.add(new Content.Fact(fact, words(fact), value));
    }

    void fact(String fact, long value) {
        fact(fact, Value.of(value));
    }

    /** A sentence; {@code arguments} as the message format wants them. */
    void text(String text, Object... arguments) {
        say(Tone.PLAIN, text, arguments);
    }

    /** Small: where a figure comes from, what it does not say. */
    void remark(String text, Object... arguments) {
        say(Tone.MUTED, text, arguments);
    }

    void say(Tone tone, String text, Object... arguments) {
        endFacts();
        blocks.add(new Content.Text(tone, words(text, arguments)));
    }

    /** Figures that follow are of the whole archive: said where the report is about a part of it. */
    void unscoped(ReportContext context) {
        if (!context.report().scope().isEveryPackage()) {
            endFacts();
            blocks.add(new Content.Text(Tone.MUTED, messages.getMessage("report.unscoped", null, locale)));
        }
    }

    /** This system keeps nothing about {@code matter}: instead of figures. */
    void notRecorded(String matter) {
        say(Tone.WARN, matter);
        recorded = false;
    }

    /** The source could not be read: instead of everything else. */
    void failed() {
        blocks.clear();
        blocks.add(new Content.Text(Tone.BAD, messages.getMessage("report.failed", null, locale)));
        recorded = false;
    }

    /** A table of this section; {@link Rows#end} puts it in its place. */
    Rows table(String table, String... columns) {
        endFacts();
        return new Rows(table, columns);
    }

    void chart(List<Content.Bar> bars) {
        endFacts();
        if (!bars.isEmpty()) {
            blocks.add(new Content.Chart(bars));
        }
    }

    /**
     * Something is wrong.
     *
     * @param subject what makes it the same finding in the next report: a store, a package, a scope
     * @param arguments of the sentence
     */
    void finding(FindingCode code, String subject, Object... arguments) {
        List<String> texts = new ArrayList<>();
        for (Object argument : arguments) {
            texts.add(String.valueOf(argument));
        }
        seen.add(new Content.Seen(code, subject, number, texts));
    }

    /** Words of this section. */
    String words(String text, Object... arguments) {
        return messages.getMessage("report." + key + "." + text, arguments, locale);
    }

    /** Words of this section, or {@code otherwise} where there are none: for words of other people's programs. */
    String wordsOr(String text, String otherwise) {
        String found = messages.getMessage("report." + key + "." + text, null, null, locale);
        return found == null ? otherwise : found;
    }

    /** Words of any area; {@code otherwise} where there are none. */
    String message(String code, String otherwise) {
        String found = messages.getMessage(code, null, null, locale);
        return found == null ? otherwise : found;
    }

    Locale locale() {
        return locale;
    }

    Content.Section section() {
        endFacts();
        String title = messages.getMessage("report.section." + number, null, locale);
        return new Content.Section(number, key, title, recorded, blocks);
    }

    List<Content.Seen> seen() {
        return seen;
    }

    private void endFacts() {
        if (!facts.isEmpty()) {
            blocks.add(new Content.Facts(facts));
            facts = new ArrayList<>();
        }
    }

    /** Rows of one table. */
    final class Rows {
        private final String table;
        private final List<Content.Column> columns = new ArrayList<>();
        private final List<List<Value>> rows = new ArrayList<>();
        private long total;

        private Rows(String table, String... columns) {
            this.table = table;
            for (String column : columns) {
                this.columns.add(new Content.Column(column, words(table + "." + column)));
            }
        }

        void row(Value... values) {
            if (values.length != columns.size()) {
                throw new IllegalArgumentException(
                        values.length + " values for " + columns.size() + " columns of " + table);
            }
            total++;
            if (rows.size() < MOST_ROWS) {
                rows.add(List.of(values));
            }
        }

        /** There are more rows than were given. */
        void total(long all) {
            total = Math.max(total, all);
        }

        boolean isEmpty() {
            return rows.isEmpty();
        }

        /** An empty table says so in words, {@code <table>.none}. */
        void end() {
            if (rows.isEmpty()) {
                blocks.add(new Content.Text(Tone.MUTED, words(table + ".none")));
            } else {
                blocks.add(new Content.TableBlock(key + "-" + table, words(table), columns, rows, total));
            }
        }
    }
}
