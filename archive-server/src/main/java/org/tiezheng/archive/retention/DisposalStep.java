package org.tiezheng.archive.retention;

/** Durable steps of a disposal, in order; tests die at each. */
enum DisposalStep {
    /** RUNNING: no way back from here. */
    STARTED,
    /** What the evidence consists of is copied, the item is DELETING. */
    ITEM_STARTED,
    /** An object is gone from every copy, its row does not say so yet. */
    OBJECT_GONE,
    /** The row says so. */
    OBJECT_WRITTEN,
    /** The content rows are gone, the catalogue row says what happened. */
    ITEM_DONE,
    /** The certificate's text is fixed. */
    CERTIFICATE_WRITTEN,
    /** It is in the store, without a row. */
    CERTIFICATE_STORED,
    /** Row, leaves, audit event: DONE. */
    DONE;

    /** Told of each step after it; may throw, as a crash would end it there. */
    @FunctionalInterface
    interface Watch {
        Watch NONE = step -> {};

        void reached(DisposalStep step);
    }
}
