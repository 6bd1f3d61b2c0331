package org.tiezheng.archive.retention;

import java.time.LocalDate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How long a class keeps: one dated row, never changed.
 *
 * @param rowId of the row; a later row of the same class takes its place from {@code validFrom} on
 * @param classId {@code PERMANENT}, {@code Y30}, {@code Y10}, {@code CLUE}, or one of the bureau's own
 * @param years null: for ever (永久)
 * @param approvalDoc number of the document that approved it; null: to be approved locally
 * @param validTo last day; null: until a later row
 */
public record RetentionClass(
        long rowId,
        String classId,
        @Nullable Integer years,
        String titleZh,
        String titleEn,
        @Nullable String approvalDoc,
        LocalDate validFrom,
        @Nullable LocalDate validTo,
        @Nullable String note) {
    public boolean permanent() {
        return years == null;
    }

    public String title(Locale locale) {
        return locale.getLanguage().equals("zh") ? titleZh : titleEn;
    }

    /** Whether it keeps at least as long as {@code other}. */
    public boolean isAtLeast(RetentionClass other) {
        return isAtLeast(years, other.years);
    }

    /** Whether {@code years} are at least {@code other}; null is for ever. */
    static boolean isAtLeast(@Nullable Integer years, @Nullable Integer other) {
        return years == null || (other != null && years >= other);
    }
}
