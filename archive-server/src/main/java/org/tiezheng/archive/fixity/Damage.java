package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something wrong with a copy, or with the catalogue's rows of a package, from its finding to its end.
 *
 * @param objectId null for rows of the catalogue, as the next four
 * @param versionId of the bad version, which stays in the store; null too if none was found
 * @param outcome {@link FixityOutcome#GOOD} if only the remarks are wrong
 * @param evidenceId the package whose rows differ; null for a copy
 * @param seenAt last check that saw it
 * @param goodStore the store whose copy was read whole and good after this one was found bad; null: none
 * @param closedByName null while it is open
 */
public record Damage(
        UUID id,
        Kind kind,
        @Nullable Long objectId,
        @Nullable String storeId,
        @Nullable String key,
        @Nullable String sha256,
        @Nullable Long sizeBytes,
        @Nullable String versionId,
        @Nullable UUID evidenceId,
        FixityOutcome outcome,
        Set<Remark> remarks,
        @Nullable String foundSha256,
        @Nullable Long foundBytes,
        @Nullable String detail,
        Instant foundAt,
        Instant seenAt,
        @Nullable String goodStore,
        @Nullable Instant goodAt,
        State state,
        @Nullable Instant closedAt,
        @Nullable String closedByName,
        @Nullable String closingReason) {
    /** What is damaged. */
    public enum Kind {
        /** One copy of an object. */
        COPY,
        /** Rows of the catalogue: they are not what was logged, or not what the package says. */
        CATALOGUE
    }

    /** Where it stands. */
    public enum State {
        OPEN,
        /** A new version holds the bytes, and the catalogue names it. */
        REPAIRED,
        /** A later check found nothing wrong any more. */
        GONE,
        /** A person decided that nothing is to be done, and said why. */
        DISMISSED
    }

    public Damage {
        remarks = Set.copyOf(remarks);
    }

    /** Whether the bytes of the evidence are known to be whole somewhere. */
    public boolean isEvidenceSafe() {
        return kind == Kind.COPY && (outcome == FixityOutcome.GOOD || goodStore != null);
    }

    /** Whether a new version from a good copy would help. */
    public boolean isRepairable() {
        return kind == Kind.COPY && state == State.OPEN && outcome.isBad() && goodStore != null;
    }
}
