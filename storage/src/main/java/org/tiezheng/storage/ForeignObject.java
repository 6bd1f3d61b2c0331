package org.tiezheng.storage;

import java.time.Instant;

/**
 * Something in a store that nothing of ours put there under this name: a key that is no content address, or a name that is no key.
 *
 * @param name as the store has it. Hostile: any characters, and in a folder a name of several segments
 * @param versionId empty where the store has none: a file that is no object
 * @param sizeBytes 0 for a delete marker
 * @param storedAt by the store's own clock
 * @param latest see {@link ListedVersion}
 * @param deleteMarker see {@link ListedVersion}
 */
public record ForeignObject(
        String name, String versionId, long sizeBytes, Instant storedAt, boolean latest, boolean deleteMarker) {}
