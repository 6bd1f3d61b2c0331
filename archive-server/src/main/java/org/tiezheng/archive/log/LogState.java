package org.tiezheng.archive.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the log is; each number is at most the one before it.
 *
 * @param waiting leaves in the queue, without a position yet
 * @param assigned entries with a position
 * @param integrated entries in tiles
 * @param signed entries under the last signed checkpoint
 * @param checkpoint that checkpoint, a signed note; empty before the first
 * @param signedAt when it was signed
 */
public record LogState(
        long waiting,
        long assigned,
        long integrated,
        long signed,
        String checkpoint,
        @Nullable Instant signedAt) {}
