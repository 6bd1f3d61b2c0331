package org.tiezheng.capture;

import java.util.Locale;

/** Web addresses as texts that can be compared. */
final class Addresses {
    private Addresses() {}

    /**
     * Without fragment, scheme and host in lower case, default port left out, an empty path as {@code /}; ws and wss as
     * http and https. Everything else stays: path and query are the server's business.
     */
    static String comparable(String url) {
        int fragment = url.indexOf('#');
        String text = fragment < 0 ? url : url.substring(0, fragment);
        int colon = text.indexOf("://");
        if (colon < 0) {
            return text;
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        scheme = scheme.equals("ws") ? "http" : scheme.equals("wss") ? "https" : scheme;
        String rest = text.substring(colon + 3);
        int end = rest.length();
        for (int i = 0; i < rest.length(); i++) {
            if (rest.charAt(i) == '/' || rest.charAt(i) == '?') {
                end = i;
                break;
            }
        }
        String host = rest.substring(0, end).toLowerCase(Locale.ROOT);
        String defaultPort = scheme.equals("https") ? ":443" : ":80";
        if (host.endsWith(defaultPort)) {
            host = host.substring(0, host.length() - defaultPort.length());
        }
        String path = rest.substring(end);
        return scheme + "://" + host + (path.startsWith("/") ? path : "/" + path);
    }

    /** Host of a web address, lower case, without port and brackets; empty if there is none. */
    static String host(String url) {
        int colon = url.indexOf("://");
        if (colon < 0) {
            return "";
        }
        String rest = url.substring(colon + 3);
        int end = rest.length();
        for (int i = 0; i < rest.length(); i++) {
            char c = rest.charAt(i);
            if (c == '/' || c == '?' || c == '#') {
                end = i;
                break;
            }
        }
        String authority =
                rest.substring(rest.lastIndexOf('@', end - 1) + 1, end).toLowerCase(Locale.ROOT);
        if (authority.startsWith("[")) {
            int close = authority.indexOf(']');
            return close < 0 ? authority : authority.substring(1, close);
        }
        int port = authority.indexOf(':');
        return port < 0 ? authority : authority.substring(0, port);
    }
}
