package org.tiezheng.evidence.wire.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Start line and fields of an HTTP/1 message (RFC 9112 sections 2 to 5), read as leniently as browsers do: a bare LF ends
 * a line, folded lines are joined, a line without colon is not a field. The bytes themselves are kept elsewhere.
 */
final class Http1Head {
    private final String startLine;
    private final List<Map.Entry<String, String>> fields;

    private Http1Head(String startLine, List<Map.Entry<String, String>> fields) {
        this.startLine = startLine;
        this.fields = fields;
    }

    /** @param bytes the head with its last, empty line; no empty lines ahead of the start line */
    static Http1Head parse(byte[] bytes) throws HttpSyntaxException {
        String text = Text.latin1(bytes);
        if (text.indexOf('\0') >= 0) {
            throw HttpSyntaxException.http1("NUL in a head");
        }
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 ? text.length() : newline;
            int end = to > from && text.charAt(to - 1) == '\r' ? to - 1 : to;
            lines.add(text.substring(from, end));
            from = to + 1;
        }
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (line.isEmpty()) {
                continue;
            }
            boolean folded = line.charAt(0) == ' ' || line.charAt(0) == '\t';
            if (folded && !fields.isEmpty()) {
                Map.Entry<String, String> last = fields.remove(fields.size() - 1);
                fields.add(Map.entry(last.getKey(), (last.getValue() + " " + line.strip()).strip()));
                continue;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.add(Map.entry(
                        Text.lowerCase(line.substring(0, colon).strip()),
                        line.substring(colon + 1).strip()));
            }
        }
        return new Http1Head(lines.get(0), fields);
    }

    /** Method, request-target and version. */
    record RequestLine(String method, String target, int minorVersion) {}

    RequestLine requestLine() throws HttpSyntaxException {
        int first = startLine.indexOf(' ');
        int last = startLine.lastIndexOf(' ');
        if (first < 0 || first == last) {
            throw HttpSyntaxException.http1("request line does not have three parts");
        }
        String method = startLine.substring(0, first);
        String target = startLine.substring(first + 1, last);
        if (!Text.isToken(method)) {
            throw HttpSyntaxException.http1("request method is not a token");
        }
        if (!Text.isVisible(target)) {
            throw HttpSyntaxException.http1("request-target has blanks or control characters");
        }
        return new RequestLine(method, target, minorVersion(startLine.substring(last + 1)));
    }

    /** Status code and version. */
    record StatusLine(int status, int minorVersion) {}

    StatusLine statusLine() throws HttpSyntaxException {
        int first = startLine.indexOf(' ');
        if (first < 0) {
            throw HttpSyntaxException.http1("no status line");
        }
        int minor = minorVersion(startLine.substring(0, first));
        String rest = startLine.substring(first + 1).stripLeading();
        if (rest.length() < 3
                || !isDigits(rest.substring(0, 3))
                || rest.charAt(0) == '0'
                || (rest.length() > 3 && rest.charAt(3) != ' ')) {
            throw HttpSyntaxException.http1("status code is not three digits");
        }
        return new StatusLine(Integer.parseInt(rest.substring(0, 3)), minor);
    }

    private static int minorVersion(String version) throws HttpSyntaxException {
        if (version.length() != 8 || !version.startsWith("HTTP/1.") || !isDigits(version.substring(7))) {
            throw HttpSyntaxException.http1("not an HTTP/1 version");
        }
        return version.charAt(7) - '0';
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** First value of a field, or null. @param name lower case */
    @Nullable
    String first(String name) {
        for (Map.Entry<String, String> field : fields) {
            if (field.getKey().equals(name)) {
                return field.getValue();
            }
        }
        return null;
    }

    /** The comma-separated members of all fields of that name, blanks removed, lower case. */
    List<String> members(String name) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, String> field : fields) {
            if (field.getKey().equals(name)) {
                for (String member : field.getValue().split(",", -1)) {
                    if (!member.isBlank()) {
                        members.add(Text.lowerCase(member.strip()));
                    }
                }
            }
        }
        return members;
    }

    boolean has(String name) {
        return first(name) != null;
    }

    /**
     * The announced length (RFC 9112 section 6.3 point 5): the same number said several times counts once.
     *
     * @throws HttpSyntaxException if it is no number or says different numbers
     */
    OptionalLong contentLength() throws HttpSyntaxException {
        if (!has("content-length")) {
            return OptionalLong.empty();
        }
        long length = -1;
        for (String member : members("content-length")) {
            if (!isDigits(member) || member.length() > 18) {
                throw HttpSyntaxException.http1("Content-Length is not a number");
            }
            long value = Long.parseLong(member);
            if (length >= 0 && value != length) {
                throw HttpSyntaxException.http1("different Content-Length values");
            }
            length = value;
        }
        if (length < 0) {
            throw HttpSyntaxException.http1("Content-Length is not a number");
        }
        return OptionalLong.of(length);
    }
}
