package org.tiezheng.evidence.zip;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Rules for member names: {@code [A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*}, at most 255 characters, no {@code ..}, no part
 * that is {@code .}.
 *
 * <p>Names are ASCII, relative and mean the same file on every system. Source: docs/format.md, "Names".
 */
public final class MemberNames {
    /** Longest legal name in characters, which are also bytes. */
    public static final int MAX_LENGTH = 255;

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*");
    private static final int MAX_PRINTED = 200;

    private MemberNames() {}

    /** For any text, hostile or not. */
    public static boolean isLegal(String name) {
        // The length first: the pattern recurses on very long input.
        return name.length() <= MAX_LENGTH
                && LEGAL.matcher(name).matches()
                && !name.contains("..")
                && !("/" + name + "/").contains("/./");
    }

    /**
     * The name as a report may print it: characters outside the legal ones are written {@code \}{@code xNN}, long names
     * are cut and end in {@code …}. Control characters of a hostile name never reach a terminal.
     */
    public static String printable(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            if (text.length() >= MAX_PRINTED) {
                return text.append('…').toString();
            }
            char c = name.charAt(i);
            boolean plain = c < 0x7f && c > 0x20 && c != '\\';
            if (plain) {
                text.append(c);
            } else {
                text.append(
                        c < 0x100
                                ? String.format(Locale.ROOT, "\\x%02x", (int) c)
                                : String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return text.toString();
    }

    /** Names that can be unpacked side by side: none equal but for case, none also a folder of another. */
    static final class Uniqueness {
        private final Set<String> files = new HashSet<>();
        private final Set<String> folders = new HashSet<>();

        /** Takes the name in, unless it clashes with an earlier one; then false. */
        boolean admits(String name) {
            String folded = name.toLowerCase(Locale.ROOT);
            if (folders.contains(folded) || files.contains(folded)) {
                return false;
            }
            Set<String> above = new HashSet<>();
            for (int slash = folded.indexOf('/'); slash >= 0; slash = folded.indexOf('/', slash + 1)) {
                above.add(folded.substring(0, slash));
            }
            for (String folder : above) {
                if (files.contains(folder)) {
                    return false;
                }
            }
            files.add(folded);
            folders.addAll(above);
            return true;
        }
    }
}
