package org.tiezheng.archive.retention;

import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.web.Problem;

/** What persons write: reasons, opinions, names. */
final class Texts {
    private static final int MOST = 1000;

    private Texts() {}

    /** Without blanks around it. @throws Problem 400 if there is nothing, too much, or what no text has */
    static String required(String field, @Nullable String text) {
        String clean = optional(field, text);
        if (clean == null) {
            throw Problem.invalid(field, "required");
        }
        return clean;
    }

    /** As {@link #required}, null for nothing. */
    static @Nullable String optional(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        String clean = text.strip();
        if (clean.length() > MOST) {
            throw Problem.invalid(field, "too-long", MOST);
        }
        boolean odd = clean.codePoints()
                .anyMatch(c -> (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')
                        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
        if (odd) {
            throw Problem.invalid(field, "invalid");
        }
        return clean;
    }
}
