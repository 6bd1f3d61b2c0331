package org.tiezheng.archive.records;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.record.TreeHash;

/**
 * A batch as its row says; tokens are left out.
 *
 * @param members packages in its tree; while READING those to be read
 * @param certificatesEnd when the first certificate of its token's path ends; null before it has a token
 * @param algorithmsEnd when the policy ends the first of its token's algorithms; null if no end is known
 * @param crls whether CRLs of the moment of renewal went into the token before; null for a first batch
 * @param live newest of its chain, and somebody's record is made from it
 * @param failure why the last step failed; null if it did not
 */
public record Batch(
        UUID id,
        Kind kind,
        UUID chainId,
        @Nullable UUID parent,
        State state,
        TreeHash hash,
        int members,
        @Nullable String authority,
        boolean embedded,
        @Nullable Instant stampedAt,
        @Nullable Instant certificatesEnd,
        @Nullable Instant algorithmsEnd,
        @Nullable Boolean crls,
        Instant retainUntil,
        boolean live,
        int attempts,
        @Nullable String failure,
        @Nullable Instant retryAt,
        boolean cancel,
        String requestedByName,
        Instant createdAt,
        @Nullable Instant doneAt) {

    /** What it is for. */
    public enum Kind {
        /** Packages without a record. */
        FIRST,
        /** The token of a chain is renewed. */
        TOKEN,
        /** Another digest algorithm; all data is read again. */
        TREE
    }

    /** How far it is; see {@link RecordBatches}. */
    public enum State {
        READING,
        CHOSEN,
        STAMPED,
        DONE,
        CANCELLED,
        FAILED;

        public boolean isOpen() {
            return this == READING || this == CHOSEN || this == STAMPED;
        }
    }

    /** When what its token stands on ends: a renewal must be made before. Null before it has a token. */
    public @Nullable Instant end() {
        if (certificatesEnd == null) {
            return null;
        }
        return algorithmsEnd == null || certificatesEnd.isBefore(algorithmsEnd) ? certificatesEnd : algorithmsEnd;
    }

    /** How long it took, or takes since. */
    public Duration age(Instant now) {
        return Duration.between(createdAt, doneAt == null ? now : doneAt);
    }
}
