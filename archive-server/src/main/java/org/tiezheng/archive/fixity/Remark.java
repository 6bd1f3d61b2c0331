package org.tiezheng.archive.fixity;

/** What a check saw beside the bytes. Each is an alarm; none says that the bytes are not good. */
public enum Remark {
    /** The store locks the version for less long than the catalogue says. */
    LOCK_SHORTER,
    /** The store does not lock the version. */
    LOCK_MISSING,
    /** A legal hold is on the package, and not on this copy. */
    HOLD_MISSING,
    /** The digest that the store keeps as a label is another one. */
    LABEL_DIFFERS,
    /** The key has a newer version that is not ours: somebody tried to overwrite. */
    NEWER_VERSION,
    /** The key is marked as deleted; the version is still there. */
    DELETE_MARKER,
    /** The store gives the bytes but cannot say how they are locked. */
    LOCK_UNKNOWN
}
