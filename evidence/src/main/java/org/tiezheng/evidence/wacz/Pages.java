package org.tiezheng.evidence.wacz;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code pages/pages.jsonl}: a header line, then one line for each page that a player offers to open. */
public final class Pages {
    private Pages() {}

    /**
     * One page.
     *
     * @param url as in the WARC record of its main document
     * @param at WARC-Date of that record; written with milliseconds
     * @param title as the browser showed it
     * @param text visible text, for the player's search; null to leave it out
     */
    public record Page(
            String url, Instant at, String title, @Nullable String text) {}

    /** The whole file, UTF-8. */
    public static byte[] toJsonl(List<Page> pages) {
        StringBuilder lines = new StringBuilder();
        ObjectNode header = Json.object();
        header.put("format", "json-pages-1.0");
        header.put("id", "pages");
        header.put("title", "All Pages");
        header.put("hasText", pages.stream().anyMatch(page -> page.text() != null));
        lines.append(Json.line(header)).append('\n');
        int number = 0;
        for (Page page : pages) {
            ObjectNode line = Json.object();
            line.put("id", "page-" + ++number);
            line.put("url", page.url());
            line.put("ts", page.at().truncatedTo(ChronoUnit.MILLIS).toString());
            line.put("title", page.title());
            if (page.text() != null) {
                line.put("text", page.text());
            }
            lines.append(Json.line(line)).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
