package org.tiezheng.evidence.wire.http;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.TlsFacts;

/**
 * The absolute URI a request was for (RFC 9112 section 3.3, RFC 9113 section 8.3.1).
 *
 * <p>The scheme tells how it was fetched: {@code https} if the conversation was encrypted, else {@code http}.
 */
final class TargetUri {
    private static final Pattern ABSOLUTE = Pattern.compile("[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+.*");

    private TargetUri() {}

    /**
     * @param target request-target or {@code :path}, one character per byte
     * @param authority Host field or {@code :authority}; null or empty if there was none: then the server's name from the
     *     TLS handshake, else its address stands in
     */
    static String of(Conversation conversation, @Nullable TlsFacts tls, String target, @Nullable String authority) {
        if (ABSOLUTE.matcher(target).matches()) {
            return Text.printable(target, false);
        }
        String scheme = tls == null ? "http" : "https";
        int defaultPort = tls == null ? 80 : 443;
        String host = authority == null || authority.isEmpty()
                ? fallback(conversation, tls, defaultPort)
                : withoutDefaultPort(authority, defaultPort);
        String path = target.equals("*") ? "" : target;
        return Text.printable(
                scheme + "://" + host + (path.isEmpty() || path.startsWith("/") ? "" : "/") + path, false);
    }

    /** The same URI as a WebSocket's: {@code ws:} for {@code http:}, {@code wss:} for {@code https:}. */
    static String webSocket(String httpUri) {
        return "ws" + httpUri.substring("http".length());
    }

    private static String withoutDefaultPort(String authority, int defaultPort) {
        String suffix = ":" + defaultPort;
        return authority.endsWith(suffix) ? authority.substring(0, authority.length() - suffix.length()) : authority;
    }

    private static String fallback(Conversation conversation, @Nullable TlsFacts tls, int defaultPort) {
        InetSocketAddress server = conversation.server();
        String host = tls != null && tls.serverName() != null ? tls.serverName() : addressText(server);
        return server.getPort() == defaultPort ? host : host + ":" + server.getPort();
    }

    private static String addressText(InetSocketAddress server) {
        String text = server.getAddress().getHostAddress();
        return server.getAddress() instanceof Inet6Address ? "[" + text + "]" : text;
    }
}
