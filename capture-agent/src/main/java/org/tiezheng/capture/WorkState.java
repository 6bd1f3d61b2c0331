package org.tiezheng.capture;

/** Where a capture stands. Kept in {@code <data>/work/<id>/state.json} while there is work, then in the capture log. */
enum WorkState {
    /** Folder made, surroundings being checked; nothing recorded yet. */
    PREPARING,
    /** Browser and relay are running. */
    RECORDING,
    /** The recording is over; WARC, capture.json and capture.wacz are being made. */
    ASSEMBLING,
    /** capture.wacz is complete and waits for signature and time-stamp. The only state that can be resumed. */
    SEALING,
    /** The package is in its place. An end. */
    SEALED,
    /** Ended without a package, with a reason. An end. */
    FAILED,
    /** Ended by the user. An end. */
    CANCELLED,
    /** The agent died before capture.wacz was complete; found at a later start. An end. */
    INTERRUPTED;

    boolean isEnd() {
        return compareTo(SEALED) >= 0;
    }
}
