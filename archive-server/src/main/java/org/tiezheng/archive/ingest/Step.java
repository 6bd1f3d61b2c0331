package org.tiezheng.archive.ingest;

/**
 * The durable steps of ingest, in their order: the places where a crash is tried in tests. What each leaves is told in {@link
 * Ingest}.
 */
enum Step {
    /** Bytes of an upload are synced; the row does not say so yet. */
    BYTES_SYNCED,
    /** Verification is done; nothing of it is written. */
    VERIFIED,
    /** The package is moved to quarantine or orphans; the row does not say so yet. */
    MOVED,
    /** The row says STORING; no object is stored. */
    STORING,
    /** An object is stored; no row names it. */
    OBJECT_PUT,
    /** The row of an object is written. */
    OBJECT_NAMED,
    /** All objects are stored and named; the catalogue has no row. */
    OBJECTS_COMPLETE,
    /** Everything is written in the transaction that archives, and it is not committed. */
    BEFORE_COMMIT,
    /** The evidence is archived; the uploaded file is still there. */
    ARCHIVED;

    /** Told when a step is reached; a test throws here what a crash would do. */
    @FunctionalInterface
    interface Watch {
        Watch NONE = step -> {};

        void reached(Step step);
    }
}
