package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One copy to be checked: an object of the catalogue in one store.
 *
 * @param versionId in that store; null if it has not been found there yet
 * @param sha256 of the bytes as they were archived, 64 lower-case hex digits
 * @param lockedUntil until when the catalogue says that it is locked; null if it says nothing
 * @param held whether a legal hold is on a package it belongs to
 * @param ownVersions version ids under this key, in that store, that are known: of copies, of damaged ones, and of others that a
 *     person has looked at
 * @param damagedVersions those that were found bad once: never taken for the object
 * @param runId the run it is checked for; null for the schedule
 */
record Copy(
        long objectId,
        String storeId,
        String key,
        @Nullable String versionId,
        String sha256,
        long sizeBytes,
        Instant enrolledAt,
        @Nullable Instant lockedUntil,
        boolean held,
        Set<String> ownVersions,
        Set<String> damagedVersions,
        @Nullable UUID runId) {
    Copy {
        ownVersions = Set.copyOf(ownVersions);
        damagedVersions = Set.copyOf(damagedVersions);
    }
}
