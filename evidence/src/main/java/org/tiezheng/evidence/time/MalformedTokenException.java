package org.tiezheng.evidence.time;

/** Bytes that are not a time-stamp token of RFC 3161. Trying again is useless. */
public final class MalformedTokenException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedTokenException(String message) {
        super(message);
    }

    public MalformedTokenException(String message, Throwable cause) {
        super(message, cause);
    }
}
