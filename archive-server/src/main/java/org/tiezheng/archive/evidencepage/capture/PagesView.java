package org.tiezheng.archive.evidencepage.capture;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
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
            byte[] line = line(lines); // the header
            while (line != null && pages.size() < MAX_PAGES) {
                line = line(lines);
                if (line != null && line.length > 0) {
                    pages.add(ViewJson.read(line, "pages.jsonl", Page.class));
                }
            }
        }
        return List.copyOf(pages);
    }

    private static byte @Nullable [] line(InputStream in) throws UnreadableFileException, IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        while (b >= 0 && b != '\n') {
            if (line.size() == MAX_LINE) {
                throw new UnreadableFileException("pages.jsonl: a line has more than " + MAX_LINE + " bytes");
            }
            line.write(b);
            b = in.read();
        }
        return line.toByteArray();
    }
}
