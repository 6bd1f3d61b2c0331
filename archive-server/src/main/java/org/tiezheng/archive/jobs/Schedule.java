package org.tiezheng.archive.jobs;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captures that repeat.
 *
 * @param owner account on whose behalf jobs are submitted; its certificate must be in force at every run
 * @param cron seconds minutes hours day month weekday, Beijing time
 * @param endsAt no run after
 * @param pauseReason why it is PAUSED, if the server did that
 * @param nextAt null unless ACTIVE
 * @param lastBatchId of the latest run
 * @param version for conditional changes
 */
public record Schedule(
        long id,
        String name,
        String owner,
        String ownerName,
        String secondOfficer,
        List<String> urls,
        CaptureOptions options,
        CaptureContext context,
        int priority,
        String cron,
        Instant endsAt,
        State state,
        @Nullable String pauseReason,
        @Nullable Instant nextAt,
        @Nullable Instant lastAt,
        @Nullable Long lastBatchId,
        Instant createdAt,
        long version) {
    /** Where a schedule stands. */
    public enum State {
        ACTIVE,
        PAUSED,
        ENDED
    }

    public Schedule {
        urls = List.copyOf(urls);
    }
}
