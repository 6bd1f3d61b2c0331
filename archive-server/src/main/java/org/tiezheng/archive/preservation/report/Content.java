package org.tiezheng.archive.preservation.report;

import java.util.List;
import org.tiezheng.archive.pdf.Tone;

/** What stands in a report, before it is a PDF, JSON and CSV. */
final class Content {
    private Content() {}

    /**
     * One of the fifteen.
     *
     * @param key word of it in JSON: {@code fixity}
     * @param recorded false if this system keeps nothing about the matter: said so, instead of a zero
     */
    record Section(int number, String key, String title, boolean recorded, List<Block> blocks) {
        Section {
            blocks = List.copyOf(blocks);
        }
    }

    /** Parts of a section, in the order written. */
    sealed interface Block {}

    /** A sentence. */
    record Text(Tone tone, String text) implements Block {}

    /** Names with values, one below the other. */
    record Facts(List<Fact> facts) implements Block {
        Facts {
            facts = List.copyOf(facts);
        }
    }

    record Fact(String key, String label, Value value) {}

    /**
     * A table.
     *
     * @param key word of it in JSON, and its CSV file: {@code fixity-stores}
     * @param rows at most {@link SectionWriter#MOST_ROWS}
     * @param total rows there are; more than are here if the source has more
     */
    record TableBlock(String key, String title, List<Column> columns, List<List<Value>> rows, long total)
            implements Block {
        TableBlock {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
        }
    }

    record Column(String key, String label) {}

    /** Bars; the same figures are always in a table, too. */
    record Chart(List<Bar> bars) implements Block {
        Chart {
            bars = List.copyOf(bars);
        }
    }

    record Bar(String label, Value amount) {}

    /** Something wrong that a section saw. */
    record Seen(FindingCode code, String subject, int section, List<String> arguments) {
        Seen {
            arguments = List.copyOf(arguments);
        }
    }
}
