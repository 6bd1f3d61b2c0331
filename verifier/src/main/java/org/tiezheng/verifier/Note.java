package org.tiezheng.verifier;

/**
 * Something a reader must know beside the findings: what was not looked at, what limits the
 * verdict, and which optional checks were made. A note changes no verdict; the texts are in the message bundles under {@code note.<NAME>}.
 */
public enum Note {
    /** No trust anchor was given: nothing can be said about who signed and who stamped. */
    NO_TRUST_ANCHORS,
    /** A token or the signature leads to the root of an embedded authority: run by who made the package. */
    EMBEDDED_AUTHORITY,
    /** SM3 digests were not compared; ask with {@code --sm3}. */
    SM3_NOT_CHECKED,
    /** The WARC was not compared with {@code network.pcapng}; ask with {@code --deep}. */
    DERIVATION_NOT_REPEATED,
    /** The container cannot be read, so no later check was made. */
    STOPPED_AT_CONTAINER,
    /** The package holds no evidence record. */
    EVIDENCE_RECORD_NOT_PRESENT,
    /** The package holds no log proof. */
    LOG_PROOF_NOT_PRESENT,
    /** The package holds a log proof, but the user named no log he trusts: anybody can make a tree. */
    LOG_NOT_TRUSTED,
    /** A witness saw the log's entry more than an hour after its time. */
    WITNESSED_LATE,
    /** The package holds an SM2 time-stamp, which this version cannot check. */
    SM2_TOKEN_NOT_CHECKED,
    /** Members that nobody signed or stamped are there, {@link Report#notSealed()}: of them only the form was looked at. */
    NOT_SEALED,
    /** SM3 digests were compared, and all are right. */
    SM3_EQUAL,
    /** The WARC was compared with {@code network.pcapng}, and they agree. */
    DERIVATION_EQUAL,
    /** capture.json says that the capture is not complete. */
    CAPTURE_NOT_COMPLETE
}
