package org.tiezheng.archive.stores;

import java.time.Instant;
import java.util.UUID;
import org.tiezheng.storage.ObjectVersion;

/**
 * An object that the archive made and keeps in the store.
 *
 * @param id of what it belongs to: batch, report, disposal; one object for each kind and id
 * @param sha256 64 lower-case hex digits
 * @param until end of its lock
 */
public record KeptObject(
        KeptObjects.Kind kind, UUID id, String sha256, long sizeBytes, ObjectVersion version, Instant until) {}
