package org.tiezheng.archive.fixity;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How fast checks go, and whether at all; for all servers.
 *
 * @param period every copy is read once in this time
 * @param bytesPerSecond of each server
 * @param bytesPerSecondSet whether a person set that; false: as configured
 * @param pausedAt null: not paused
 */
public record Pace(
        Duration period,
        long bytesPerSecond,
        boolean bytesPerSecondSet,
        @Nullable Instant pausedAt,
        @Nullable String pausedByName,
        @Nullable String pauseReason) {
    public boolean isPaused() {
        return pausedAt != null;
    }
}
