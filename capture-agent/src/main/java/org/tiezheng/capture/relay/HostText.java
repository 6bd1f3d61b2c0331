package org.tiezheng.capture.relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the text of a host means: an address in any notation a browser understands, a name to resolve, or
 * neither. Never asks a DNS server.
 *
 * <p>Source: WHATWG URL Standard, "host parsing": a host whose last label is a number is an IPv4 address or
 * invalid, so {@code 2130706433}, {@code 0x7f000001}, {@code 127.1} and {@code 0177.0.0.1} are all 127.0.0.1.
 */
sealed interface HostText {

    /** An address, in whatever notation. */
    record Literal(InetAddress address) implements HostText {}

    /** @param name lower case, no trailing dot, at most 253 characters */
    record Name(String name) implements HostText {}

    /** Neither; a browser would not send it. */
    record Malformed(String why) implements HostText {}

    Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");

    static HostText parse(String text) {
        if (text.isEmpty() || text.length() > 255) {
            return new Malformed("empty or too long");
        }
        if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            return new Malformed("not printable ASCII");
        }
        if (text.indexOf(':') >= 0 || text.startsWith("[")) {
            InetAddress address = ipv6(text);
            return address == null ? new Malformed("not an IPv6 address") : new Literal(address);
        }
        String name = text.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        String[] labels = name.split("\\.", -1);
        if (isNumber(labels[labels.length - 1])) {
            InetAddress address = ipv4(labels);
            return address == null ? new Malformed("not an IPv4 address") : new Literal(address);
        }
        if (name.length() > 253) {
            return new Malformed("name too long");
        }
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return new Malformed("not a host name");
            }
        }
        return new Name(name);
    }

    private static @Nullable InetAddress ipv6(String text) {
        String inner = text;
        if (text.startsWith("[")) {
            if (!text.endsWith("]")) {
                return null;
            }
            inner = text.substring(1, text.length() - 1);
        }
        if (inner.indexOf(':') < 0 || inner.indexOf('%') >= 0 || inner.indexOf('[') >= 0) {
            return null; // no zone: a page has no business with interfaces of this machine
        }
        try {
            return InetAddress.getByName(inner); // with a colon this only parses, it never resolves
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static boolean isNumber(String label) {
        if (label.isEmpty()) {
            return false;
        }
        if (label.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return true;
        }
        return label.startsWith("0x")
                && label.chars().skip(2).allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    private static @Nullable InetAddress ipv4(String[] parts) {
        if (parts.length > 4) {
            return null;
        }
        long address = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            long number = number(parts[i]);
            long room = last ? 1L << (8 * (4 - i)) : 256;
            if (number < 0 || number >= room) {
                return null;
            }
            address += last ? number : number << (8 * (3 - i));
        }
        return ofBytes(
                new byte[] {(byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address});
    }

    /** @return -1 if it is none, or more than 32 bits */
    private static long number(String part) {
        if (!isNumber(part)) {
            return -1;
        }
        int radix = part.startsWith("0x") ? 16 : part.length() > 1 && part.startsWith("0") ? 8 : 10;
        String digits = radix == 16 ? part.substring(2) : part;
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            long value = Long.parseLong(digits, radix);
            return value > 0xffff_ffffL ? -1 : value;
        } catch (NumberFormatException e) {
            return -1; // 08, or longer than a long: more than 32 bits either way
        }
    }

    /** @param bytes 4 or 16; an IPv4-mapped IPv6 address comes out as the IPv4 address it is */
    static InetAddress ofBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
        }
    }
}
