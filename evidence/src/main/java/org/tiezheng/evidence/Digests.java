package org.tiezheng.evidence;

/**
 * What a member's bytes hash to, computed while they were written, once.
 *
 * @param sha256 SHA-256
 * @param sm3 SM3
 * @param sizeBytes number of bytes hashed, 0 or more
 */
public record Digests(Digest sha256, Digest sm3, long sizeBytes) {

    public Digests {
        if (sha256.algorithm() != Digest.Algorithm.SHA256 || sm3.algorithm() != Digest.Algorithm.SM3) {
            throw new IllegalArgumentException("expected a SHA-256 and an SM3 digest, got " + sha256 + " and " + sm3);
        }
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("negative size " + sizeBytes);
        }
    }
}
