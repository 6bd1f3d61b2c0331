package org.tiezheng.evidence.record;

/** Bytes that are not an evidence record of RFC 4998 in DER, or one beyond the limits. Trying again is useless. */
public final class MalformedEvidenceRecordException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedEvidenceRecordException(String message) {
        super(message);
    }

    MalformedEvidenceRecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
