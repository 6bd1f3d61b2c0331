package org.tiezheng.evidence.time;

/** An authority gave no usable token. The message names the authority and says why. */
public final class TimestampException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean retryHelps;

    public TimestampException(String message, boolean retryHelps) {
        super(message);
        this.retryHelps = retryHelps;
    }

    public TimestampException(String message, boolean retryHelps, Throwable cause) {
        super(message, cause);
        this.retryHelps = retryHelps;
    }

    /** Whether the same request may succeed later: true for network and server trouble, false for a refusal. */
    public boolean retryHelps() {
        return retryHelps;
    }
}
