package org.tiezheng.archive.evidencepage.capture;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.Texts;

/**
 * A certificate of {@code evidence/certificates.pem}, decoded for people.
 *
 * @param subject RFC 2253
 * @param names DNS names and addresses it is for, at most 50
 * @param key kind and size, such as {@code RSA 2048} or {@code EC secp256r1}
 * @param selfSigned whether subject and issuer are the same: a root, or nobody answers for it
 */
public record CertificateView(
        String sha256,
        String subject,
        String issuer,
        String serial,
        Instant notBefore,
        Instant notAfter,
        List<String> names,
        String key,
        String signature,
        boolean authority,
        boolean selfSigned) {
    public static final String PATH = "evidence/certificates.pem";
    private static final int MAX_CERTIFICATES = 2000;
    private static final int MAX_LINES = 4000;
    private static final int MAX_NAMES = 50;

    public CertificateView {
        names = List.copyOf(names);
    }

    /** Whether {@code at} lies within the certificate's validity. */
    public boolean validAt(Instant at) {
        return !at.isBefore(notBefore) && !at.isAfter(notAfter);
    }

    /**
     * The certificates by SHA-256 of their DER, the first 2,000; those that cannot be decoded are left out. Closes {@code
     * pem}.
     *
     * @throws IOException if the store fails
     */
    public static Map<String, CertificateView> read(InputStream pem) throws IOException {
        Map<String, CertificateView> found = new LinkedHashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(pem, StandardCharsets.US_ASCII))) {
            StringBuilder base64 = null;
            int inside = 0;
            String line = bounded(lines);
            while (line != null && found.size() < MAX_CERTIFICATES) {
                if (line.equals("-----BEGIN CERTIFICATE-----")) {
                    base64 = new StringBuilder();
                    inside = 0;
                } else if (line.equals("-----END CERTIFICATE-----") && base64 != null) {
                    CertificateView view = decode(base64.toString());
                    if (view != null) {
                        found.putIfAbsent(view.sha256(), view);
                    }
                    base64 = null;
                } else if (base64 != null && inside++ < MAX_LINES) {
                    base64.append(line);
                }
                line = bounded(lines);
            }
        }
        return found;
    }

    /** A line without its end, cut at 1,000 characters; null at the end. */
    private static @Nullable String bounded(BufferedReader in) throws IOException {
        int c = in.read();
        if (c < 0) {
            return null;
        }
        StringBuilder line = new StringBuilder(80);
        while (c >= 0 && c != '\n') {
            if (c != '\r' && line.length() < 1000) {
                line.append((char) c);
            }
            c = in.read();
        }
        return line.toString();
    }

    private static @Nullable CertificateView decode(String base64) {
        try {
            byte[] der = Base64.getDecoder().decode(base64);
            X509Certificate certificate = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
            return new CertificateView(
                    Digest.of(Digest.Algorithm.SHA256, der).hex(),
                    Texts.of(certificate.getSubjectX500Principal()),
                    Texts.of(certificate.getIssuerX500Principal()),
                    Texts.printable(certificate.getSerialNumber().toString(16)),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant(),
                    names(certificate),
                    key(certificate),
                    Texts.printable(certificate.getSigAlgName()),
                    certificate.getBasicConstraints() >= 0,
                    certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()));
        } catch (CertificateException | RuntimeException malformed) {
            // The JDK throws unchecked for values that are not what their tag says.
            return null;
        }
    }

    private static List<String> names(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        List<String> names = new ArrayList<>();
        if (all != null) {
            for (List<?> name : all) {
                // 2: DNS name, 7: IP address. Source: RFC 5280, section 4.2.1.6.
                if ((Integer.valueOf(2).equals(name.get(0))
                                || Integer.valueOf(7).equals(name.get(0)))
                        && names.size() < MAX_NAMES) {
                    names.add(Texts.printable(String.valueOf(name.get(1))));
                }
            }
        }
        return names;
    }

    private static String key(X509Certificate certificate) {
        PublicKey key = certificate.getPublicKey();
        if (key instanceof RSAPublicKey rsa) {
            return "RSA " + rsa.getModulus().bitLength();
        }
        if (key instanceof ECPublicKey ec) {
            return "EC " + ec.getParams().getOrder().bitLength();
        }
        return Texts.printable(key.getAlgorithm());
    }
}
