package org.tiezheng.capture.relay;

import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An exception to the egress policy that the operator named: {@code --allow-host HOST[:PORT]}.
 *
 * <p>HOST is a name (then that name may resolve to internal addresses), an address, or a range in CIDR notation
 * (then any name may resolve to it); IPv6 with a port is written {@code [::1]:8443}. Without a port all ports are meant.
 */
public final class AllowedTarget {
    private static final Pattern BRACKETED = Pattern.compile("\\[([^\\]]+)](?::([0-9]{1,5}))?");
    private static final Pattern PLAIN = Pattern.compile("([^:\\[\\]]+)(?::([0-9]{1,5}))?");

    private final String text;
    private final @Nullable String name;
    private final @Nullable AddressRange range;
    private final int port;

    private AllowedTarget(String text, @Nullable String name, @Nullable AddressRange range, int port) {
        this.text = text;
        this.name = name;
        this.range = range;
        this.port = port;
    }

    /** @throws IllegalArgumentException if {@code text} is none of the three forms */
    public static AllowedTarget parse(String text) {
        String host = text;
        int port = 0;
        Matcher bracketed = BRACKETED.matcher(text);
        Matcher plain = PLAIN.matcher(text);
        Matcher matched = bracketed.matches() ? bracketed : plain.matches() ? plain : null;
        if (matched != null) {
            host = matched.group(1);
            String digits = matched.group(2);
            if (digits != null) {
                port = Integer.parseInt(digits);
                if (port < 1 || port > 65535) {
                    throw new IllegalArgumentException("no such port: \"" + text + "\"");
                }
            }
        }
        if (host.indexOf('/') >= 0) {
            return new AllowedTarget(text, null, AddressRange.parse(host), port);
        }
        HostText parsed = HostText.parse(host.toLowerCase(Locale.ROOT));
        if (parsed instanceof HostText.Literal literal) {
            return new AllowedTarget(
                    text, null, AddressRange.parse(literal.address().getHostAddress()), port);
        }
        if (parsed instanceof HostText.Name known) {
            return new AllowedTarget(text, known.name(), null, port);
        }
        throw new IllegalArgumentException("expected HOST[:PORT], an address or a range, got \"" + text + "\"");
    }

    /** @param askedName the name the browser asked for; null if it sent an address */
    boolean covers(@Nullable String askedName, InetAddress address, int askedPort) {
        if (port != 0 && port != askedPort) {
            return false;
        }
        return range != null ? range.contains(address) : name != null && name.equals(askedName);
    }

    /** As the operator wrote it. */
    @Override
    public String toString() {
        return text;
    }
}
