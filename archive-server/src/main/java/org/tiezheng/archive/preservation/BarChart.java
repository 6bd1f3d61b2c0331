package org.tiezheng.archive.preservation;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns of a chart as the page draws them: whole numbers for the attributes of SVG rectangles, so that no script and no style is
 * needed. The same figures stand in a table beside it.
 *
 * @param key of its texts, {@code board.chart.<key>}
 * @param width of the drawing, its height likewise; no unit
 */
public record BarChart(String key, int width, int height, List<Column> columns) {
    private static final int HEIGHT = 120;
    private static final int STEP = 24;
    /** The drawing is stretched to its place: few columns stay columns. */
    private static final int LEAST = 12;

    public BarChart {
        columns = List.copyOf(columns);
    }

    /**
     * What is drawn.
     *
     * @param label a day, or the id of what is counted
     * @param href to the rows that are counted
     */
    public record Item(String label, long amount, String shown, String href) {}

    /** A column of the drawing; {@code height} 0 for nothing, at least 1 for something. */
    public record Column(String label, long amount, String shown, String href, int x, int y, int width, int height) {}

    /** The tallest column reaches the top. */
    public static BarChart of(String key, List<Item> items) {
        long most = items.stream().mapToLong(Item::amount).max().orElse(0);
        List<Column> columns = new ArrayList<>();
        int x = 0;
        for (Item item : items) {
            int height = most == 0 ? 0 : (int) Math.round((double) item.amount() / most * HEIGHT);
            if (item.amount() > 0) {
                height = Math.max(1, height);
            }
            columns.add(new Column(
                    item.label(), item.amount(), item.shown(), item.href(), x + 3, HEIGHT - height, STEP - 6, height));
            x += STEP;
        }
        return new BarChart(key, Math.max(LEAST * STEP, x), HEIGHT, columns);
    }

    /** Whether there is anything to draw. */
    public boolean isEmpty() {
        return columns.stream().allMatch(column -> column.amount() == 0);
    }
}
