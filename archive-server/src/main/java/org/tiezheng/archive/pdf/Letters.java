package org.tiezheng.archive.pdf;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;

/**
 * The fonts of one document: which font draws which character, how wide it is, and which characters none can draw.
 *
 * <p>Such a character is printed as {@code [U+20BB7]} and counted: a name in a report is right, or says that it is not.
 */
final class Letters {
    private final List<Face> regular = new ArrayList<>();
    private final List<Face> bold = new ArrayList<>();
    private final Map<Integer, Integer> missing = new TreeMap<>();

    /** One font embedded in the document; only the glyphs used are. */
    private record Face(PDFont font, CmapLookup glyphs, TrueTypeFont outlines, Map<Integer, Double> widths) {
        static Face load(PDDocument document, Fonts.Source source) throws IOException {
            try (InputStream in = source.open()) {
                TrueTypeFont outlines = new TTFParser().parse(new RandomAccessReadBuffer(in));
                // Ligatures would be glyphs without a character: text copied from the document would lack them.
                outlines.setEnableGsub(false);
                PDFont font = PDType0Font.load(document, outlines, true);
                return new Face(font, outlines.getUnicodeCmapLookup(), outlines, new HashMap<>());
            }
        }

        boolean has(int point) {
            return glyphs.getGlyphId(point) != 0;
        }

        /** In thousandths of the font size. */
        double width(int point) throws IOException {
            Double known = widths.get(point);
            if (known == null) {
                known = outlines.getAdvanceWidth(glyphs.getGlyphId(point)) * 1000.0 / outlines.getUnitsPerEm();
                widths.put(point, known);
            }
            return known;
        }
    }

    /** A piece of text for one font. */
    record Run(PDFont font, String text) {}

    Letters(PDDocument document, Fonts fonts) throws IOException {
        for (Fonts.Source source : fonts.regular()) {
            regular.add(Face.load(document, source));
        }
        bold.add(Face.load(document, fonts.bold()));
        bold.addAll(regular);
    }

    /**
     * {@code text} in characters that can be drawn: tabs as spaces, invisible format characters dropped where they change nothing,
     * the rest of what no font has as its code point. Call once for each text that goes into the document: it counts.
     */
    String drawable(String text) {
        StringBuilder drawable = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point == '\n') {
                drawable.append('\n');
            } else if (point == '\t' || point == 0xA0) {
                drawable.append(' ');
            } else if (point == 0x200B || point == 0xFEFF || point == '\r') {
                return; // no width, no meaning in print
            } else if (regular.stream().anyMatch(face -> face.has(point)) && !isInvisible(point)) {
                drawable.appendCodePoint(point);
            } else {
                missing.merge(point, 1, Integer::sum);
                drawable.append(String.format(Locale.ROOT, "[U+%04X]", point));
            }
        });
        return drawable.toString();
    }

    /** Controls and directions: a font may have them, but a reader of the print sees nothing, or text in another order. */
    private static boolean isInvisible(int point) {
        int type = Character.getType(point);
        return type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE;
    }

    /** Characters no font had, with how often. */
    Map<Integer, Integer> missing() {
        return missing;
    }

    /** Width in points of text from {@link #drawable}. */
    double width(String text, boolean inBold, double size) throws IOException {
        double sum = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            sum += face(point, inBold).width(point);
            i += Character.charCount(point);
        }
        return sum * size / 1000;
    }

    List<Run> runs(String text, boolean inBold) {
        List<Run> runs = new ArrayList<>();
        int start = 0;
        Face current = null;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            Face face = face(point, inBold);
            if (current != null && face != current) {
                runs.add(new Run(current.font, text.substring(start, i)));
                start = i;
            }
            current = face;
            i += Character.charCount(point);
        }
        if (current != null) {
            runs.add(new Run(current.font, text.substring(start)));
        }
        return runs;
    }

    private Face face(int point, boolean inBold) {
        for (Face face : inBold ? bold : regular) {
            if (face.has(point)) {
                return face;
            }
        }
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "U+%04X has no glyph: text goes through drawable() first", point));
    }
}
