package org.tiezheng.evidence.wire;

/** How one direction of a byte stream ended. */
public enum StreamEnd {
    /** FIN without TLS, or close_notify within TLS: the sender said that this was all. */
    CLOSED,
    /** RST, or FIN without close_notify within TLS: bytes may be missing. */
    CUT,
    /** The recording ended first. */
    RECORDING_ENDED
}
