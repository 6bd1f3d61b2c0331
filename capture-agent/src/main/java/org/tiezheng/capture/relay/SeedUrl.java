package org.tiezheng.capture.relay;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address somebody wants captured, checked before anything starts.
 *
 * <p>Stricter than a browser: what two parsers could read in two ways (backslashes, blanks, user info) is refused, because
 * an inspector must see at a glance which host is meant. Whether the host may be reached is decided by the relay.
 *
 * @param text as given
 * @param scheme {@code http} or {@code https}
 * @param host lower case; international names in their ASCII form; IPv6 in brackets
 * @param port explicit, or 80 or 443
 */
public record SeedUrl(String text, String scheme, String host, int port) {
    private static final Pattern FORM = Pattern.compile(
            "(https?)://([^/?#@\\[\\]:]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?([/?#].*)?", Pattern.CASE_INSENSITIVE);
    private static final int LONGEST = 8_192;

    /** Why a text is no seed URL. */
    public enum Refusal {
        /** Neither http nor https: file, javascript, data, ftp, view-source … */
        SCHEME,
        /** {@code user:password@host}: hides the host from the reader and would put a password on record. */
        USER_INFO,
        /** No such host or port, control characters, blanks, backslashes, longer than 8,192 characters. */
        SYNTAX
    }

    /** The text is not one; says why. */
    public static final class RefusedException extends Exception {
        private final Refusal refusal;

        RefusedException(Refusal refusal, String message) {
            super(message);
            this.refusal = refusal;
        }

        public Refusal refusal() {
            return refusal;
        }
    }

    /** @throws RefusedException if a capture must not start with it */
    public static SeedUrl parse(String text) throws RefusedException {
        if (text.length() > LONGEST || text.chars().anyMatch(SeedUrl::isUnfit)) {
            throw new RefusedException(Refusal.SYNTAX, "too long, or has blanks, control characters or backslashes");
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.startsWith("http://") && !lower.startsWith("https://")) {
            throw new RefusedException(Refusal.SCHEME, "only http:// and https:// can be captured");
        }
        if (authority(text).indexOf('@') >= 0) {
            throw new RefusedException(Refusal.USER_INFO, "a user name before the host is not accepted");
        }
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new RefusedException(Refusal.SYNTAX, "not a web address");
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        @Nullable String digits = parts.group(3);
        int port = digits == null ? (scheme.equals("https") ? 443 : 80) : Integer.parseInt(digits);
        if (port < 1 || port > 65535) {
            throw new RefusedException(Refusal.SYNTAX, "no such port: " + port);
        }
        String host = asciiHost(parts.group(2));
        if (HostText.parse(host) instanceof HostText.Malformed malformed) {
            throw new RefusedException(Refusal.SYNTAX, malformed.why());
        }
        return new SeedUrl(text, scheme, host, port);
    }

    /** The rule that forbids this URL before any name is resolved, that is if its host is a literal address. */
    public Optional<String> refusedBy(EgressPolicy policy) {
        return HostText.parse(host) instanceof HostText.Literal literal
                ? policy.refusal(null, literal.address(), port)
                : Optional.empty();
    }

    private static boolean isUnfit(int c) {
        return c <= 0x20
                || c == 0x7f
                || (c >= 0x80 && c < 0xa0)
                || c == '\\'
                || Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.getType(c) == Character.FORMAT;
    }

    private static String authority(String text) {
        String rest = text.substring(text.indexOf("//") + 2);
        int end = rest.length();
        for (char stop : new char[] {'/', '?', '#'}) {
            int at = rest.indexOf(stop);
            if (at >= 0 && at < end) {
                end = at;
            }
        }
        return rest.substring(0, end);
    }

    private static String asciiHost(String host) throws RefusedException {
        try {
            return host.startsWith("[")
                    ? host.toLowerCase(Locale.ROOT)
                    : IDN.toASCII(host).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.SYNTAX, "not a host name");
        }
    }
}
