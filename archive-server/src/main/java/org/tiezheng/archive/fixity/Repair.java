package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A repair: proposed by one person, decided by another, done by the server.
 *
 * @param reason why it was proposed
 * @param decisionReason why it was approved or rejected
 * @param sourceStore where the good bytes came from
 * @param newVersionId the version that now holds them
 * @param failure why the last try failed; null if none did
 */
public record Repair(
        UUID id,
        UUID damageId,
        State state,
        String proposedBy,
        String proposedByName,
        Instant proposedAt,
        String reason,
        @Nullable String decidedBy,
        @Nullable String decidedByName,
        @Nullable Instant decidedAt,
        @Nullable String decisionReason,
        @Nullable String sourceStore,
        @Nullable String newVersionId,
        int attempts,
        @Nullable String failure,
        @Nullable Instant doneAt) {
    /** Where it stands. */
    public enum State {
        PROPOSED,
        REJECTED,
        APPROVED,
        DONE,
        /** What was damaged was closed otherwise before it came to it. */
        OBSOLETE
    }
}
