package org.tiezheng.evidence.register;

/** What was read is no register, or not all of one. */
public final class MalformedRegisterException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedRegisterException(String message) {
        super(message);
    }

    MalformedRegisterException(String message, Throwable cause) {
        super(message, cause);
    }
}
