package org.tiezheng.evidence.trust;

import java.util.Locale;
import javax.security.auth.x500.X500Principal;

/** Makes texts out of certificates safe to print: they may come from a hostile package. */
public final class Texts {
    private static final int MAX_CHARS = 200;

    private Texts() {}

    /** RFC 2253 form of {@code name}, without control or formatting characters, at most 200 characters. */
    public static String of(X500Principal name) {
        try {
            return printable(name.getName(X500Principal.RFC2253));
        } catch (RuntimeException malformed) {
            return "unreadable name"; // the JDK throws unchecked for values that are not what their tag says
        }
    }

    /** {@code text} with every control, formatting or unassigned character as <code>\\u{hex}</code>, at most 200 characters. */
    public static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(MAX_CHARS).forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR -> out.append(String.format(Locale.ROOT, "\\u{%x}", c));
                default -> out.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) > MAX_CHARS ? out + "…" : out.toString();
    }
}
