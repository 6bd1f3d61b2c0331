package org.tiezheng.storage;

import java.io.IOException;
import java.time.Instant;

/**
 * What somebody who holds the archive's own credentials could try against a locked version, without the politeness of
 * {@link ObjectStore}. For {@link WormSelfTest} only, on objects made for it.
 *
 * <p>Each method says what the store answered; {@code IOException} means that it did not answer.
 */
public interface LockAttempts {
    /** What came of a try. */
    enum Answer {
        /** The store said no. */
        REFUSED,
        /** The store said that it did it. */
        DONE
    }

    /** Deletes the version. */
    Answer deleteVersion(ObjectVersion version) throws IOException;

    /** Deletes the version, asking to bypass the lock. */
    Answer deleteBypassingLock(ObjectVersion version) throws IOException;

    /** Sets an earlier end of a COMPLIANCE retention. */
    Answer shorten(ObjectVersion version, Instant until) throws IOException;

    /** The same, asking to bypass the lock. */
    Answer shortenBypassingLock(ObjectVersion version, Instant until) throws IOException;

    /** Turns COMPLIANCE until {@code until} into GOVERNANCE until then. */
    Answer weaken(ObjectVersion version, Instant until) throws IOException;

    /** What else the store can do. Writes and removes an object of its own where it must try. */
    StoreCapabilities capabilities(Instant lockUntil) throws IOException;
}
