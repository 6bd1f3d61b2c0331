package org.tiezheng.archive.screens;

import java.time.Instant;

/**
 * A search of the evidence list under a name.
 *
 * @param query as {@link EvidenceFilter#queryString} writes it
 * @param shared whether others see it too; only its owner can change it
 * @param ownerName when it was saved
 */
public record SavedSearch(
        long id, String ownerId, String ownerName, String name, String query, boolean shared, Instant savedAt) {}
