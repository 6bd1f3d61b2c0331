package org.tiezheng.evidence.wire;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the handshake of one conversation showed.
 *
 * @param version {@code tls/1.2} or {@code tls/1.3}, as WARC-Protocol writes it
 * @param suite IANA name, such as {@code TLS_AES_128_GCM_SHA256}
 * @param group IANA name of the key share group, such as {@code X25519MLKEM768}; null if none was used
 * @param serverName SNI the browser sent; null if none
 * @param alpn protocol the server chose ({@code h2}, {@code http/1.1}); null if none
 * @param chain certificates as the server sent them, leaf first; empty when the session was resumed
 * @param resumed a session ticket or PSK replaced the certificate: see an earlier conversation of that host
 * @param keyProved the CertificateVerify (1.3) or ServerKeyExchange (1.2) signature verifies under the leaf's key: this very
 *     handshake was made by the holder of that key. Null when there was nothing to check (resumed, RSA key exchange)
 * @param helloRetried a HelloRetryRequest was seen
 * @param keyUpdates number of KeyUpdate messages, both directions
 * @param handshakeFailure why no application data could follow, English: an alert with its name and who sent it, or that the
 *     connection ended; null if the handshake went through. Nothing is lost by it: there was nothing to decode
 */
public record TlsFacts(
        String version,
        String suite,
        @Nullable String group,
        @Nullable String serverName,
        @Nullable String alpn,
        List<X509Certificate> chain,
        boolean resumed,
        @Nullable Boolean keyProved,
        boolean helloRetried,
        int keyUpdates,
        @Nullable String handshakeFailure) {

    public TlsFacts {
        chain = List.copyOf(chain);
    }
}
