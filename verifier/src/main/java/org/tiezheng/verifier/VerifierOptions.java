package org.tiezheng.verifier;

/**
 * What to check beyond the usual.
 *
 * @param sm3 compare SM3 digests too; about nine times the work of SHA-256, in threads of its own
 * @param deep decode {@code network.pcapng} again and compare every WARC record with it (W09 to W12); writes
 *     temporary files about as large as the recorded bodies
 */
public record VerifierOptions(boolean sm3, boolean deep) {
    /** All checks but the slow ones. */
    public static final VerifierOptions DEFAULT = new VerifierOptions(false, false);
}
