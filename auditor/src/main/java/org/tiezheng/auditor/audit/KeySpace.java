package org.tiezheng.auditor.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts all keys a store can have into parts: those of content addresses by the first digits of the digest, and prefixes that
 * together hold every other key. So no object escapes for having an odd name.
 */
final class KeySpace {
    /** What the keys of content addresses begin with. */
    static final String CONTENT = "sha256/";

    private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
    private static final String HEX = "0123456789abcdef";

    private KeySpace() {}

    /** Prefix of the content addresses whose digest begins with the number {@code part}, written in {@code digits} digits. */
    static String content(int part, int digits) {
        return CONTENT + String.format(Locale.ROOT, "%0" + digits + "x", part);
    }

    /** Prefixes of all other keys; none is the beginning of another, or of one of {@link #content}. */
    static List<String> others(int digits) {
        List<String> prefixes = new ArrayList<>();
        for (int i = 0; i < CONTENT.length(); i++) {
            branch(CONTENT.substring(0, i), CONTENT.substring(i, i + 1), prefixes);
        }
        branch(CONTENT, HEX, prefixes);
        for (int i = 0; digits == 2 && i < HEX.length(); i++) {
            branch(CONTENT + HEX.charAt(i), HEX, prefixes);
        }
        return prefixes;
    }

    /** Every prefix one character longer than {@code stem} that does not go on with one of {@code but}; no illegal ones. */
    private static void branch(String stem, String but, List<String> prefixes) {
        for (char next : CHARACTERS.toCharArray()) {
            boolean opensSegment = stem.isEmpty() || stem.endsWith("/");
            boolean legal = !(opensSegment && (next == '/' || next == '.'));
            if (legal && but.indexOf(next) < 0) {
                prefixes.add(stem + next);
            }
        }
    }
}
