package org.tiezheng.evidence.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * Leads from a certificate to a trust anchor at a given time, offline.
 *
 * <p>Candidates may be hostile: the search follows names and key identifiers first and checks a signature only then,
 * visits each certificate once and is at most {@value #MAX_LENGTH} long. The JDK's PKIX algorithm then judges the path that was
 * found (RFC 5280 section 6), and {@link Crls} looks into the given CRLs. Nothing is fetched.
 */
public final class CertificatePaths {
    private static final int MAX_LENGTH = 8;

    private CertificatePaths() {}

    /** What a revocation after the time in question means. */
    public enum LaterRevocation {
        /** A time-stamp proves that the signature is older than the revocation. */
        IGNORED,
        /**
         * The time itself rests on this key: revoked without a reason that says otherwise, its holder may have back-dated
         * (RFC 3161 section 4).
         */
        COUNTS_IF_COMPROMISED
    }

    /**
     * What was found.
     *
     * @param path VALID; INVALID if a path by name reaches an anchor but breaks a rule; INDETERMINATE if no anchor belongs to it
     * @param revocation VALID if CRLs say that nothing on the path was revoked at that time; INVALID if something was;
     *     INDETERMINATE if nothing tells, or there is no valid path
     * @param certificates from the end entity up, without the anchor; only the end entity if no path was found
     * @param anchor the anchor at its end; null if no anchor belongs to it
     */
    public record Result(
            Outcome path,
            Outcome revocation,
            List<X509Certificate> certificates,
            @Nullable X509Certificate anchor) {
        public Result {
            certificates = List.copyOf(certificates);
        }

        /** The signatures by which {@link #certificates()} hang on the anchor. */
        public List<AlgorithmPolicy.Use> algorithms() {
            List<AlgorithmPolicy.Use> uses = new ArrayList<>();
            for (int i = 0; i < certificates.size(); i++) {
                X509Certificate issuer = i + 1 < certificates.size() ? certificates.get(i + 1) : anchor;
                if (issuer != null && !issuer.equals(certificates.get(i))) {
                    uses.add(AlgorithmPolicy.issuing(certificates.get(i), issuer));
                }
            }
            return uses;
        }
    }

    private record Link(
            X509Certificate certificate, @Nullable Link below, int length) {
        List<X509Certificate> fromEndEntity() {
            ArrayList<X509Certificate> list = new ArrayList<>();
            for (Link link = this; link != null; link = link.below) {
                list.add(0, link.certificate);
            }
            return list;
        }
    }

    /**
     * @param candidates certificates that may lie between; hostile
     * @param crls hostile too: each counts only if its issuer's key verifies it
     */
    public static Result check(
            X509Certificate endEntity,
            Collection<X509Certificate> candidates,
            Collection<X509CRL> crls,
            TrustAnchors anchors,
            Instant at,
            LaterRevocation later) {
        if (anchors.certificates().contains(endEntity)) {
            return new Result(
                    Outcome.valid(), Outcome.valid(), List.of(endEntity), endEntity); // believed without proof
        }
        Result best = new Result(
                Outcome.indeterminate(
                        anchors.isEmpty()
                                ? "no trust anchor was given"
                                : "no trust anchor issued it, directly or through the certificates at hand"),
                Outcome.indeterminate("no path, so no CRL can be believed"),
                List.of(endEntity),
                null);
        List<X509Certificate> unvisited = new ArrayList<>(candidates);
        unvisited.remove(endEntity);
        Queue<Link> queue = new ArrayDeque<>();
        queue.add(new Link(endEntity, null, 1));
        for (Link link = queue.poll(); link != null; link = queue.poll()) {
            for (X509Certificate anchor : anchors.certificates()) {
                if (mayHaveIssued(anchor, link.certificate)) {
                    Result result = judge(link.fromEndEntity(), anchor, crls, at, later, anchors.knownCrls());
                    if (result.path().isValid() && result.revocation().isValid()) {
                        return result;
                    }
                    if (best.anchor() == null
                            || result.path().isValid() && !best.path().isValid()) {
                        best = result;
                    }
                }
            }
            for (X509Certificate issuer : List.copyOf(unvisited)) {
                if (link.length < MAX_LENGTH
                        && mayHaveIssued(issuer, link.certificate)
                        && verifies(link.certificate, issuer)) {
                    unvisited.remove(issuer);
                    queue.add(new Link(issuer, link, link.length + 1));
                }
            }
        }
        return best;
    }

    private static Result judge(
            List<X509Certificate> certificates,
            X509Certificate anchor,
            Collection<X509CRL> crls,
            Instant at,
            LaterRevocation later,
            KnownCrls known) {
        try {
            CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(certificates);
            Outcome found = validate(path, parameters(anchor, at));
            if (!found.isValid()) {
                return new Result(
                        found, Outcome.indeterminate("no valid path, so no CRL can be believed"), certificates, anchor);
            }
            return new Result(found, Crls.check(certificates, anchor, crls, at, later, known), certificates, anchor);
        } catch (GeneralSecurityException e) {
            return new Result(
                    Outcome.indeterminate(
                            "path check not possible: " + Texts.printable(String.valueOf(e.getMessage()))),
                    Outcome.indeterminate("path check not possible"),
                    certificates,
                    anchor);
        }
    }

    private static PKIXParameters parameters(X509Certificate anchor, Instant at) throws GeneralSecurityException {
        PKIXParameters parameters = new PKIXParameters(TrustAnchors.of(anchor).forPkix());
        parameters.setDate(Date.from(at));
        parameters.setRevocationEnabled(false);
        return parameters;
    }

    private static Outcome validate(CertPath path, PKIXParameters parameters) throws GeneralSecurityException {
        try {
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
            return Outcome.valid();
        } catch (CertPathValidatorException e) {
            String reason = Texts.printable(String.valueOf(e.getMessage()));
            if (e.getReason() == BasicReason.ALGORITHM_CONSTRAINED) {
                return Outcome.indeterminate("this Java runtime refuses an algorithm: " + reason);
            }
            return Outcome.invalid(reason);
        } catch (RuntimeException e) {
            // Hostile certificates reach corners of the JDK's parser that throw unchecked.
            return Outcome.invalid("malformed certificate: " + Texts.printable(e.toString()));
        }
    }

    /** By name, and by key identifier where both have one. */
    private static boolean mayHaveIssued(X509Certificate issuer, X509Certificate certificate) {
        if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            Optional<byte[]> wanted = authorityKeyId(certificate);
            Optional<byte[]> has = subjectKeyId(issuer);
            return wanted.isEmpty() || has.isEmpty() || Arrays.equals(wanted.get(), has.get());
        } catch (RuntimeException malformedExtension) {
            return true; // the name fits; the path check will say what is wrong
        }
    }

    private static boolean verifies(X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey(), BouncyCastle.PROVIDER);
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // not issued by this key, or with an algorithm that nobody here knows
        }
    }

    private static Optional<byte[]> authorityKeyId(X509Certificate certificate) {
        return extension(certificate, Extension.authorityKeyIdentifier)
                .map(value -> AuthorityKeyIdentifier.getInstance(value).getKeyIdentifierOctets());
    }

    private static Optional<byte[]> subjectKeyId(X509Certificate certificate) {
        return extension(certificate, Extension.subjectKeyIdentifier)
                .map(value -> SubjectKeyIdentifier.getInstance(value).getKeyIdentifier());
    }

    private static Optional<byte[]> extension(
            X509Certificate certificate, org.bouncycastle.asn1.ASN1ObjectIdentifier oid) {
        byte[] wrapped = certificate.getExtensionValue(oid.getId());
        return Optional.ofNullable(wrapped)
                .map(bytes -> ASN1OctetString.getInstance(bytes).getOctets());
    }
}
