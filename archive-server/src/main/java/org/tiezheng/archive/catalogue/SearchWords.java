package org.tiezheng.archive.catalogue;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Splits texts into the words of the search index, without a dictionary.
 *
 * <p>A run of Chinese characters (Han, Kana, Hangul) gives each pair of neighbours and its last character alone; any other
 * run of letters and digits is one word. Full-width forms become ordinary ones (NFKC), case is folded. So {@code
 * 正品iPhone手机壳} gives {@code 正品 品 iphone 手机 机壳 壳}.
 *
 * <p>Of a query, a run of two or more Chinese characters must have all its pairs, one Chinese character is looked for as the
 * beginning of a pair (or the end of a run: that is why the last one is kept), and any other run as the beginning of a word.
 * Three or more characters could match pairs that lie apart; {@link #substrings} are what to look for in the text then.
 *
 * <p>Words of a field carry the field's prefix: {@code shop:正品}.
 */
final class SearchWords {
    /** A tsvector holds 1 MiB of words; each takes its bytes only, since positions are not kept. */
    private static final int MAX_BYTES = 900_000;
    /** Longer runs are digests, data URLs and the like; their beginning is indexed. */
    private static final int MAX_WORD = 60;
    /** Terms of a query beyond this are ignored: a query is typed by a person. */
    private static final int MAX_TERMS = 24;

    private final Set<String> words = new LinkedHashSet<>();
    private int bytes;
    private boolean cut;

    /** A run of one script: its normalised text. */
    private record Run(String text, boolean chinese) {}

    /** Adds the words of {@code text}, each after {@code prefix}. */
    SearchWords add(String prefix, String text) {
        for (Run run : runs(normal(text))) {
            if (run.chinese()) {
                int[] points = run.text().codePoints().toArray();
                for (int i = 0; i + 1 < points.length; i++) {
                    word(prefix + new String(points, i, 2));
                }
                word(prefix + new String(points, points.length - 1, 1));
            } else {
                word(prefix + start(run.text()));
            }
        }
        return this;
    }

    private void word(String word) {
        if (cut || words.contains(word)) {
            return;
        }
        int length = word.getBytes(StandardCharsets.UTF_8).length;
        if (bytes + length > MAX_BYTES) {
            cut = true;
            return;
        }
        bytes += length;
        words.add(word);
    }

    /** For {@code array_to_tsvector}. */
    String[] toArray() {
        return words.toArray(new String[0]);
    }

    /** Whether there were more words than fit; the rest cannot be found. */
    boolean isCut() {
        return cut;
    }

    /** As it is stored beside the words and compared with {@link #substrings}: NFKC, lower case, blanks made one. */
    static String normal(String text) {
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        StringBuilder out = new StringBuilder(folded.length());
        boolean blank = false;
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            // U+0000 is no character of a PostgreSQL text.
            if (c <= ' ' || Character.isWhitespace(c) || Character.isISOControl(c)) {
                blank = true;
            } else if (Character.isSurrogate(c) && !isPaired(folded, i)) {
                blank = true;
            } else {
                if (blank && out.length() > 0) {
                    out.append(' ');
                }
                blank = false;
                out.append(c);
            }
        }
        return out.toString();
    }

    private static boolean isPaired(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    /**
     * The condition for {@code words @@ …::tsquery}; empty if the text holds no letter or digit.
     *
     * <p>Words are letters and digits only, so nothing in them can end the quotes.
     */
    static String query(String prefix, String text) {
        List<String> terms = new ArrayList<>();
        for (Run run : runs(normal(text))) {
            if (terms.size() >= MAX_TERMS) {
                break;
            }
            int[] points = run.text().codePoints().toArray();
            if (run.chinese() && points.length > 1) {
                for (int i = 0; i + 1 < points.length && terms.size() < MAX_TERMS; i++) {
                    terms.add("'" + prefix + new String(points, i, 2) + "'");
                }
            } else {
                terms.add("'" + prefix + start(run.text()) + "':*");
            }
        }
        return String.join(" & ", terms);
    }

    /** Parts of the query, split at blanks, for which the words alone do not say that they stand together. */
    static List<String> substrings(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : normal(text).split(" ", -1)) {
            List<Run> runs = runs(part);
            boolean oneWord = runs.size() == 1
                    && runs.get(0).text().length() == part.length()
                    && (runs.get(0).chinese() ? part.codePointCount(0, part.length()) <= 2 : part.length() <= MAX_WORD);
            if (!runs.isEmpty() && !oneWord && parts.size() < MAX_TERMS) {
                parts.add(part);
            }
        }
        return parts;
    }

    private static String start(String word) {
        return word.codePointCount(0, word.length()) <= MAX_WORD
                ? word
                : word.substring(0, word.offsetByCodePoints(0, MAX_WORD));
    }

    private static List<Run> runs(String normal) {
        List<Run> runs = new ArrayList<>();
        StringBuilder run = new StringBuilder();
        boolean chinese = false;
        for (int i = 0; i < normal.length(); ) {
            int point = normal.codePointAt(i);
            i += Character.charCount(point);
            boolean letter = Character.isLetterOrDigit(point);
            boolean wide = letter && isChinese(point);
            if (run.length() > 0 && (!letter || wide != chinese)) {
                runs.add(new Run(run.toString(), chinese));
                run.setLength(0);
            }
            if (letter) {
                chinese = wide;
                run.appendCodePoint(point);
            }
        }
        if (run.length() > 0) {
            runs.add(new Run(run.toString(), chinese));
        }
        return runs;
    }

    private static boolean isChinese(int point) {
        return switch (Character.UnicodeScript.of(point)) {
            case HAN, HIRAGANA, KATAKANA, HANGUL, BOPOMOFO -> true;
            default -> false;
        };
    }
}
