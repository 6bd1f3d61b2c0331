package org.tiezheng.storage;

/**
 * What is about to be stored.
 *
 * @param key see {@link ObjectKeys}; for evidence {@link ObjectKeys#ofContent}
 * @param sizeBytes exact size, 0 or more
 * @param sha256 digest of the bytes, 64 lower-case hex digits
 * @param retention lock that begins with the first byte
 * @param legalHold whether a hold is on from the first byte
 */
public record PutRequest(String key, long sizeBytes, String sha256, Retention retention, boolean legalHold) {
    /** @throws IllegalArgumentException if a value is not of its form */
    public PutRequest {
        ObjectKeys.checkKey(key);
        ObjectKeys.checkSha256(sha256);
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("negative size " + sizeBytes);
        }
    }
}
