package org.tiezheng.archive.pdf;

import java.util.List;

/**
 * A table. Its head is repeated on every page it reaches; a row is kept on one page where it fits on one.
 *
 * @param columns at least one
 * @param rows each with as many cells as there are columns
 */
public record Table(List<Column> columns, List<List<Cell>> rows) {
    /** @throws IllegalArgumentException if a row has another number of cells than there are columns */
    public Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a table has columns");
        }
        for (List<Cell> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(row.size() + " cells for " + columns.size() + " columns");
            }
        }
    }

    /**
     * One column.
     *
     * @param share of the width, against the shares of the other columns; greater than 0
     * @param numbers whether the cells are set to the right
     */
    public record Column(String head, double share, boolean numbers) {
        public Column {
            if (!(share > 0)) {
                throw new IllegalArgumentException("share " + share);
            }
        }

        public static Column text(String head, double share) {
            return new Column(head, share, false);
        }

        public static Column number(String head, double share) {
            return new Column(head, share, true);
        }
    }

    /** What stands in a row under a column; line feeds begin new lines. */
    public record Cell(String text, Tone tone) {
        public static Cell of(String text) {
            return new Cell(text, Tone.PLAIN);
        }
    }
}
