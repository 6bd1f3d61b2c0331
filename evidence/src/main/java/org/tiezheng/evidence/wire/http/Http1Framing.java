package org.tiezheng.evidence.wire.http;

import java.util.List;
import java.util.OptionalLong;

/** How the end of an HTTP/1 body is told (RFC 9112 section 6.3). */
record Http1Framing(Kind kind, long length) {
    enum Kind {
        /** Exactly {@link #length} bytes; 0 for no body. */
        LENGTH,
        CHUNKED,
        /** All bytes until the connection is closed. */
        UNTIL_CLOSE,
        /** The connection is no longer HTTP from here. */
        SWITCHED
    }

    static final Http1Framing NONE = new Http1Framing(Kind.LENGTH, 0);
    static final Http1Framing CHUNKED = new Http1Framing(Kind.CHUNKED, 0);
    static final Http1Framing UNTIL_CLOSE = new Http1Framing(Kind.UNTIL_CLOSE, 0);
    static final Http1Framing SWITCHED = new Http1Framing(Kind.SWITCHED, 0);

    static Http1Framing ofRequest(Http1Head head, int minorVersion) throws HttpSyntaxException {
        if (head.has("transfer-encoding") && minorVersion > 0) {
            if (!endsInChunked(head)) {
                throw HttpSyntaxException.http1("request body with a transfer coding that does not end in chunked");
            }
            return CHUNKED;
        }
        OptionalLong length = head.contentLength();
        return length.isPresent() ? new Http1Framing(Kind.LENGTH, length.getAsLong()) : NONE;
    }

    /** For a final response but 101, and but 2xx to CONNECT. */
    static Http1Framing ofResponse(Http1Head head, int status, int minorVersion, String requestMethod)
            throws HttpSyntaxException {
        if (requestMethod.equals("HEAD") || status == 204 || status == 304) {
            return NONE;
        }
        if (head.has("transfer-encoding")) {
            // Transfer-Encoding overrides Content-Length. In HTTP/1.0 it means faulty framing: browsers do not take
            // the chunks apart, so neither do we.
            return minorVersion > 0 && endsInChunked(head) ? CHUNKED : UNTIL_CLOSE;
        }
        OptionalLong length = head.contentLength();
        return length.isPresent() ? new Http1Framing(Kind.LENGTH, length.getAsLong()) : UNTIL_CLOSE;
    }

    private static boolean endsInChunked(Http1Head head) {
        List<String> codings = head.members("transfer-encoding");
        return !codings.isEmpty() && codings.get(codings.size() - 1).equals("chunked");
    }
}
