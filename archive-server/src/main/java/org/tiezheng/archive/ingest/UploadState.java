package org.tiezheng.archive.ingest;

/** Where a package stands on its way into the archive. */
public enum UploadState {
    /** Bytes come in; {@code offset} of them are on disk for good. */
    RECEIVING,
    /** All bytes are here; digest and verifier look at them. */
    VERIFYING,
    /** Verified; its objects are being stored, or the catalogue row is being written. */
    STORING,
    /** In the archive. */
    ARCHIVED,
    /** Failed verification: kept apart with its report, never in the archive. */
    QUARANTINED,
    /** Verified, but nobody's result: its job had gone to another agent. Kept for a person to decide. */
    ORPHANED,
    /** What arrived is not what was announced, or was never completed: nothing was kept. */
    REJECTED,
    /** A person decided that it is not kept. */
    DISCARDED;

    /** Nothing more will happen without a person. */
    public boolean isFinal() {
        return this != RECEIVING && this != VERIFYING && this != STORING;
    }
}
