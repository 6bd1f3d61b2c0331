package org.tiezheng.capture.relay;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a captured page may connect to: public addresses, and what the operator named.
 *
 * <p>Decides on addresses, never on names, because only the address says where the bytes go; the relay asks for every address
 * of an answer and then connects to one of these very addresses. Immutable. Source of the ranges: IANA IPv4 and IPv6
 * Special-Purpose Address Registries (RFC 6890 and later entries), RFC 6052, RFC 3056, RFC 5214; metadata addresses from the
 * cloud vendors' manuals. Rules and reasons: docs/egress.md.
 */
public final class EgressPolicy {

    private record Rule(String word, AddressRange range) {
        static Rule of(String word, String range) {
            return new Rule(word, AddressRange.parse(range));
        }
    }

    /** The first that contains the address gives the word, so the more telling ones come first. */
    private static final List<Rule> RULES = List.of(
            Rule.of("metadata", "169.254.169.254/32"),
            Rule.of("metadata", "169.254.0.23/32"), // Tencent Cloud
            Rule.of("metadata", "100.100.100.200/32"), // Alibaba Cloud
            Rule.of("metadata", "168.63.129.16/32"), // Azure: looks public, is the host
            Rule.of("metadata", "192.0.0.192/32"), // Oracle Cloud
            Rule.of("metadata", "fd00:ec2::254/128"), // AWS
            Rule.of("loopback", "127.0.0.0/8"),
            Rule.of("unspecified", "0.0.0.0/8"),
            Rule.of("private", "10.0.0.0/8"),
            Rule.of("private", "172.16.0.0/12"),
            Rule.of("private", "192.168.0.0/16"),
            Rule.of("shared", "100.64.0.0/10"),
            Rule.of("link-local", "169.254.0.0/16"),
            Rule.of("reserved", "192.0.0.0/24"),
            Rule.of("documentation", "192.0.2.0/24"),
            Rule.of("documentation", "198.51.100.0/24"),
            Rule.of("documentation", "203.0.113.0/24"),
            Rule.of("reserved", "192.88.99.0/24"),
            Rule.of("benchmark", "198.18.0.0/15"),
            Rule.of("multicast", "224.0.0.0/4"),
            Rule.of("broadcast", "255.255.255.255/32"),
            Rule.of("reserved", "240.0.0.0/4"),
            Rule.of("unspecified", "::/128"),
            Rule.of("loopback", "::1/128"),
            Rule.of("private", "fc00::/7"),
            Rule.of("link-local", "fe80::/10"),
            Rule.of("private", "fec0::/10"),
            Rule.of("multicast", "ff00::/8"),
            Rule.of("documentation", "2001:db8::/32"),
            Rule.of("documentation", "3fff::/20"),
            Rule.of("tunnel", "2001::/32"), // Teredo: names an IPv4 server and client of its own
            Rule.of("reserved", "2001::/23"));

    private static final AddressRange GLOBAL_UNICAST = AddressRange.parse("2000::/3");
    private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96");
    private static final AddressRange SIX_TO_FOUR = AddressRange.parse("2002::/16");

    private final List<AllowedTarget> allowed;
    private final Set<InetAddress> own;

    /**
     * @param allowed exceptions, by name
     * @param own addresses of this machine: a public one reaches its services past the firewall just as loopback does
     */
    public EgressPolicy(List<AllowedTarget> allowed, Set<InetAddress> own) {
        this.allowed = List.copyOf(allowed);
        this.own = Set.copyOf(own);
    }

    /** The policy of this machine as its interfaces are now; an interface that cannot be read counts as having no address. */
    public static EgressPolicy ofThisMachine(List<AllowedTarget> allowed) {
        Set<InetAddress> own;
        try {
            own = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(EgressPolicy::withoutZone)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            own = Set.of();
        }
        return new EgressPolicy(allowed, own);
    }

    /**
     * The word of the rule that forbids a connection; empty if it is allowed.
     *
     * @param name the name the browser asked for, lower case; null if it sent an address
     */
    public Optional<String> refusal(@Nullable String name, InetAddress address, int port) {
        Optional<String> rule = internal(address);
        if (rule.isEmpty() || allowed.stream().anyMatch(exception -> exception.covers(name, address, port))) {
            return Optional.empty();
        }
        return rule;
    }

    /** Exceptions as the operator wrote them. */
    public List<String> allowed() {
        return allowed.stream().map(AllowedTarget::toString).toList();
    }

    private Optional<String> internal(InetAddress address) {
        if (own.contains(withoutZone(address))) {
            Optional<String> rule = reserved(address.getAddress());
            return rule.isPresent() ? rule : Optional.of("this-machine");
        }
        return reserved(address.getAddress());
    }

    private static Optional<String> reserved(byte[] address) {
        for (Rule rule : RULES) {
            if (rule.range.contains(address)) {
                return Optional.of(rule.word);
            }
        }
        if (address.length == 4) {
            return Optional.empty();
        }
        byte[] carried = carriedIpv4(address);
        Optional<String> beneath = carried == null ? Optional.empty() : reserved(carried);
        if (beneath.isPresent()) {
            return beneath.map(word -> "embedded-" + word);
        }
        boolean reachesOut = GLOBAL_UNICAST.contains(address) || NAT64.contains(address) || isMapped(address);
        // what is left: IPv4-compatible ::/96, discard-only 100::/64, SRv6, and all that is not assigned yet
        return reachesOut ? Optional.empty() : Optional.of("not-global");
    }

    /** The IPv4 address a translator or tunnel would send this to; null if it carries none. */
    private static byte @Nullable [] carriedIpv4(byte[] address) {
        if (SIX_TO_FOUR.contains(address)) {
            return Arrays.copyOfRange(address, 2, 6);
        }
        boolean isatap =
                (address[8] & ~2) == 0 && address[9] == 0 && address[10] == 0x5e && (address[11] & 0xff) == 0xfe;
        return NAT64.contains(address) || isMapped(address) || isatap ? Arrays.copyOfRange(address, 12, 16) : null;
    }

    private static boolean isMapped(byte[] address) {
        return isZero(address, 0, 10) && (address[10] & 0xff) == 0xff && (address[11] & 0xff) == 0xff;
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress withoutZone(InetAddress address) {
        return HostText.ofBytes(address.getAddress());
    }
}
