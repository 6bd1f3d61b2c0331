package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * TLS as decoded from the recording (domain row 20). The certificates themselves are in {@code
 * evidence/certificates.pem}.
 *
 * @param servers one entry for each server, port and set of parameters the browser spoke TLS with
 */
public record Tls(List<Server> servers) {

    public Tls {
        servers = List.copyOf(servers);
    }

    /**
     * @param serverName SNI, or the address if none was sent
     * @param conversations their numbers in network.pcapng
     * @param version {@code tls/1.2} or {@code tls/1.3}
     * @param keyProved the server proved, in a recorded handshake, that it holds the leaf's key; absent if nothing could
     *     be checked
     * @param chain leaf first; empty if every session was resumed
     * @param chromiumState {@code secure}, {@code insecure} …, as Chromium's Security domain or the load error says;
     *     absent if it said nothing about this host
     */
    public record Server(
            String serverName,
            String serverIp,
            int port,
            List<Integer> conversations,
            String version,
            String suite,
            @Nullable String group,
            @Nullable String alpn,
            @Nullable Boolean keyProved,
            List<Certificate> chain,
            @Nullable String chromiumState) {

        public Server {
            conversations = List.copyOf(conversations);
            chain = List.copyOf(chain);
        }
    }

    /** @param sha256 fingerprint: digest of the certificate's DER */
    public record Certificate(
            String subject, String issuer, String serial, Instant notBefore, Instant notAfter, Digest sha256) {}
}
