package org.tiezheng.evidence.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CRLReason;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.jspecify.annotations.Nullable;

/**
 * What CRLs say about the certificates of a path at a given time.
 *
 * <p>Own code and not the JDK's {@code PKIXRevocationChecker}: that one follows the distribution points of the certificates
 * it checks, which would let a hostile package make the verifier open connections.
 *
 * <p>A CRL counts if the issuer of the certificate signed it, it was current, and it is about this kind of certificate.
 * Delta and indirect CRLs are left out, as if they were not there. Source: RFC 5280 sections 5 and 6.3.
 */
final class Crls {
    /** A CRL fetched right after the token may be a little younger than it. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(10);

    /** RFC 3161 section 4: revoked later for one of these, what was stamped before stays good; otherwise it does not. */
    private static final Set<CRLReason> HARMLESS_LATER = EnumSet.of(
            CRLReason.UNSPECIFIED,
            CRLReason.AFFILIATION_CHANGED,
            CRLReason.SUPERSEDED,
            CRLReason.CESSATION_OF_OPERATION);

    private Crls() {}

    /**
     * INVALID if something on the path was revoked at that time, INDETERMINATE if nothing tells about some certificate.
     *
     * @param path end entity first, without the anchor
     * @param known CRLs that were verified before
     */
    static Outcome check(
            List<X509Certificate> path,
            X509Certificate anchor,
            Collection<X509CRL> crls,
            Instant at,
            CertificatePaths.LaterRevocation later,
            KnownCrls known) {
        Outcome worst = Outcome.valid();
        for (int i = 0; i < path.size(); i++) {
            X509Certificate issuer = i + 1 < path.size() ? path.get(i + 1) : anchor;
            worst = worst.and(check(path.get(i), issuer, crls, at, later, known));
        }
        return worst;
    }

    private static Outcome check(
            X509Certificate certificate,
            X509Certificate issuer,
            Collection<X509CRL> crls,
            Instant at,
            CertificatePaths.LaterRevocation later,
            KnownCrls known) {
        String name = Texts.of(certificate.getSubjectX500Principal());
        boolean told = false;
        for (X509CRL crl : crls) {
            if (!isAbout(crl, certificate, issuer, known)) {
                continue;
            }
            X509CRLEntry entry = crl.getRevokedCertificate(certificate.getSerialNumber());
            if (entry != null) {
                Instant revoked = entry.getRevocationDate().toInstant();
                if (!revoked.isAfter(at)) {
                    return Outcome.invalid(name + " was revoked at " + revoked);
                }
                CRLReason reason = entry.getRevocationReason();
                if (later == CertificatePaths.LaterRevocation.COUNTS_IF_COMPROMISED
                        && (reason == null || !HARMLESS_LATER.contains(reason))) {
                    return Outcome.invalid(name + " was revoked at " + revoked
                            + ", and no harmless reason is given: its key may have been used by others before");
                }
            }
            told |= isCurrent(crl, at);
        }
        return told ? Outcome.valid() : Outcome.indeterminate("no current CRL tells about " + name);
    }

    private static boolean isCurrent(X509CRL crl, Instant at) {
        return crl.getNextUpdate() != null
                && !crl.getThisUpdate().toInstant().isAfter(at.plus(CLOCK_TOLERANCE))
                && !crl.getNextUpdate().toInstant().isBefore(at);
    }

    private static boolean isAbout(X509CRL crl, X509Certificate certificate, X509Certificate issuer, KnownCrls known) {
        try {
            if (!crl.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())) {
                return false;
            }
            boolean[] usage = issuer.getKeyUsage();
            if (usage != null && !usage[6]) {
                return false; // not allowed to sign CRLs
            }
            Set<String> critical = new HashSet<>(
                    Optional.ofNullable(crl.getCriticalExtensionOIDs()).orElse(Set.of()));
            critical.remove(Extension.issuingDistributionPoint.getId());
            if (!critical.isEmpty() || crl.getExtensionValue(Extension.deltaCRLIndicator.getId()) != null) {
                return false;
            }
            if (!covers(crl, certificate)) {
                return false;
            }
            known.requireSignedBy(issuer.getPublicKey(), crl);
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // not signed by this issuer, or malformed: as if it were not there
        }
    }

    /** Whether the CRL's issuing distribution point, if it has one, includes this certificate. */
    private static boolean covers(X509CRL crl, X509Certificate certificate) {
        byte @Nullable [] extension = crl.getExtensionValue(Extension.issuingDistributionPoint.getId());
        if (extension == null) {
            return true;
        }
        IssuingDistributionPoint scope = IssuingDistributionPoint.getInstance(
                ASN1OctetString.getInstance(extension).getOctets());
        boolean ca = certificate.getBasicConstraints() >= 0;
        if (scope.isIndirectCRL()
                || scope.onlyContainsAttributeCerts()
                || scope.getOnlySomeReasons() != null
                || scope.onlyContainsUserCerts() && ca
                || scope.onlyContainsCACerts() && !ca) {
            return false;
        }
        if (scope.getDistributionPoint() == null) {
            return true;
        }
        byte @Nullable [] points = certificate.getExtensionValue(Extension.cRLDistributionPoints.getId());
        if (points == null) {
            return false;
        }
        List<GeneralName> wanted = names(scope.getDistributionPoint());
        return Arrays.stream(CRLDistPoint.getInstance(
                                ASN1OctetString.getInstance(points).getOctets())
                        .getDistributionPoints())
                .map(DistributionPoint::getDistributionPoint)
                .filter(point -> point != null)
                .flatMap(point -> names(point).stream())
                .anyMatch(wanted::contains);
    }

    private static List<GeneralName> names(DistributionPointName point) {
        return point.getType() == DistributionPointName.FULL_NAME
                ? List.of(GeneralNames.getInstance(point.getName()).getNames())
                : List.of();
    }
}
