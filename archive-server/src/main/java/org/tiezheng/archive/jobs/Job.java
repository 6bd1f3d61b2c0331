package org.tiezheng.archive.jobs;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as it is now.
 *
 * @param id never used again
 * @param priority 1 (first) to 9
 * @param runAt not leased before; null once finished
 * @param host as politeness counts it
 * @param officers the one who submitted, then the second one
 * @param submittedBy account
 * @param attempts leases so far
 * @param agent that has the job, or had it when it ended
 * @param epoch fencing token of the last lease
 * @param cancelReason set once somebody asked for the end; a LEASED job ends when its agent hears of it
 * @param failureCode of the last failed attempt, also if the job is tried again
 * @param evidenceId of the archived package, if DONE
 */
public record Job(
        long id,
        JobState state,
        int priority,
        @Nullable Instant runAt,
        String host,
        String url,
        String pageKey,
        CaptureOptions options,
        CaptureContext context,
        List<RecordedOfficer> officers,
        @Nullable Long batchId,
        String submittedBy,
        String submittedName,
        Instant submittedAt,
        int attempts,
        @Nullable String agent,
        @Nullable Instant leaseUntil,
        long epoch,
        @Nullable Instant firstLeasedAt,
        @Nullable String cancelBy,
        @Nullable String cancelReason,
        @Nullable String failureCode,
        @Nullable String failureMessage,
        @Nullable UUID evidenceId,
        Instant changedAt) {
    public Job {
        officers = List.copyOf(officers);
    }

    /** The end was asked for, and the agent has not confirmed it yet. */
    public boolean cancelling() {
        return state == JobState.LEASED && cancelBy != null;
    }
}
