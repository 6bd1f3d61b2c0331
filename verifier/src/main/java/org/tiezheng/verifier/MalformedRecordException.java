package org.tiezheng.verifier;

/** Bytes that are no record of this format. The message is ours and safe to print. */
final class MalformedRecordException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedRecordException(String message) {
        super(message);
    }
}
