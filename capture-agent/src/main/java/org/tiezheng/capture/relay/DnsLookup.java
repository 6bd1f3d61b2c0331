package org.tiezheng.capture.relay;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One question to one DNS server, with both messages as they were on the wire.
 *
 * @param server address and port asked
 * @param transport {@code udp} or {@code tcp}
 * @param type {@code A} or {@code AAAA}
 * @param sentAt UTC
 * @param answeredAt UTC; null if no usable answer came
 * @param query DNS message, base64, without the length prefix of TCP
 * @param response DNS message, base64; null if none came, or if the capture's bound on kept messages was reached
 * @param outcome {@code NOERROR}, {@code NXDOMAIN} or another RCODE; {@code timeout}; {@code truncated} (then asked again by
 *     TCP); {@code unreachable}; {@code malformed}
 */
public record DnsLookup(
        String server,
        String transport,
        String type,
        Instant sentAt,
        @Nullable Instant answeredAt,
        String query,
        @Nullable String response,
        String outcome) {}
