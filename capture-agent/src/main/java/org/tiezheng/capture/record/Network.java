package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the bytes came (domain rows 16 and 20). The full connection list with the DNS messages is {@code
 * evidence/connections.json}; the machine's own addresses and the egress address are in {@code environment}.
 *
 * @param dnsServers asked by the agent
 * @param dns one entry for each name the page made us resolve
 * @param connections number of connections the browser asked for
 * @param denied connections refused by the egress policy
 * @param limitReached limit that ended the recording early, if one did
 */
public record Network(
        List<String> dnsServers,
        List<Dns> dns,
        int connections,
        long bytesSent,
        long bytesReceived,
        List<Denied> denied,
        @Nullable String limitReached) {

    public Network {
        dnsServers = List.copyOf(dnsServers);
        dns = List.copyOf(dns);
        denied = List.copyOf(denied);
    }

    /**
     * @param addresses in any of the answers
     * @param source {@code dns}, {@code hosts} or {@code reserved}
     * @param error why there are no addresses, if so
     */
    public record Dns(
            String name,
            List<String> addresses,
            String source,
            Instant at,
            @Nullable String error) {

        public Dns {
            addresses = List.copyOf(addresses);
        }
    }

    public record Denied(String host, int port, Instant at, String reason) {}
}
