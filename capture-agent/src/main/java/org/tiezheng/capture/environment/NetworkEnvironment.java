package org.tiezheng.capture.environment;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * The network the capture went through (domain.md C1, row 16).
 *
 * @param egressIp public address as a service named by the operator saw it; null with a reason
 * @param egressService who was asked, without the query of its address, which may hold a key; null if nobody
 * @param egressIpReason {@code not-asked} unless the operator named a service, since asking a third party is traffic and tells it
 *     something; or why the answer is no address
 * @param interfaces that are up
 * @param gateways of the default routes, numeric
 * @param dnsServers of this machine, address and port
 * @param proxies settings found, {@code name=value} with passwords masked; none is expected
 * @param hostsFile the machine's own name table
 */
public record NetworkEnvironment(
        @Nullable String egressIp,
        @Nullable String egressService,
        @Nullable String egressIpReason,
        List<Interface> interfaces,
        List<String> gateways,
        List<String> dnsServers,
        List<String> proxies,
        HostsTable hostsFile) {

    public NetworkEnvironment {
        interfaces = List.copyOf(interfaces);
        gateways = List.copyOf(gateways);
        dnsServers = List.copyOf(dnsServers);
        proxies = List.copyOf(proxies);
    }

    /** All addresses of all interfaces, loopback left out. */
    public List<String> localAddresses() {
        return interfaces.stream()
                .filter(each -> !each.loopback())
                .flatMap(each -> each.addresses().stream())
                .toList();
    }

    /** Names of interfaces that look like a VPN's. */
    public List<String> vpnLike() {
        return interfaces.stream()
                .filter(Interface::vpnLike)
                .map(Interface::name)
                .toList();
    }

    /**
     * @param addresses numeric
     * @param vpnLike by its name or kind: tun, tap, wg, ppp, ipsec …
     */
    public record Interface(String name, List<String> addresses, boolean loopback, boolean vpnLike) {
        public Interface {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * @param sha256 of the file; null with a reason
     * @param unusual entries that could lead a public name elsewhere, {@code address name}; at most 1,000
     * @param unusualTotal how many there are
     */
    public record HostsTable(
            @Nullable Digest sha256,
            List<String> unusual,
            int unusualTotal,
            @Nullable String reason) {
        public HostsTable {
            unusual = List.copyOf(unusual);
        }
    }
}
