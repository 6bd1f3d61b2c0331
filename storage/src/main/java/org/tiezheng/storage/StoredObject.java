package org.tiezheng.storage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a store says of one version.
 *
 * @param sizeBytes size of what is there
 * @param sha256 digest recorded at the put, 64 lower-case hex digits; empty if the store has none, which is so only for
 *     an object that was not put by this program. A record, not a proof: {@link ObjectStore#get(StoredObject)} compares
 * @param storedAt when the store took it, by the store's own clock
 * @param retention null if the version was never locked
 */
public record StoredObject(
        ObjectVersion version,
        long sizeBytes,
        String sha256,
        Instant storedAt,
        @Nullable Retention retention,
        boolean legalHold) {
    /** @throws IllegalArgumentException if a value is not of its form */
    public StoredObject {
        if (!sha256.isEmpty()) {
            ObjectKeys.checkSha256(sha256);
        }
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("negative size " + sizeBytes);
        }
    }

    /** Whether something forbids deleting it at {@code now}. */
    public boolean isLockedAt(Instant now) {
        return legalHold || (retention != null && retention.holdsAt(now));
    }
}
