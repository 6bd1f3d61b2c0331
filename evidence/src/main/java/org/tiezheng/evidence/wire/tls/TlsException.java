package org.tiezheng.evidence.wire.tls;

/** A direction or a whole conversation cannot be decoded any further; becomes an {@code Undecoded}. */
final class TlsException extends Exception {
    /** Records or messages break the protocol's form, or do not decrypt. */
    static final String RECORD = "tls-record";
    /** The handshake cannot be followed. */
    static final String HANDSHAKE = "tls-handshake";

    static final String NO_SECRET = "no-tls-secret";
    static final String SUITE = "tls-suite";
    static final String VERSION = "tls-version";
    static final String RENEGOTIATION = "tls-renegotiation";

    private final String reason;

    TlsException(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    /** @return the stable word of {@link org.tiezheng.evidence.wire.Undecoded#reason} */
    String reason() {
        return reason;
    }
}
