package org.tiezheng.evidence.seal;

/**
 * An authority that was asked and whose answer is not used.
 *
 * @param authority its name
 * @param reason for the reader, English, safe to print
 * @param retryHelps whether the same request may succeed later
 */
public record TimestampFailure(String authority, String reason, boolean retryHelps) {

    @Override
    public String toString() {
        return reason.startsWith(authority) ? reason : authority + ": " + reason;
    }
}
