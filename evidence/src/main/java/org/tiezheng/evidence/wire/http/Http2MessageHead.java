package org.tiezheng.evidence.wire.http;

import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 field section (RFC 9113 section 8.3), checked so far that its HTTP/1.1 form cannot say anything else: names
 * are tokens, values hold no line ends.
 */
final class Http2MessageHead {
    private final Map<String, String> pseudo = new LinkedHashMap<>();
    private final List<Map.Entry<String, String>> fields = new ArrayList<>();

    static Http2MessageHead of(Http2Headers headers) throws HttpSyntaxException {
        Http2MessageHead head = new Http2MessageHead();
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            head.add(field.getKey().toString(), field.getValue().toString());
        }
        return head;
    }

    private void add(String name, String value) throws HttpSyntaxException {
        if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
            throw malformed("a field value holds CR, LF or NUL");
        }
        if (name.startsWith(":")) {
            if (!Text.isToken(name.substring(1))) {
                throw malformed("a pseudo-header name is not a token");
            }
            if (!fields.isEmpty()) {
                throw malformed("a pseudo-header after a field");
            }
            if (pseudo.put(name, value) != null) {
                throw malformed("a pseudo-header twice");
            }
        } else {
            if (!Text.isToken(name)) {
                throw malformed("a field name is not a token");
            }
            fields.add(Map.entry(name, value));
        }
    }

    static HttpSyntaxException malformed(String detail) {
        return new HttpSyntaxException("http2-header", detail);
    }

    @Nullable
    String pseudo(String name) {
        return pseudo.get(name);
    }

    String method() throws HttpSyntaxException {
        String method = pseudo(":method");
        if (method == null || !Text.isToken(method)) {
            throw malformed("no :method, or not a token");
        }
        return method;
    }

    /** {@code :path}; for CONNECT without one the authority. */
    String path() throws HttpSyntaxException {
        String path = pseudo(":path");
        if (path == null && "CONNECT".equals(pseudo(":method"))) {
            path = pseudo(":authority");
        }
        if (path == null || !Text.isVisible(path)) {
            throw malformed("no :path, or blanks or control characters in it");
        }
        return path;
    }

    /** {@code :authority}, else the host field. */
    @Nullable
    String authority() {
        String authority = pseudo(":authority");
        return authority != null ? authority : first("host");
    }

    int status() throws HttpSyntaxException {
        String status = pseudo(":status");
        if (status == null || status.length() != 3 || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw malformed("no :status of three digits");
        }
        int code = Integer.parseInt(status);
        if (code < 100) {
            throw malformed("no :status of three digits");
        }
        return code;
    }

    /** What content-length says, or -1. The end of an HTTP/2 message is marked otherwise; this is a second opinion. */
    long contentLength() {
        String length = first("content-length");
        boolean number = length != null
                && !length.isEmpty()
                && length.length() <= 18
                && length.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Long.parseLong(length) : -1;
    }

    /** First value of a field, or null. @param name lower case */
    @Nullable
    String first(String name) {
        for (Map.Entry<String, String> field : fields) {
            if (Text.lowerCase(field.getKey()).equals(name)) {
                return field.getValue();
            }
        }
        return null;
    }

    /** The request in HTTP/1.1 form: request line, Host from {@code :authority}, then the fields in their order. */
    byte[] requestText() throws HttpSyntaxException {
        StringBuilder text = new StringBuilder();
        text.append(method()).append(' ').append(path()).append(" HTTP/1.1\r\n");
        String authority = pseudo(":authority");
        if (authority != null) {
            text.append("Host: ").append(authority).append("\r\n");
        }
        boolean cookieWritten = false;
        for (Map.Entry<String, String> field : fields) {
            if (field.getKey().equals("host") && field.getValue().equals(authority)) {
                continue;
            }
            if (!field.getKey().equals("cookie")) {
                appendField(text, field.getKey(), field.getValue());
            } else if (!cookieWritten) {
                cookieWritten = true;
                appendField(text, "cookie", joinedCookies());
            }
        }
        return Text.latin1(text.append("\r\n").toString());
    }

    /** RFC 9113 section 8.2.3: crumbs become one field outside HTTP/2. */
    private String joinedCookies() {
        return String.join(
                "; ",
                fields.stream()
                        .filter(field -> field.getKey().equals("cookie"))
                        .map(Map.Entry::getValue)
                        .toList());
    }

    /** The response in HTTP/1.1 form; HTTP/2 has no reason phrase, so there is none. */
    byte[] responseText() throws HttpSyntaxException {
        StringBuilder text = new StringBuilder();
        text.append("HTTP/1.1 ").append(status()).append(" \r\n");
        for (Map.Entry<String, String> field : fields) {
            appendField(text, field.getKey(), field.getValue());
        }
        return Text.latin1(text.append("\r\n").toString());
    }

    private static void appendField(StringBuilder text, String name, String value) {
        text.append(name).append(": ").append(value).append("\r\n");
    }

    /** Trailers as {@code name: value}, fit for a WARC header. */
    List<String> fieldTexts() {
        return fields.stream()
                .map(field -> Text.printable(field.getKey() + ": " + field.getValue(), true))
                .toList();
    }

    /** Pseudo-headers that have no place in the HTTP/1.1 form, as {@code name: value}. */
    List<String> otherPseudoTexts() {
        return pseudo.entrySet().stream()
                .filter(field -> switch (field.getKey()) {
                    case ":method", ":scheme", ":authority", ":path", ":status" -> false;
                    default -> true;
                })
                .map(field -> Text.printable(field.getKey() + ": " + field.getValue(), true))
                .toList();
    }
}
