package org.tiezheng.archive.catalogue;

import java.util.Map;
import java.util.UUID;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;

/**
 * Knows which stored objects are damaged where an export would read them, and where a good copy is. Every bean of this type is asked
 * at every export.
 */
public interface GoodCopies {
    /**
     * Where to read instead what is known to be damaged; empty where nothing is.
     *
     * @return by the version that the catalogue names
     * @throws org.tiezheng.archive.web.Problem 409 if an object of the package is damaged and no good copy of it is known
     */
    Map<ObjectVersion, Copy> instead(UUID evidenceId);

    /** An export was broken off, since what was read of the object are not the bytes that were archived. */
    void differs(UUID evidenceId, EvidenceObject object);

    /** A copy that was read whole and good. */
    record Copy(ObjectStore store, ObjectVersion version) {}
}
