package org.tiezheng.archive.evidencepage;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.tiezheng.archive.evidencepage.capture.Exchanges;

/**
 * A part of the table of requests, filtered and sorted.
 *
 * @param rows of this part
 * @param matching how many rows match the filter
 * @param next offset of the next part; -1 if this is the last
 */
public record ExchangeList(List<Exchanges.Row> rows, int matching, int next, Query query) {
    public static final int PART = 200;

    /**
     * What is asked for. Values that are not known are as if not given.
     *
     * @param text part of address, method, type, host or protocol, in any case
     * @param status {@code 2}, {@code 3}, {@code 4}, {@code 5}, {@code none} (no answer), or empty
     * @param sort name of a column
     * @param down whether the largest comes first
     * @param from rows to leave out
     */
    public record Query(String text, String status, String sort, boolean down, int from) {
        private static final Set<String> SORTS =
                Set.of("no", "method", "status", "type", "bytes", "millis", "host", "url");

        public Query {
            text = text.strip();
            status = status.matches("[2345]|none|truncated") ? status : "";
            sort = SORTS.contains(sort) ? sort : "no";
            from = Math.max(0, from);
        }
    }

    static ExchangeList of(Exchanges all, Query query, int most) {
        String text = query.text().toLowerCase(Locale.ROOT);
        List<Exchanges.Row> matching = all.rows().stream()
                .filter(row -> matches(row, query.status()))
                .filter(row -> text.isEmpty() || contains(row, text))
                .sorted(order(query))
                .toList();
        int from = Math.min(query.from(), matching.size());
        int to = Math.min(matching.size(), from + most);
        return new ExchangeList(matching.subList(from, to), matching.size(), to < matching.size() ? to : -1, query);
    }

    private static boolean matches(Exchanges.Row row, String status) {
        return switch (status) {
            case "" -> true;
            case "none" -> row.status() == 0;
            case "truncated" -> row.truncated() != null;
            default -> row.status() / 100 == status.charAt(0) - '0';
        };
    }

    private static boolean contains(Exchanges.Row row, String text) {
        return row.url().toLowerCase(Locale.ROOT).contains(text)
                || row.mediaType().contains(text)
                || row.method().toLowerCase(Locale.ROOT).equals(text)
                || row.protocol().contains(text)
                || Integer.toString(row.status()).equals(text)
                || row.serverIp().contains(text);
    }

    private static Comparator<Exchanges.Row> order(Query query) {
        Comparator<Exchanges.Row> order = switch (query.sort()) {
            case "method" -> by(Exchanges.Row::method);
            case "status" -> by(Exchanges.Row::status);
            case "type" -> by(Exchanges.Row::mediaType);
            case "bytes" -> by(Exchanges.Row::bytes);
            case "millis" -> by(Exchanges.Row::millis);
            case "host" -> by(Exchanges.Row::host);
            case "url" -> by(Exchanges.Row::url);
            default -> by(Exchanges.Row::no);
        };
        return (query.down() ? order.reversed() : order).thenComparing(Exchanges.Row::no);
    }

    private static <T extends Comparable<T>> Comparator<Exchanges.Row> by(Function<Exchanges.Row, T> value) {
        return Comparator.comparing(value);
    }
}
