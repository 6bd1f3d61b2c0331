package org.tiezheng.archive.agent;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.tiezheng.capture.Station;
import org.tiezheng.capture.agent.AgentSettings;

/**
 * The agent inside the server.
 *
 * @param enabled false: captures are left to agents elsewhere
 * @param slots captures at a time; each needs about 1 GB of memory outside of the JVM
 * @param name shown in the list of agents; null: {@code internal@} and the machine's name
 * @param server where it finds the server; null: this process, by plain HTTP on loopback. Needed if the server itself speaks TLS
 * @param shutdown how long captures under way may take when the server is stopped
 * @param tsa external RFC 3161 authorities, in order of preference
 * @param tsaTrust PEM files with their root certificates
 * @param embeddedTsa also, or only, the embedded authority; convinces no outsider
 * @param ntp time servers; empty for the default ones
 * @param browserUser account for Chromium when the server runs as root; null for the default
 */
@ConfigurationProperties(prefix = "tiezheng.agent", ignoreUnknownFields = false)
public record InternalAgentSettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("1") int slots,
        @Nullable String name,
        @Nullable URI server,
        @DefaultValue("20s") Duration shutdown,
        @DefaultValue List<URI> tsa,
        @DefaultValue List<Path> tsaTrust,
        @DefaultValue("true") boolean embeddedTsa,
        @DefaultValue List<String> ntp,
        @Nullable String browserUser) {
    public InternalAgentSettings {
        if (slots < 1 || slots > AgentSettings.MAX_SLOTS) {
            throw new IllegalArgumentException("tiezheng.agent.slots must be 1 to " + AgentSettings.MAX_SLOTS);
        }
        if (name != null && !AgentSettings.isName(name)) {
            throw new IllegalArgumentException("tiezheng.agent.name: letters, digits, . _ @ -, at most 64");
        }
        if (tsa.isEmpty() && !embeddedTsa) {
            throw new IllegalArgumentException("tiezheng.agent.embedded-tsa is off, so tiezheng.agent.tsa is needed");
        }
        if (!tsa.isEmpty() && tsaTrust.isEmpty()) {
            throw new IllegalArgumentException("tiezheng.agent.tsa needs tiezheng.agent.tsa-trust");
        }
        tsa = List.copyOf(tsa);
        tsaTrust = List.copyOf(tsaTrust);
        ntp = List.copyOf(ntp);
    }

    Station.Options options() {
        return new Station.Options(tsa, tsaTrust, embeddedTsa, ntp, browserUser);
    }
}
