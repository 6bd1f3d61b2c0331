package org.tiezheng.archive.evidencepage.capture;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code pages/pages.jsonl}: the pages a player can open. */
public final class PagesView {
    public static final String PATH = "pages/pages.jsonl";
    private static final int MAX_PAGES = 100;
    private static final int MAX_LINE = 8 << 20;

    private PagesView() {}

    /**
     * @param url of the page; addresses above {@link Shown#MAX_CHARS} are cut and cannot be replayed
     * @param ts time of the page as in the file
     */
    public record Page(String url, String ts, String title) {
        public Page(@Nullable String url, @Nullable String ts, @Nullable String title) {
            this.url = ViewJson.text(url);
            this.ts = ViewJson.text(ts);
            this.title = ViewJson.text(title);
        }
    }

    /** The first 100 pages; closes {@code in}. */
    public static List<Page> read(InputStream in) throws UnreadableFileException, IOException {
        List<Page> pages = new ArrayList<>();
        try (InputStream lines = new BufferedInputStream(in, 1 << 16)) {
            byte[] line = ViewJson.line(lines, "pages.jsonl", MAX_LINE); // the header
            while (line != null && pages.size() < MAX_PAGES) {
                line = ViewJson.line(lines, "pages.jsonl", MAX_LINE);
                if (line != null && line.length > 0) {
                    pages.add(ViewJson.read(line, "pages.jsonl", Page.class));
                }
            }
        }
        return List.copyOf(pages);
    }
}
