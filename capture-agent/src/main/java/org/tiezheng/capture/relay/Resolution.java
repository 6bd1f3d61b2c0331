package org.tiezheng.capture.relay;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a name became addresses. Several connections may share one, for as long as its TTL says.
 *
 * @param number 1 for the first of the capture
 * @param name lower case, without trailing dot
 * @param source {@code dns}, {@code hosts} (the hosts file) or {@code reserved} (localhost, RFC 6761: never asked)
 * @param canonicalName end of the CNAME chain; null if there was none
 * @param candidates addresses to connect to, in that order: IPv4 first
 * @param seen every address in any answer, candidates included: one internal address among them refuses all
 * @param error why there are no candidates: {@code NXDOMAIN}, {@code SERVFAIL}, {@code timeout}, {@code no-address} …; else null
 */
public record Resolution(
        int number,
        String name,
        String source,
        Instant startedAt,
        Instant endedAt,
        @Nullable String canonicalName,
        List<InetAddress> candidates,
        List<InetAddress> seen,
        @Nullable String error,
        List<DnsLookup> lookups) {

    public Resolution {
        candidates = List.copyOf(candidates);
        seen = List.copyOf(seen);
        lookups = List.copyOf(lookups);
    }
}
