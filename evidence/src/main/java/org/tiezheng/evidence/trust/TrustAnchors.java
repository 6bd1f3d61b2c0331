package org.tiezheng.evidence.trust;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * The certificates a verifier believes without proof. They come from its own configuration, never from a package.
 *
 * <p>Immutable. Without any anchor nothing can be VALID: path checks end INDETERMINATE.
 */
public final class TrustAnchors {
    /**
     * Organisation (O) in the subject of every certificate of an embedded authority: the mark by which reports say
     * "embedded". It can only lower trust in a certificate, so copying it gains nobody anything.
     */
    public static final String EMBEDDED_ORGANISATION = "Tiezheng embedded authority";

    private static final int MAX_FILE_BYTES = 4 << 20;

    private final List<X509Certificate> certificates;
    /** Changes no answer, only how long it takes. */
    private final KnownCrls knownCrls = new KnownCrls();

    private TrustAnchors(Collection<X509Certificate> certificates) {
        this.certificates = List.copyOf(new LinkedHashSet<>(certificates));
    }

    /** No anchor at all: every path check will be INDETERMINATE. */
    public static TrustAnchors none() {
        return new TrustAnchors(List.of());
    }

    public static TrustAnchors of(X509Certificate... certificates) {
        return new TrustAnchors(List.of(certificates));
    }

    KnownCrls knownCrls() {
        return knownCrls;
    }

    /**
     * @param pem one or more {@code -----BEGIN CERTIFICATE-----} blocks; text between blocks is ignored
     * @throws CertificateException if there is no such block, a block of another kind, or one that is not a certificate
     */
    public static TrustAnchors ofPem(String pem) throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Set<X509Certificate> found = new LinkedHashSet<>();
        try (PemReader reader = new PemReader(new StringReader(pem))) {
            for (PemObject block = reader.readPemObject(); block != null; block = reader.readPemObject()) {
                if (!block.getType().equals("CERTIFICATE")) {
                    throw new CertificateException("expected CERTIFICATE, found " + Texts.printable(block.getType()));
                }
                found.add((X509Certificate)
                        factory.generateCertificate(new java.io.ByteArrayInputStream(block.getContent())));
            }
        } catch (IOException | RuntimeException e) {
            // The PEM and Base64 readers report some malformed texts unchecked.
            throw new CertificateException("not PEM: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new CertificateException("no CERTIFICATE block");
        }
        return new TrustAnchors(found);
    }

    /**
     * Reads PEM files.
     *
     * @throws IOException naming the file, if it cannot be read or holds no certificate
     */
    public static TrustAnchors ofFiles(Collection<Path> pemFiles) throws IOException {
        TrustAnchors all = none();
        for (Path file : pemFiles) {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException(file + ": larger than " + MAX_FILE_BYTES + " bytes, not a trust anchor file");
            }
            try {
                all = all.and(ofPem(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)));
            } catch (CertificateException e) {
                throw new IOException(file + ": " + e.getMessage(), e);
            }
        }
        return all;
    }

    public TrustAnchors and(TrustAnchors others) {
        Set<X509Certificate> all = new LinkedHashSet<>(certificates);
        all.addAll(others.certificates);
        return new TrustAnchors(all);
    }

    /** In the order given, each once. */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    /** As {@link #ofPem} reads them: ASCII, lines of 64 ended by LF; empty without any anchor. */
    public String toPem() {
        Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            try {
                text.append("-----BEGIN CERTIFICATE-----\n")
                        .append(base64.encodeToString(certificate.getEncoded()))
                        .append("\n-----END CERTIFICATE-----\n");
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate that was read cannot be written", e);
            }
        }
        return text.toString();
    }

    /** Subjects in RFC 2253 form, safe to print. */
    public List<String> subjects() {
        return certificates.stream()
                .map(c -> Texts.of(c.getSubjectX500Principal()))
                .toList();
    }

    public boolean isEmpty() {
        return certificates.isEmpty();
    }

    /** Whether {@code certificate} carries the mark of an embedded authority. */
    public static boolean isEmbedded(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253))
                    .getRdns().stream()
                            .anyMatch(rdn -> rdn.getType().equalsIgnoreCase("O")
                                    && EMBEDDED_ORGANISATION.equals(rdn.getValue()));
        } catch (InvalidNameException | IllegalArgumentException e) {
            return false;
        }
    }

    Set<TrustAnchor> forPkix() {
        return certificates.stream().map(c -> new TrustAnchor(c, null)).collect(Collectors.toSet());
    }

    @Override
    public String toString() {
        return subjects().toString();
    }
}
