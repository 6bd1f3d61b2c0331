package org.tiezheng.evidence.log;

/** Text or bytes that are not what the log's formats allow. Trying again is useless. */
public final class MalformedLogException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedLogException(String message) {
        super(message);
    }

    MalformedLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
