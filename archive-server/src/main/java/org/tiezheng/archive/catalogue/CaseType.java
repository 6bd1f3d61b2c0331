package org.tiezheng.archive.catalogue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.web.Problem;

/**
 * What kind of case it is, as far as its retention depends on it. The names are part of the REST interface and keys of texts,
 * {@code retention.case.<name>}.
 *
 * <p>Source: domain rules B4, table of default retention periods.
 */
public enum CaseType {
    /** Penalty by ordinary procedure (普通程序). */
    ORDINARY_PENALTY,
    /** Major, or litigated (重大、涉诉). */
    MAJOR,
    /** Penalty by summary procedure (简易程序). */
    SUMMARY,
    /** Complaint or report (投诉、举报). */
    COMPLAINT,
    /** There is a case, and nobody has said yet what type it is. */
    UNSPECIFIED,
    /** No case: a clue that was not filed. Never said of a case. */
    NO_CASE;

    /** What may be said of a case. */
    public static List<CaseType> ofCases() {
        return Arrays.stream(values()).filter(type -> type != NO_CASE).toList();
    }

    /**
     * What a form or program sent.
     *
     * @param field its name there
     * @return null for nothing or blank
     * @throws Problem 400 if it is none that may be said of a case
     */
    public static @Nullable CaseType parse(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        return ofCases().stream()
                .filter(type -> type.name().equals(text.strip().toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> Problem.invalid(field, "invalid"));
    }
}
