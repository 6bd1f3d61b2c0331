package org.tiezheng.capture.relay;

import java.time.Duration;
import java.time.Instant;

/**
 * What the wire is doing, for deciding that a page has settled.
 *
 * @param establishing connections being negotiated, resolved or connected
 * @param open connections through which bytes can pass
 * @param undelivered connections with recorded bytes that the receiver has not taken yet
 * @param lastActivity when a connection was last asked for, opened, ended, or a byte passed; UTC
 * @param quietFor the same by the monotonic clock
 * @param bytesToServer recorded so far
 * @param bytesToClient recorded so far
 */
public record RelayActivity(
        int establishing,
        int open,
        int undelivered,
        Instant lastActivity,
        Duration quietFor,
        long bytesToServer,
        long bytesToClient) {

    /** Work that the relay itself knows to be unfinished. Requests within TLS it cannot see: ask the browser. */
    public int inFlight() {
        return establishing + undelivered;
    }
}
