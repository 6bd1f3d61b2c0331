package org.tiezheng.capture.environment;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One question to one time server, answered or not. RFC 5905, section 7.3.
 *
 * @param server as configured, {@code host} or {@code host:port}
 * @param address the numeric address asked; null if the name did not resolve
 * @param at when asked, by this machine's clock, UTC
 * @param available whether a usable answer came
 * @param offsetMs server time minus machine time; null without a usable answer, like all that follow
 * @param delayMs round trip without the server's own time
 * @param stratum 1 (has the reference clock) to 15
 * @param referenceId stratum 1: four letters such as {@code GPS}; above: the upstream server's IPv4 address or hash, dotted
 * @param leap 0 none, 1 last minute of the day has 61 s, 2 has 59 s
 * @param rootDelayMs to the reference clock
 * @param rootDispersionMs error to the reference clock
 * @param reason why there is no usable answer: {@code timeout}, {@code unknown-host}, {@code unreachable}, {@code
 *     kiss-of-death RATE}, {@code unsynchronised}, {@code bogus …}; null if available
 */
public record SntpSample(
        String server,
        @Nullable String address,
        Instant at,
        boolean available,
        @Nullable Double offsetMs,
        @Nullable Double delayMs,
        @Nullable Integer stratum,
        @Nullable String referenceId,
        @Nullable Integer leap,
        @Nullable Double rootDelayMs,
        @Nullable Double rootDispersionMs,
        @Nullable String reason) {

    static SntpSample notAvailable(String server, @Nullable String address, Instant at, String reason) {
        return new SntpSample(server, address, at, false, null, null, null, null, null, null, null, reason);
    }
}
