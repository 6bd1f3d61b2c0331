package org.tiezheng.archive.pdf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where Chinese and Latin text may go on in the next line: between any two Chinese characters, at spaces, after a hyphen; not
 * before a closing and not after an opening mark. A word longer than the line (a digest, an address) is cut where the line ends.
 *
 * <p>Source: GB/T 15834-2011, 5.1 (marks at the beginning and end of lines).
 */
final class LineBreaker {
    private static final String NOT_FIRST = "，。、；：？！）》〉」』】〕”’…—·～％‰℃,.;:?!)]}%";
    private static final String NOT_LAST = "（《〈「『【〔“‘￥([{";

    private LineBreaker() {}

    /** Measures text. */
    @FunctionalInterface
    interface Ruler {
        double width(String text) throws IOException;
    }

    /** {@code text} in lines of at most {@code width}; at least one, which may be empty. */
    static List<String> lines(String text, double width, Ruler ruler) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String paragraph : text.split("\n", -1)) {
            breakParagraph(paragraph, width, ruler, lines);
        }
        return lines;
    }

    private static void breakParagraph(String text, double width, Ruler ruler, List<String> lines) throws IOException {
        int start = 0;
        int lastBreak = 0;
        double used = 0;
        for (int i = 0; i < text.length(); ) {
            int next = i + Character.charCount(text.codePointAt(i));
            if (i > start && mayBreak(text, i)) {
                lastBreak = i;
            }
            used += ruler.width(text.substring(i, next));
            // A space may stand over the edge: it is not drawn.
            if (used > width && text.charAt(i) != ' ' && i > start) {
                int end = lastBreak > start ? lastBreak : i;
                lines.add(text.substring(start, end).stripTrailing());
                start = end;
                while (start < text.length() && text.charAt(start) == ' ') {
                    start++;
                }
                lastBreak = start;
                i = start;
                used = 0;
                continue;
            }
            i = next;
        }
        lines.add(text.substring(Math.min(start, text.length())).stripTrailing());
    }

    /** Whether a line may end before position {@code i}, which is neither the first nor inside a character. */
    private static boolean mayBreak(String text, int i) {
        int before = text.codePointBefore(i);
        int after = text.codePointAt(i);
        if (NOT_FIRST.indexOf(after) >= 0 || NOT_LAST.indexOf(before) >= 0 || after == ' ') {
            return false;
        }
        if (before == ' ') {
            return true;
        }
        if (isWide(before) || isWide(after)) {
            return true;
        }
        return (before == '-' || before == '/') && Character.isLetterOrDigit(after);
    }

    private static boolean isWide(int point) {
        return Character.isIdeographic(point)
                || (point >= 0x3000 && point <= 0x30FF)
                || (point >= 0xFF00 && point <= 0xFFEF);
    }
}
