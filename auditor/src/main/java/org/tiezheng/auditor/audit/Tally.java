package org.tiezheng.auditor.audit;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** How many of each were checked, of how many. Not safe for use by several threads. */
final class Tally {
    /**
     * A row of the table.
     *
     * @param place name of the copy; empty for log and store
     */
    record Row(Area area, String place) implements Comparable<Row> {
        private static final Comparator<Row> ORDER =
                Comparator.comparing(Row::place).thenComparing(Row::area);

        @Override
        public int compareTo(Row other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * Its numbers.
     *
     * @param of how many there are
     * @param checked how many of them were checked, with whatever outcome
     * @param problems how many findings there are
     */
    record Count(long of, long checked, long problems) {
        static final Count NONE = new Count(0, 0, 0);

        Count plus(Count other) {
            return new Count(of + other.of, checked + other.checked, problems + other.problems);
        }
    }

    private final Map<Row, Count> counts = new TreeMap<>();

    void add(Area area, String place, Count more) {
        counts.merge(new Row(area, place), more, Count::plus);
    }

    void addAll(Tally other) {
        other.counts.forEach((row, count) -> counts.merge(row, count, Count::plus));
    }

    Map<Row, Count> counts() {
        return Map.copyOf(counts);
    }

    Count get(Area area, String place) {
        return counts.getOrDefault(new Row(area, place), Count.NONE);
    }
}
