package org.tiezheng.capture.relay;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The egress policy refused a connection.
 *
 * @param connection {@link ConnectionRecord#number()}
 * @param at UTC
 * @param host what the browser asked for: a name or a literal address, as sent
 * @param port 0 to 65535
 * @param address the address that is not allowed; null if the text itself was refused
 * @param rule stable word of {@link EgressPolicy}, such as {@code loopback}, {@code metadata}, {@code malformed-host}
 */
public record Denial(
        int connection,
        Instant at,
        String host,
        int port,
        @Nullable String address,
        String rule) {}
