package org.tiezheng.verifier;

/**
 * What to check beyond the usual.
 *
 * @param sm3 compare SM3 digests too; about nine times the work of SHA-256, in threads of its own
 */
public record VerifierOptions(boolean sm3) {
    /** All checks but the slow ones. */
    public static final VerifierOptions DEFAULT = new VerifierOptions(false);
}
