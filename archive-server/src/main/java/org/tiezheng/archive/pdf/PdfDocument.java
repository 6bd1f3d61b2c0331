package org.tiezheng.archive.pdf;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.destination.PDPageXYZDestination;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.outline.PDDocumentOutline;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.outline.PDOutlineItem;
import org.jspecify.annotations.Nullable;

/**
 * One A4 document, written from top to bottom, saved as PDF/A-3b: fonts embedded, nothing referred to, files inside.
 *
 * <pre>
 * try (PdfDocument pdf = new PdfDocument(Fonts.bundled(), properties)) {
 *     pdf.title("审计报告", "2026 年第 1 号");
 *     pdf.heading(1, "一、范围");
 *     pdf.paragraph("……");
 *     pdf.attach(json);
 *     pdf.finish(out);
 * }
 * </pre>
 *
 * <p>The same calls give the same bytes on the same JDK. Characters no font has are printed as {@code [U+20BB7]} and told by
 * {@link #missing()}; say so in the document. For one thread. Everything is in memory until {@link #finish}: some 3 kB a page and
 * 25 MB of fonts, so leave thousands of rows to an attachment.
 */
public final class PdfDocument implements Closeable {
    private static final float LEFT = 62;
    private static final float RIGHT = 50;
    private static final float TOP = 64;
    private static final float BOTTOM = 58;
    private static final float WIDTH = PDRectangle.A4.getWidth() - LEFT - RIGHT;
    private static final double TEXT = 10;
    private static final double SMALL = 8.5;
    private static final double TINY = 7;
    private static final double LEADING = 1.5;
    private static final int RULE = 0xb8c0ca;
    private static final int HEAD_GROUND = 0xeceff3;
    private static final int BAR = 0x1b4f91;
    private static final double PAD = 3.5;

    private final PDDocument document = new PDDocument();
    private final Properties properties;
    private final Letters letters;
    private final List<Attachment> attachments = new ArrayList<>();
    private final List<PDOutlineItem> outline = new ArrayList<>();
    private @Nullable PDPage page;
    private @Nullable PDPageContentStream ink;
    /** From the top of the page to the next line. */
    private double y;

    /**
     * What stands at the head and foot of every page and in the document's properties.
     *
     * @param title short: head of every page, and the title a viewer shows
     * @param number of the document, at the right of the head
     * @param author who made it
     * @param foot one line at the foot of every page, such as a digest
     * @param pageWords pattern for "page 1 of 9": {@code "第 %d 页 / 共 %d 页"}
     * @param language of the text
     * @param madeAt to the second
     */
    public record Properties(
            String title,
            String number,
            String author,
            String foot,
            String pageWords,
            Locale language,
            Instant madeAt) {}

    /** A name with its value. */
    public record Fact(String name, String value) {}

    /**
     * A bar of a chart.
     *
     * @param amount 0 or more; the longest bar has the greatest
     * @param shown the amount in words
     */
    public record Bar(String name, double amount, String shown) {}

    /** @throws IOException if a font cannot be read */
    public PdfDocument(Fonts fonts, Properties properties) throws IOException {
        this.properties = properties;
        try {
            this.letters = new Letters(document, fonts);
        } catch (IOException | RuntimeException e) {
            document.close();
            throw e;
        }
    }

    // ---- what can be written -------------------------------------------------------------------------------------

    /** Big title in the middle, with a line below it; {@code sub} may be empty. */
    public void title(String main, String sub) throws IOException {
        centred(main, 20, true, Tone.PLAIN);
        if (!sub.isEmpty()) {
            y += 2;
            centred(sub, 11, false, Tone.MUTED);
        }
        y += 8;
        need(4);
        line(LEFT, LEFT + WIDTH, y, BAR, 1.2);
        y += 14;
    }

    private void centred(String text, double size, boolean inBold, Tone tone) throws IOException {
        String drawable = letters.drawable(text);
        for (String line : lines(drawable, WIDTH, inBold, size)) {
            need(size * 1.4);
            y += size * 1.4;
            draw(line, LEFT + (WIDTH - letters.width(line, inBold, size)) / 2, y, size, inBold, tone.ink());
        }
    }

    /**
     * A heading; it is also a bookmark, and never the last line of a page.
     *
     * @param level 1 or 2
     */
    public void heading(int level, String text) throws IOException {
        double size = level == 1 ? 14 : 11.5;
        String drawable = letters.drawable(text);
        List<String> lines = lines(drawable, WIDTH, true, size);
        y += level == 1 ? 12 : 7;
        need(lines.size() * size * 1.4 + 40);
        PDOutlineItem item = new PDOutlineItem();
        item.setTitle(drawable);
        PDPageXYZDestination there = new PDPageXYZDestination();
        there.setPage(page());
        there.setTop((int) Math.ceil(PDRectangle.A4.getHeight() - y));
        item.setDestination(there);
        if (level > 1 && !outline.isEmpty()) {
            outline.get(outline.size() - 1).addLast(item);
        } else {
            outline.add(item);
        }
        for (String line : lines) {
            y += size * 1.4;
            draw(line, LEFT, y, size, true, Tone.PLAIN.ink());
        }
        y += 6;
    }

    public void paragraph(String text) throws IOException {
        text(text, TEXT, Tone.PLAIN);
        y += 5;
    }

    /** Small and grey: where a figure comes from, what it does not say. */
    public void remark(String text) throws IOException {
        text(text, SMALL, Tone.MUTED);
        y += 4;
    }

    private void text(String text, double size, Tone tone) throws IOException {
        for (String line : lines(letters.drawable(text), WIDTH, false, size)) {
            need(size * LEADING);
            y += size * LEADING;
            draw(line, LEFT, y, size, false, tone.ink());
        }
    }

    /** A box with a coloured edge. */
    public void notice(Tone tone, String text) throws IOException {
        List<String> lines = lines(letters.drawable(text), WIDTH - 20, false, TEXT);
        // On one page where it fits on one.
        if (lines.size() < 30) {
            need(lines.size() * TEXT * LEADING + 10);
        }
        y += 3;
        for (int i = 0; i < lines.size(); i++) {
            need(TEXT * LEADING + 4);
            double height = TEXT * LEADING + (i == 0 ? 3 : 0) + (i == lines.size() - 1 ? 4 : 0);
            box(LEFT, y, WIDTH, height, tone.ground());
            box(LEFT, y, 3, height, tone.ink());
            y += (i == 0 ? 3 : 0) + TEXT * LEADING;
            draw(lines.get(i), LEFT + 12, y - 2.5, TEXT, false, tone.ink());
            y += i == lines.size() - 1 ? 4 : 0;
        }
        y += 7;
    }

    /** Names at the left, values at the right of them. */
    public void facts(List<Fact> facts) throws IOException {
        double nameWidth = 0;
        List<Fact> drawable = new ArrayList<>();
        for (Fact fact : facts) {
            Fact one = new Fact(letters.drawable(fact.name()), letters.drawable(fact.value()));
            drawable.add(one);
            nameWidth = Math.max(nameWidth, letters.width(one.name(), false, TEXT));
        }
        nameWidth = Math.min(nameWidth, WIDTH * 0.4);
        for (Fact fact : drawable) {
            List<String> names = lines(fact.name(), nameWidth + 0.01, false, TEXT);
            List<String> values = lines(fact.value(), WIDTH - nameWidth - 14, false, TEXT);
            for (int i = 0; i < Math.max(names.size(), values.size()); i++) {
                need(TEXT * LEADING);
                y += TEXT * LEADING;
                if (i < names.size()) {
                    draw(names.get(i), LEFT, y, TEXT, false, Tone.MUTED.ink());
                }
                if (i < values.size()) {
                    draw(values.get(i), LEFT + nameWidth + 14, y, TEXT, false, Tone.PLAIN.ink());
                }
            }
            y += 1.5;
        }
        y += 6;
    }

    /** A table with nothing in it is a head alone: say in words that nothing is there. */
    public void table(Table table) throws IOException {
        double shares =
                table.columns().stream().mapToDouble(Table.Column::share).sum();
        double[] widths = table.columns().stream()
                .mapToDouble(c -> c.share() / shares * WIDTH)
                .toArray();
        List<Table.Cell> heads =
                table.columns().stream().map(c -> Table.Cell.of(c.head())).toList();
        List<List<String>> head = cells(heads, widths, true);
        need(height(head) + 3 * SMALL * LEADING);
        head(table, head, widths);
        for (List<Table.Cell> row : table.rows()) {
            row(table, row, head, widths);
        }
        y += 9;
    }

    private void head(Table table, List<List<String>> head, double[] widths) throws IOException {
        double height = height(head);
        box(LEFT, y, WIDTH, height, HEAD_GROUND);
        line(LEFT, LEFT + WIDTH, y, RULE, 0.6);
        List<Tone> tones = table.columns().stream().map(c -> Tone.PLAIN).toList();
        lines(table, head, widths, 0, Integer.MAX_VALUE, true, tones);
        line(LEFT, LEFT + WIDTH, y, RULE, 0.6);
    }

    private void row(Table table, List<Table.Cell> row, List<List<String>> head, double[] widths) throws IOException {
        List<List<String>> cells = cells(row, widths, false);
        List<Tone> tones = row.stream().map(Table.Cell::tone).toList();
        double room = PDRectangle.A4.getHeight() - BOTTOM - TOP - height(head);
        int total = cells.stream().mapToInt(List::size).max().orElse(1);
        if (height(cells) <= room) {
            if (y + height(cells) > PDRectangle.A4.getHeight() - BOTTOM) {
                newPage();
                head(table, head, widths);
            }
            lines(table, cells, widths, 0, total, false, tones);
        } else {
            // Longer than a page: as many lines as fit, then the next page.
            for (int from = 0; from < total; ) {
                int fit = (int) ((PDRectangle.A4.getHeight() - BOTTOM - y - 2 * PAD) / (SMALL * LEADING));
                if (fit < 1) {
                    newPage();
                    head(table, head, widths);
                    continue;
                }
                int to = Math.min(total, from + fit);
                lines(table, cells, widths, from, to, false, tones);
                from = to;
            }
        }
        line(LEFT, LEFT + WIDTH, y, RULE, 0.4);
    }

    private List<List<String>> cells(List<Table.Cell> row, double[] widths, boolean inBold) throws IOException {
        List<List<String>> cells = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            cells.add(lines(letters.drawable(row.get(i).text()), widths[i] - 2 * PAD, inBold, SMALL));
        }
        return cells;
    }

    private static double height(List<List<String>> cells) {
        return cells.stream().mapToInt(List::size).max().orElse(1) * SMALL * LEADING + 2 * PAD;
    }

    /** Draws lines {@code from} to {@code to} of each cell and moves below them. */
    private void lines(
            Table table, List<List<String>> cells, double[] widths, int from, int to, boolean inBold, List<Tone> tones)
            throws IOException {
        double x = LEFT;
        int most = 0;
        for (int i = 0; i < cells.size(); i++) {
            List<String> cell = cells.get(i);
            int end = Math.min(to, cell.size());
            for (int n = from; n < end; n++) {
                String text = cell.get(n);
                double at = table.columns().get(i).numbers()
                        ? x + widths[i] - PAD - letters.width(text, inBold, SMALL)
                        : x + PAD;
                double base = y + PAD + (n - from + 1) * SMALL * LEADING - SMALL * 0.38;
                draw(text, at, base, SMALL, inBold, tones.get(i).ink());
            }
            most = Math.max(most, end - from);
            x += widths[i];
        }
        y += most * SMALL * LEADING + 2 * PAD;
    }

    /** Horizontal bars, the amount in words behind each. */
    public void bars(List<Bar> bars) throws IOException {
        double most = bars.stream().mapToDouble(Bar::amount).max().orElse(0);
        double nameWidth = WIDTH * 0.3;
        double room = WIDTH * 0.45;
        for (Bar bar : bars) {
            List<String> name = lines(letters.drawable(bar.name()), nameWidth - 6, false, SMALL);
            need(name.size() * SMALL * LEADING + 4);
            double length = most > 0 ? Math.max(bar.amount() > 0 ? 1 : 0, bar.amount() / most * room) : 0;
            if (length > 0) {
                box(LEFT + nameWidth, y + 3, length, SMALL, BAR);
            }
            for (int i = 0; i < name.size(); i++) {
                draw(name.get(i), LEFT, y + (i + 1) * SMALL * LEADING - 2, SMALL, false, Tone.PLAIN.ink());
            }
            String shown = letters.drawable(bar.shown());
            draw(shown, LEFT + nameWidth + length + 6, y + SMALL * LEADING - 2, SMALL, false, Tone.PLAIN.ink());
            y += name.size() * SMALL * LEADING + 4;
        }
        y += 6;
    }

    /** Text as it is, in small letters on grey: commands, digests. */
    public void code(String text) throws IOException {
        for (String line : lines(letters.drawable(text), WIDTH - 12, false, SMALL)) {
            need(SMALL * LEADING);
            box(LEFT, y, WIDTH, SMALL * LEADING + 0.3, HEAD_GROUND);
            y += SMALL * LEADING;
            draw(line, LEFT + 6, y - 3, SMALL, false, Tone.PLAIN.ink());
        }
        y += 8;
    }

    /** Puts a file into the document; names are distinct. */
    public void attach(Attachment attachment) {
        attachments.add(attachment);
    }

    /** Code points no font had, with how often they were written; each stands in the document as {@code [U+…]}. */
    public Map<Integer, Integer> missing() {
        return Map.copyOf(letters.missing());
    }

    // ---- end -----------------------------------------------------------------------------------------------------

    /**
     * Numbers the pages and writes the document. Nothing can be added afterwards.
     *
     * @param identity what makes the document's id: equal for equal content
     * @return how many pages there are
     */
    @CanIgnoreReturnValue
    public int finish(OutputStream out, long identity) throws IOException {
        page();
        closePage();
        int pages = document.getNumberOfPages();
        String title = letters.drawable(properties.title());
        String number = letters.drawable(properties.number());
        String foot = letters.drawable(properties.foot());
        for (int i = 0; i < pages; i++) {
            ink = new PDPageContentStream(
                    document, document.getPage(i), PDPageContentStream.AppendMode.APPEND, true, true);
            double end = LEFT + WIDTH;
            draw(title, LEFT, 40, SMALL, false, Tone.MUTED.ink());
            draw(number, end - letters.width(number, false, SMALL), 40, SMALL, false, Tone.MUTED.ink());
            line(LEFT, end, 46, RULE, 0.5);
            double bottom = PDRectangle.A4.getHeight() - BOTTOM + 20;
            line(LEFT, end, bottom - 10, RULE, 0.5);
            draw(foot, LEFT, bottom, TINY, false, Tone.MUTED.ink());
            String no = letters.drawable(String.format(Locale.ROOT, properties.pageWords(), i + 1, pages));
            draw(no, end - letters.width(no, false, SMALL), bottom, SMALL, false, Tone.MUTED.ink());
            closePage();
        }
        if (!outline.isEmpty()) {
            PDDocumentOutline root = new PDDocumentOutline();
            outline.forEach(root::addLast);
            document.getDocumentCatalog().setDocumentOutline(root);
        }
        new Archival(document, properties).prepare(attachments);
        document.setDocumentId(identity);
        document.save(out);
        return pages;
    }

    /** Lets go of everything, finished or not. */
    @Override
    public void close() throws IOException {
        try (document) {
            closePage();
        }
    }

    // ---- page ----------------------------------------------------------------------------------------------------

    private List<String> lines(String drawable, double width, boolean inBold, double size) throws IOException {
        return LineBreaker.lines(drawable, width, text -> letters.width(text, inBold, size));
    }

    /** Begins a new page unless so much room is left. */
    private void need(double height) throws IOException {
        if (page == null || y + height > PDRectangle.A4.getHeight() - BOTTOM) {
            newPage();
        }
    }

    private void newPage() throws IOException {
        closePage();
        PDPage next = new PDPage(PDRectangle.A4);
        document.addPage(next);
        page = next;
        ink = new PDPageContentStream(document, next);
        y = TOP;
    }

    private void closePage() throws IOException {
        PDPageContentStream open = ink;
        if (open != null) {
            ink = null;
            open.close();
        }
    }

    private PDPage page() throws IOException {
        if (page == null) {
            newPage();
        }
        return Objects.requireNonNull(page);
    }

    /** @param base from the top of the page to the base line */
    private void draw(String text, double x, double base, double size, boolean inBold, int rgb) throws IOException {
        if (text.isEmpty()) {
            return;
        }
        page();
        PDPageContentStream stream = Objects.requireNonNull(ink);
        stream.beginText();
        colour(stream, rgb);
        stream.newLineAtOffset((float) x, (float) (PDRectangle.A4.getHeight() - base));
        for (Letters.Run run : letters.runs(text, inBold)) {
            stream.setFont(run.font(), (float) size);
            stream.showText(run.text());
        }
        stream.endText();
    }

    private void box(double x, double top, double width, double height, int rgb) throws IOException {
        PDPageContentStream stream = Objects.requireNonNull(ink);
        colour(stream, rgb);
        stream.addRect((float) x, (float) (PDRectangle.A4.getHeight() - top - height), (float) width, (float) height);
        stream.fill();
    }

    private void line(double from, double to, double at, int rgb, double width) throws IOException {
        box(from, at, to - from, width, rgb);
    }

    private static void colour(PDPageContentStream stream, int rgb) throws IOException {
        stream.setNonStrokingColor((rgb >> 16 & 0xff) / 255f, (rgb >> 8 & 0xff) / 255f, (rgb & 0xff) / 255f);
    }
}
