package org.tiezheng.archive.evidencepage.capture;

import static org.tiezheng.archive.evidencepage.capture.ViewJson.list;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code evidence/wire.json}: what the derivation found on the wire. Source: docs/warc.md.
 *
 * @param sound whether the recording could be read to its end without a gap
 * @param undecoded what no record holds, at most 10,000; {@link Counts#undecoded} has the true number
 */
public record WireView(boolean sound, Counts counts, List<Conversation> conversations, List<Undecoded> undecoded) {
    public static final String PATH = "evidence/wire.json";

    public WireView(
            boolean sound,
            @Nullable Counts counts,
            @Nullable List<Conversation> conversations,
            @Nullable List<Undecoded> undecoded) {
        this.sound = sound;
        this.counts = counts == null ? new Counts(0, 0, 0, 0, 0, 0, 0) : counts;
        this.conversations = list(conversations, 10_000);
        this.undecoded = list(undecoded, 10_000);
    }

    /** Reads wire.json; closes {@code in}. */
    public static WireView read(InputStream in) throws UnreadableFileException, IOException {
        return ViewJson.read(in, "wire.json", WireView.class);
    }

    public record Counts(
            long conversations,
            long tlsSessions,
            long exchanges,
            long responses,
            long truncated,
            long webSocketMessages,
            long undecoded) {}

    /** One TCP connection. */
    public record Conversation(
            int number,
            @Nullable String client,
            @Nullable String server,
            @Nullable String opened,
            @Nullable String protocol,
            long bytesFromClient,
            long bytesFromServer,
            long exchanges,
            long webSocketMessages,
            @Nullable Tls tls) {}

    public record Tls(
            @Nullable String version,
            @Nullable String suite,
            @Nullable String group,
            @Nullable String serverName,
            @Nullable String alpn,
            boolean resumed,
            @Nullable Boolean keyProved,
            boolean helloRetried,
            int keyUpdates,
            @Nullable String handshakeFailure,
            List<String> certificates) {
        public Tls {
            certificates = list(certificates, 50);
        }
    }

    /** A stretch that could not be decoded. Reasons: docs/wire.md. */
    public record Undecoded(
            int conversation,
            @Nullable String direction,
            @Nullable String at,
            long bytes,
            @Nullable String reason,
            @Nullable String detail) {}
}
