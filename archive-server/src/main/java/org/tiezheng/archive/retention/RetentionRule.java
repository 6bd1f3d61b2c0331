package org.tiezheng.archive.retention;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.CaseType;

/**
 * Which class a type of case gets, and when its period begins: one dated row, never changed.
 *
 * @param ruleId as the bureau's own table numbers it
 * @param approvalDoc number of the document that approved it; null: to be approved locally
 * @param validTo last day; null: until a later row
 */
public record RetentionRule(
        long rowId,
        String ruleId,
        CaseType caseType,
        String classId,
        Begins begins,
        @Nullable String approvalDoc,
        LocalDate validFrom,
        @Nullable LocalDate validTo,
        @Nullable String note) {
    /** When the period begins. */
    public enum Begins {
        /** With the first of January after the case was closed; while it is open the period does not run. */
        END_OF_CLOSING_YEAR,
        /** With the day after the capture. */
        CAPTURE
    }
}
