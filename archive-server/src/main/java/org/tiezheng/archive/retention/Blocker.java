package org.tiezheng.archive.retention;

/** Why evidence must not be destroyed; names are keys of texts, {@code retention.blocker.<name>}. */
public enum Blocker {
    /** A legal hold is on it. */
    HELD,
    /** Its period has not ended, or does not run, or never ends. */
    NOT_ENDED,
    /** Its case is open, or open again. */
    OPEN_CASE,
    /** An automatic capture that no person has looked at. */
    UNDER_REVIEW,
    /** It is being verified now. */
    UNDER_VERIFICATION,
    /** There is no decision to destroy it. */
    NOT_APPRAISED,
    /** It was destroyed. */
    DISPOSED
}
