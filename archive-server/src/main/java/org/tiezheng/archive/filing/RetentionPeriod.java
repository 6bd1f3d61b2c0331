package org.tiezheng.archive.filing;

import org.jspecify.annotations.Nullable;

/**
 * How long evidence is to be kept (保管期限), as a code says it.
 *
 * @param classId of the retention class
 * @param years null: for ever
 */
public record RetentionPeriod(String classId, @Nullable Integer years) {
    /** {@code Y} for ever, {@code D30} for thirty years. Source: DA/T 13-2022, codes of retention periods. */
    public String code() {
        return years == null ? "Y" : "D" + years;
    }
}
