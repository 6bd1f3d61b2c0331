package org.tiezheng.verifier.cli;

/**
 * Makes text from a package harmless on a terminal: control characters, line ends, direction marks and
 * unpaired surrogates become {@code \}{@code uXXXX}, and so does the backslash itself, so that nothing
 * in a package can look like an escape of ours.
 */
public final class Printable {
    private Printable() {}

    public static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isPlain(c)) {
                out.appendCodePoint(c);
            } else if (Character.isBmpCodePoint(c)) {
                out.append("\\u").append(hex4(c));
            } else {
                out.append("\\u")
                        .append(hex4(Character.highSurrogate(c)))
                        .append("\\u")
                        .append(hex4(Character.lowSurrogate(c)));
            }
        });
        return out.toString();
    }

    private static String hex4(int unit) {
        String hex = Integer.toHexString(unit);
        return "0000".substring(hex.length()) + hex;
    }

    private static boolean isPlain(int c) {
        if (c == '\\') {
            return false;
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
