package org.tiezheng.archive.evidencepage.capture;

import static org.tiezheng.archive.evidencepage.capture.ViewJson.list;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code evidence/connections.json}: names resolved and connections made, as the recorder saw them. Source: docs/egress.md. */
public record ConnectionsView(
        List<Resolution> resolutions, List<Connection> connections, List<Denial> denials, int turnedAway) {
    public static final String PATH = "evidence/connections.json";
    private static final int MANY = 5000;

    public ConnectionsView(
            @Nullable List<Resolution> resolutions,
            @Nullable List<Connection> connections,
            @Nullable List<Denial> denials,
            int turnedAway) {
        this.resolutions = list(resolutions, MANY);
        this.connections = list(connections, MANY);
        this.denials = list(denials, MANY);
        this.turnedAway = turnedAway;
    }

    /** Reads connections.json; closes {@code in}. */
    public static ConnectionsView read(InputStream in) throws UnreadableFileException, IOException {
        return ViewJson.read(in, "connections.json", ConnectionsView.class);
    }

    /** One name resolved. */
    public record Resolution(
            int number,
            @Nullable String name,
            @Nullable String source,
            @Nullable String startedAt,
            @Nullable String canonicalName,
            List<String> seen,
            @Nullable String error,
            List<Lookup> lookups) {
        public Resolution {
            seen = list(seen, 200);
            lookups = list(lookups, 200);
        }
    }

    /** One question to a name server. */
    public record Lookup(
            @Nullable String server,
            @Nullable String transport,
            @Nullable String type,
            @Nullable String sentAt,
            @Nullable String answeredAt,
            @Nullable String outcome) {}

    public record Connection(
            int number,
            @Nullable Integer conversation,
            @Nullable String host,
            int port,
            @Nullable Integer resolution,
            @Nullable String address,
            @Nullable String openedAt,
            @Nullable String closedAt,
            @Nullable String endedBy,
            @Nullable String outcome,
            @Nullable String error,
            long bytesToServer,
            long bytesToClient) {}

    public record Denial(
            @Nullable Integer connection,
            @Nullable String at,
            @Nullable String host,
            int port,
            @Nullable String address,
            @Nullable String rule) {}
}
