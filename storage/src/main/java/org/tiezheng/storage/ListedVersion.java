package org.tiezheng.storage;

import java.time.Instant;

/**
 * One line of a store's listing of versions, without what only a question about the version itself would tell.
 *
 * @param sizeBytes size of what is there; 0 for a delete marker
 * @param storedAt by the store's own clock
 * @param latest whether a reader who names no version would get this one. Always true in a folder, where nobody reads without
 *     naming a version
 * @param deleteMarker whether this is no object but the note that the key counts as deleted; older versions are still there
 */
public record ListedVersion(
        ObjectVersion version, long sizeBytes, Instant storedAt, boolean latest, boolean deleteMarker) {}
