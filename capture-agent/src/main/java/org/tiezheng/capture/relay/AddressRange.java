package org.tiezheng.capture.relay;

import java.net.InetAddress;

/** A range of addresses in CIDR notation, such as {@code 10.0.0.0/8} or {@code fc00::/7}; IPv4 or IPv6, never both. */
final class AddressRange {
    private final byte[] prefix;
    private final int bits;
    private final String text;

    private AddressRange(byte[] prefix, int bits, String text) {
        this.prefix = prefix;
        this.bits = bits;
        this.text = text;
    }

    /** @throws IllegalArgumentException if it is not {@code address} or {@code address/bits} */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!(HostText.parse(address) instanceof HostText.Literal literal)) {
            throw new IllegalArgumentException("not an address range: \"" + text + "\"");
        }
        byte[] prefix = literal.address().getAddress();
        int bits = prefix.length * 8;
        if (slash >= 0) {
            String size = text.substring(slash + 1);
            if (!size.matches("[0-9]{1,3}") || Integer.parseInt(size) > bits) {
                throw new IllegalArgumentException("not an address range: \"" + text + "\"");
            }
            bits = Integer.parseInt(size);
        }
        return new AddressRange(prefix, bits, text);
    }

    boolean contains(InetAddress address) {
        return contains(address.getAddress());
    }

    boolean contains(byte[] address) {
        if (address.length != prefix.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (address[i] != prefix[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        return rest == 0 || ((address[whole] ^ prefix[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
