package org.tiezheng.archive.evidencepage.capture;

import java.util.Locale;

/** Makes texts of a package fit to be shown: no invisible, reordering or control characters, no endless lines. */
public final class Shown {
    /** Longest text a screen gets, characters. Addresses may have 2 MiB. */
    public static final int MAX_CHARS = 4096;

    private Shown() {}

    /**
     * {@code text} with every control or formatting character as <code>\\u{hex}</code>, but for tab and line end, at most {@link
     * #MAX_CHARS} characters. A shop could otherwise make {@code exe.fdp} read as {@code pdf.exe}.
     */
    public static String text(String text) {
        int end = 0;
        boolean clean = true;
        int limit = Math.min(text.length(), MAX_CHARS);
        while (end < limit && clean) {
            clean = isPlain(text.charAt(end)) && !Character.isSurrogate(text.charAt(end));
            end++;
        }
        if (clean && text.length() <= MAX_CHARS) {
            return text;
        }
        StringBuilder out = new StringBuilder(limit + 16);
        int at = 0;
        while (at < text.length() && out.length() < MAX_CHARS) {
            int c = text.codePointAt(at);
            if (isPlain(c)) {
                out.appendCodePoint(c);
            } else {
                out.append(String.format(Locale.ROOT, "\\u{%x}", c));
            }
            at += Character.charCount(c);
        }
        return at < text.length() ? out.append('…').toString() : out.toString();
    }

    private static boolean isPlain(int c) {
        if (c == '\t' || c == '\n') {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
