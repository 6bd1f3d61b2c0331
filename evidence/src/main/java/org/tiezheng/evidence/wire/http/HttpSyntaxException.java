package org.tiezheng.evidence.wire.http;

/** Bytes that are not the protocol they should be; never leaves this package. */
final class HttpSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason word for {@link org.tiezheng.evidence.wire.Undecoded#reason}
     * @param detail what is wrong, without bytes of the page
     */
    HttpSyntaxException(String reason, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
    }

    static HttpSyntaxException http1(String detail) {
        return new HttpSyntaxException("http1-syntax", detail);
    }

    String reason() {
        return reason;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
