package org.tiezheng.evidence.wire.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Character classes of RFC 9110 section 5.6 and texts made safe for a WARC header. */
final class Text {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private Text() {}

    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(Text::isTokenCharacter);
    }

    private static boolean isTokenCharacter(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }

    /** Neither blank nor control characters; bytes above 0x7F are let through, as browsers do. */
    static boolean isVisible(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > 0x20 && c != 0x7F);
    }

    /** One character per byte, so that no byte is lost or changed. */
    static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Percent-encodes all but printable ASCII; {@code text} has one character per byte. */
    static String printable(String text, boolean keepBlank) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c > 0x20 && c < 0x7F) || (keepBlank && c == ' ')) {
                out.append(c);
            } else {
                out.append(String.format(Locale.ROOT, "%%%02X", (int) c & 0xFF));
            }
        }
        return out.toString();
    }

    static String lowerCase(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
