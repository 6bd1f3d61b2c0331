package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Result of one check.
 *
 * @param versionId that was read, or is missing; null if none was found
 * @param bytesRead in all, a second reading included
 * @param foundSha256 of the bytes that are there, if they were read and are not the expected ones
 * @param foundBytes how long it is, if not as expected
 * @param detail more, in English, for administrators; what the store said
 */
record Checked(
        Copy copy,
        Instant at,
        FixityOutcome outcome,
        Set<Remark> remarks,
        @Nullable String versionId,
        long bytesRead,
        @Nullable String foundSha256,
        @Nullable Long foundBytes,
        @Nullable String detail) {
    private static final int MOST_DETAIL = 1000;

    Checked {
        remarks = Set.copyOf(remarks);
        if (detail != null && detail.length() > MOST_DETAIL) {
            detail = detail.substring(0, MOST_DETAIL - 1) + "…";
        }
    }

    /** Whether somebody must be told. */
    boolean isAlarming() {
        return outcome.isBad() || !remarks.isEmpty();
    }
}
