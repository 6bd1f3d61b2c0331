package org.tiezheng.capture.agent;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a worker works.
 *
 * @param server base address of the archive server, {@code https://…}, without query
 * @param token gives the bearer token; asked before each request, so that a new one is used without a restart
 * @param name shown on the server; unique among its agents, or their jobs look like one agent's
 * @param slots captures at a time
 * @param shutdown how long running captures may take to end by themselves when the worker is stopped
 * @param tls for servers whose certificate the JDK does not trust; null for the JDK's rules
 */
public record AgentSettings(
        URI server,
        TokenSource token,
        String name,
        int slots,
        Duration shutdown,
        @Nullable SSLContext tls) {
    public static final int MAX_SLOTS = 16;
    public static final Duration DEFAULT_SHUTDOWN = Duration.ofSeconds(45);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");

    public AgentSettings {
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new IllegalArgumentException("slots: 1 to " + MAX_SLOTS);
        }
        if (!isName(name)) {
            throw new IllegalArgumentException("name: letters, digits, . _ @ -, at most 64");
        }
        if (shutdown.isNegative()) {
            throw new IllegalArgumentException("shutdown: below zero");
        }
    }

    /** The token is read when it is needed; it is never logged and never on a command line. */
    @FunctionalInterface
    public interface TokenSource {
        /** @throws java.io.IOException if it cannot be read now */
        String token() throws java.io.IOException;
    }

    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * Parses the server's address.
     *
     * @param insecure allows plain HTTP to other machines, where anybody on the way reads the token and the packages
     * @throws IllegalArgumentException with a word for what is wrong: {@code syntax}, {@code plain-http}
     */
    public static URI server(String text, boolean insecure) {
        URI uri;
        try {
            uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("syntax", e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new IllegalArgumentException("syntax");
        }
        if (scheme.equals("http") && !insecure && !isLoopback(uri.getHost())) {
            throw new IllegalArgumentException("plain-http");
        }
        return uri;
    }

    /** {@code localhost} and literal addresses only: what a name resolves to today says nothing about tomorrow. */
    private static boolean isLoopback(String host) {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (bare.equalsIgnoreCase("localhost")) {
            return true;
        }
        boolean literal = bare.contains(":") || bare.matches("[0-9.]+");
        try {
            return literal && InetAddress.getByName(bare).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
