package org.tiezheng.capture.relay;

import java.time.Duration;

/**
 * How much one capture may take. A limit that is reached is a {@link LimitReached} in the report, and the capture
 * is then partial for that reason.
 *
 * @param captureBytes bytes recorded in all, both directions; recording stops exactly there and all connections are cut
 * @param connectionBytes bytes recorded of one connection, both directions; that connection is cut
 * @param connections connections the browser may open in all, refused ones included; at most 40,000
 * @param concurrent connections at one time; more wait unaccepted, nothing is lost, so this is no event
 * @param idle a connection with no byte in either direction for so long is cut
 * @param connect bound for one attempt to connect to one address; not an event: the browser shows an error page
 * @param drainAfterAbortBytes when the browser gives a connection up, go on reading the server up to so many bytes, so
 *     that the record holds what the browser threw away. 0, the default: the record ends where the browser did.
 *     Downloads need none of it, since Chromium is told to accept them (capture.md, section 9)
 */
public record RelayLimits(
        long captureBytes,
        long connectionBytes,
        int connections,
        int concurrent,
        Duration idle,
        Duration connect,
        long drainAfterAbortBytes) {

    /** Ports on the agent's side of network.pcapng must be unique in the file. */
    private static final int MOST_CONNECTIONS = 40_000;

    public RelayLimits {
        if (captureBytes <= 0 || connectionBytes <= 0 || connections <= 0 || concurrent <= 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
        if (connections > MOST_CONNECTIONS) {
            throw new IllegalArgumentException("at most " + MOST_CONNECTIONS + " connections, got " + connections);
        }
        if (idle.isNegative() || idle.isZero() || connect.isNegative() || connect.isZero()) {
            throw new IllegalArgumentException("durations must be positive");
        }
        if (drainAfterAbortBytes < 0) {
            throw new IllegalArgumentException("negative drainAfterAbortBytes");
        }
    }

    /** 200 MiB (capture.md, section 6), 2,000 connections, 256 at a time, idle 300 s, connect 10 s. */
    public static RelayLimits defaults() {
        long cap = 200L << 20;
        return new RelayLimits(cap, cap, 2_000, 256, Duration.ofSeconds(300), Duration.ofSeconds(10), 0);
    }

    public RelayLimits withCaptureBytes(long bytes) {
        return new RelayLimits(
                bytes, Math.max(connectionBytes, bytes), connections, concurrent, idle, connect, drainAfterAbortBytes);
    }

    public RelayLimits withConnectionBytes(long bytes) {
        return new RelayLimits(captureBytes, bytes, connections, concurrent, idle, connect, drainAfterAbortBytes);
    }

    public RelayLimits withConnections(int count) {
        return new RelayLimits(captureBytes, connectionBytes, count, concurrent, idle, connect, drainAfterAbortBytes);
    }

    public RelayLimits withConcurrent(int count) {
        return new RelayLimits(captureBytes, connectionBytes, connections, count, idle, connect, drainAfterAbortBytes);
    }

    public RelayLimits withIdle(Duration bound) {
        return new RelayLimits(
                captureBytes, connectionBytes, connections, concurrent, bound, connect, drainAfterAbortBytes);
    }

    public RelayLimits withConnect(Duration bound) {
        return new RelayLimits(
                captureBytes, connectionBytes, connections, concurrent, idle, bound, drainAfterAbortBytes);
    }

    public RelayLimits withDrainAfterAbortBytes(long bytes) {
        return new RelayLimits(captureBytes, connectionBytes, connections, concurrent, idle, connect, bytes);
    }
}
