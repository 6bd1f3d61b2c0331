package org.tiezheng.capture.relay;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection the browser asked the relay for.
 *
 * @param number 1 for the first accepted, ascending
 * @param conversation its number in network.pcapng; null if no connection to the server came about
 * @param host name or literal address as the browser sent it; null if it never got so far
 * @param port as the browser sent it; 0 if it never got so far
 * @param resolution {@link Resolution#number()}; null for a literal address
 * @param attempts addresses tried, in order, with what came of each
 * @param address the address connected to, numeric; null if none
 * @param acceptedAt the browser connected to the relay, UTC
 * @param openedAt the connection to the server stood, UTC; null if never
 * @param closedAt UTC; null while open
 * @param endedBy who ended it first: {@code client}, {@code server}, {@code relay}; null while open
 * @param outcome stable word. {@code closed}; {@code reset} (one side cut it); {@code denied}; {@code name-error}; {@code
 *     connect-refused}, {@code connect-timeout}, {@code network-unreachable}, {@code host-unreachable}, {@code
 *     connect-error}; {@code protocol-error} (not SOCKS5 CONNECT); {@code foreign-process} (not the browser's account); {@code limit}; {@code recording-ended}; {@code failed}; {@code open}
 * @param error for the reader, English; null if all went well
 * @param bytesToServer recorded
 * @param bytesToClient recorded
 * @param bytesDelivered of {@code bytesToClient}, what the browser's side of the relay took
 */
public record ConnectionRecord(
        int number,
        @Nullable Integer conversation,
        @Nullable String host,
        int port,
        @Nullable Integer resolution,
        List<Attempt> attempts,
        @Nullable String address,
        Instant acceptedAt,
        @Nullable Instant openedAt,
        @Nullable Instant closedAt,
        @Nullable String endedBy,
        String outcome,
        @Nullable String error,
        long bytesToServer,
        long bytesToClient,
        long bytesDelivered) {

    public ConnectionRecord {
        attempts = List.copyOf(attempts);
    }

    /**
     * One try to connect.
     *
     * @param address numeric
     * @param at start, UTC
     * @param result {@code connected} or an outcome word
     */
    public record Attempt(String address, Instant at, String result) {}
}
