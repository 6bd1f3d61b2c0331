package org.tiezheng.capture;

import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.RequestEntry;
import org.tiezheng.capture.record.Tls;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.warc.DerivationSummary;

/** What the recording shows of TLS, gathered by server, with Chromium's own verdict beside it. */
final class TlsServers {
    private TlsServers() {}

    private record Key(
            String name,
            String address,
            int port,
            String version,
            String suite,
            @Nullable String alpn) {}

    /**
     * @param mainHost host of the address captured
     * @param mainError Chromium's error for it, if it refused to load; a certificate error is a verdict too
     */
    static Tls of(DerivationSummary wire, List<RequestEntry> requests, String mainHost, @Nullable String mainError) {
        Map<String, X509Certificate> certificates = new HashMap<>();
        wire.certificates()
                .forEach(certificate -> certificates.put(digest(certificate).toString(), certificate));
        Map<Key, List<DerivationSummary.ConversationSummary>> servers = new LinkedHashMap<>();
        for (DerivationSummary.ConversationSummary conversation : wire.conversations()) {
            DerivationSummary.TlsSummary tls = conversation.tls();
            if (tls != null) {
                int colon = conversation.server().lastIndexOf(':');
                String address = conversation.server().substring(0, colon);
                String name = tls.serverName();
                servers.computeIfAbsent(
                                new Key(
                                        name == null ? address : name,
                                        address,
                                        Integer.parseInt(conversation.server().substring(colon + 1)),
                                        tls.version(),
                                        tls.suite(),
                                        tls.alpn()),
                                key -> new ArrayList<>())
                        .add(conversation);
            }
        }
        List<Tls.Server> list = new ArrayList<>();
        servers.forEach((key, conversations) -> {
            String state = state(requests, key.name());
            if (state == null && key.name().equals(mainHost) && mainError != null && mainError.contains("ERR_CERT")) {
                state = mainError;
            }
            list.add(entry(key, conversations, certificates, state));
        });
        return new Tls(list);
    }

    private static Tls.Server entry(
            Key key,
            List<DerivationSummary.ConversationSummary> conversations,
            Map<String, X509Certificate> certificates,
            @Nullable String state) {
        List<Tls.Certificate> chain = List.of();
        Boolean proved = null;
        String group = null;
        List<Integer> numbers = new ArrayList<>();
        for (DerivationSummary.ConversationSummary conversation : conversations) {
            numbers.add(conversation.number());
            DerivationSummary.TlsSummary tls = conversation.tls();
            if (tls == null) {
                continue;
            }
            group = group == null ? tls.group() : group;
            if (tls.keyProved() != null) {
                proved = proved == null ? tls.keyProved() : Boolean.valueOf(proved && tls.keyProved());
            }
            if (chain.isEmpty()) {
                chain = tls.certificates().stream()
                        .flatMap(digest -> Optional.ofNullable(certificates.get(digest)).stream())
                        .map(TlsServers::certificate)
                        .toList();
            }
        }
        numbers.sort(null);
        return new Tls.Server(
                key.name(),
                key.address(),
                key.port(),
                numbers,
                key.version(),
                key.suite(),
                group,
                key.alpn(),
                proved,
                chain,
                state);
    }

    private static @Nullable String state(List<RequestEntry> requests, String host) {
        for (RequestEntry request : requests) {
            String state = request.securityState();
            if (state != null && Addresses.host(request.url()).equals(host)) {
                return state;
            }
        }
        return null;
    }

    private static Tls.Certificate certificate(X509Certificate certificate) {
        return new Tls.Certificate(
                certificate.getSubjectX500Principal().getName(),
                certificate.getIssuerX500Principal().getName(),
                hex(certificate.getSerialNumber()),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant(),
                digest(certificate));
    }

    private static String hex(BigInteger serial) {
        return serial.toString(16);
    }

    private static Digest digest(X509Certificate certificate) {
        try {
            return Digest.of(Digest.Algorithm.SHA256, certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was parsed from DER has that DER", e);
        }
    }
}
