package org.tiezheng.archive.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the log is; of the first four, each number is at most the one before it.
 *
 * @param waiting leaves in the queue, without a position yet; counted to 100,000
 * @param assigned entries with a position
 * @param integrated entries in tiles
 * @param signed entries under the last signed checkpoint
 * @param witnessed entries under the last checkpoint that enough witnesses cosigned
 * @param proved entries before this position have their proofs
 * @param checkpoint the last signed one, a signed note of the log alone; empty before the first
 * @param signedAt when it was signed
 */
public record LogState(
        long waiting,
        long assigned,
        long integrated,
        long signed,
        long witnessed,
        long proved,
        String checkpoint,
        @Nullable Instant signedAt) {}
