package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One check that was done, for lists.
 *
 * @param number grows with every check; the cursor of lists
 * @param versionId null if none was found
 * @param runId the run a person began; null for the schedule
 * @param bytesRead in all
 */
public record ResultLine(
        long number,
        Instant at,
        String store,
        String key,
        String sha256,
        long sizeBytes,
        @Nullable String versionId,
        @Nullable UUID runId,
        FixityOutcome outcome,
        Set<Remark> remarks,
        long bytesRead,
        @Nullable String detail,
        String node) {
    public ResultLine {
        remarks = Set.copyOf(remarks);
    }
}
