package org.tiezheng.capture.relay;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the relay did in one capture; evidence/connections.json holds it, see {@link ConnectionsJson}.
 *
 * @param startedAt UTC
 * @param endedAt UTC; null while running
 * @param dnsServers address and port of the servers in the order they are asked
 * @param allowed the exceptions to the egress policy, as written by the operator
 * @param turnedAway connections beyond {@link RelayLimits#connections()}, closed without a record each
 * @param failure why the recording broke off; null if it did not
 */
public record RelayReport(
        Instant startedAt,
        @Nullable Instant endedAt,
        RelayLimits limits,
        List<String> allowed,
        List<String> dnsServers,
        List<Resolution> resolutions,
        List<ConnectionRecord> connections,
        List<Denial> denials,
        List<LimitReached> limitsReached,
        long turnedAway,
        @Nullable RelayFailure failure) {

    public RelayReport {
        allowed = List.copyOf(allowed);
        dnsServers = List.copyOf(dnsServers);
        resolutions = List.copyOf(resolutions);
        connections = List.copyOf(connections);
        denials = List.copyOf(denials);
        limitsReached = List.copyOf(limitsReached);
    }

    /** True if the relay itself lost nothing: no limit reached, no failure. Denials are no loss but a decision. */
    public boolean recordedAll() {
        return limitsReached.isEmpty() && failure == null;
    }
}
