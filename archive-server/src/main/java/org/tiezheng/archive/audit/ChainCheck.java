package org.tiezheng.archive.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A verification of the audit chain that has ended, as it was written down.
 *
 * @param node the server that read
 * @param askedBy id of who asked; {@code system:…} for the schedule
 * @param from number of the first row that was to be read
 * @param noted heads known from elsewhere that had to be in the chain
 * @param report null: the log could not be read to its end, so nothing is known
 * @param failure why; null if it was read
 */
public record ChainCheck(
        long id,
        Kind kind,
        String node,
        String askedBy,
        String askedName,
        Instant begunAt,
        Instant endedAt,
        long from,
        int noted,
        @Nullable ChainReport report,
        @Nullable String failure) {

    /** How much was read. */
    public enum Kind {
        /** From the first row. */
        FULL,
        /** From the row up to which the last intact check had read. */
        NEW
    }

    /** Read to its end, and nothing wrong. */
    public boolean isIntact() {
        return report != null && report.isIntact();
    }

    /** Read to its end, and something wrong. */
    public boolean isBroken() {
        return report != null && !report.isIntact();
    }
}
