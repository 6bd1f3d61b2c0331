package org.tiezheng.archive.retention;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.CaseType;

/**
 * What was last said of a case.
 *
 * @param closedOn null: open
 */
public record CaseState(
        String caseNo,
        CaseType type,
        @Nullable LocalDate closedOn,
        @Nullable String reason,
        String saidByName,
        Instant saidAt) {
    public boolean open() {
        return closedOn == null;
    }
}
