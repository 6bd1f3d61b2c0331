package org.tiezheng.auditor.monitor;

/**
 * Something that must not be.
 *
 * @param text for people, in English; hostile: escape it before printing
 */
record Alarm(Kind kind, String text) {
    /** The name stands in the journal and never changes its meaning. */
    enum Kind {
        /** What is served as a checkpoint is none. */
        NO_CHECKPOINT,
        /** Signed by nobody the policy knows. */
        NOT_SIGNED,
        /** Fewer witnesses than the policy asks for. */
        NOT_WITNESSED,
        /** Smaller than what was seen before. */
        ROLLED_BACK,
        /** Another tree than what was seen before. */
        REWRITTEN,
        /** An entry or tile of a published tree is not served, or not the right one. */
        ENTRIES_MISSING,
        /** An entry that cannot be read. */
        ENTRY_UNREADABLE,
        /** An object that an entry names is not in the store. */
        OBJECT_MISSING,
        /** An object of another size lies in its place. */
        OBJECT_OTHER,
        /** The destruction of a package was begun, and a day later nothing says that it is over. */
        DISPOSAL_UNENDED,
        /** Neither an entry nor a cosignature is as young as one must be: the log stands still, or is shown as it was. */
        STALE,
        /** No version of an object has the bytes of its digest. */
        OBJECT_CHANGED
    }
}
