package org.tiezheng.archive.fixity;

/** What one check found out about the bytes of a copy. The names are in the database, in REST and keys of texts. */
public enum FixityOutcome {
    /** All bytes were read, and they have the digest that was recorded when they were archived. */
    GOOD,
    /** As long as they were, or longer, but other bytes. */
    CHANGED,
    /** Fewer bytes than there were. */
    TRUNCATED,
    /** The bytes of another object of this archive. */
    SWAPPED,
    /** The store is there, and does not have the version. */
    MISSING,
    /** The store has the version and cannot give its bytes: its own checks found them damaged, or its disk fails. */
    UNREADABLE,
    /** The store could not be asked. Nothing is known. */
    NO_ANSWER,
    /** The object is young, and the custodian has not got its copy yet. */
    AWAITED;

    /** Whether the copy is lost, as it is. */
    public boolean isBad() {
        return compareTo(CHANGED) >= 0 && compareTo(UNREADABLE) <= 0;
    }

    /** Whether the check found anything out. */
    public boolean isKnown() {
        return compareTo(UNREADABLE) <= 0;
    }
}
