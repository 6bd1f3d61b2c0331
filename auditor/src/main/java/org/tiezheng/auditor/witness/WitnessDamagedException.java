package org.tiezheng.auditor.witness;

/**
 * A witness's files are damaged, or one of them is missing. It must not go on: without what it saw it could cosign a second
 * history. The answer is a new witness with a new key, never a repaired file.
 */
public final class WitnessDamagedException extends Exception {
    private static final long serialVersionUID = 1;

    WitnessDamagedException(String message) {
        super(message);
    }
}
