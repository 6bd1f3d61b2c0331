package org.tiezheng.evidence.record;

/** The files at hand are not those a batch was made of, or not all of their digests are known. */
public final class GroupMismatchException extends Exception {
    private static final long serialVersionUID = 1;

    GroupMismatchException(String message) {
        super(message);
    }
}
