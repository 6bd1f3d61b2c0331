package org.tiezheng.evidence.time.http;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.CertificatePaths;
import org.tiezheng.evidence.trust.SignedCms;
import org.tiezheng.evidence.trust.Texts;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Puts the CRLs of a token's certificates into the token, while they can still be had: in twenty years nobody serves them.
 *
 * <p>That part of a token is not signed, so adding to it changes nothing that the authority said. Only certificates that
 * lead to one of our own anchors are asked where their CRL is: their issuers are believed anyway. OCSP is not asked.
 */
final class CrlDownload {
    /** GET of one URL, with the limits of the client. */
    @FunctionalInterface
    interface Get {
        byte[] get(URI url) throws TimestampException;
    }

    private CrlDownload() {}

    /**
     * The same token with a CRL for each certificate that names a distribution point and has no CRL inside yet; the
     * token as it is if its certificates lead nowhere or name none: then T07 says so.
     *
     * @throws TimestampException if a CRL cannot be had now
     */
    static TimestampToken complete(TimestampToken token, TrustAnchors anchors, String authority, Get client)
            throws TimestampException {
        X509Certificate tsa = token.authorityCertificate().orElse(null);
        if (tsa == null) {
            return token;
        }
        CertificatePaths.Result path = check(token, tsa, anchors);
        if (!path.path().isValid() || path.revocation().verdict() != Verdict.INDETERMINATE) {
            return token;
        }
        List<X509CRL> fetched = new ArrayList<>();
        for (X509Certificate certificate : path.certificates()) {
            List<URI> urls = distributionPoints(certificate);
            if (!urls.isEmpty()) {
                fetched.add(fetch(urls, authority, client));
            }
        }
        return fetched.isEmpty() ? token : token.withCrls(fetched);
    }

    /**
     * The same token with the CRLs of now for each certificate that leads to {@code anchors} and names a distribution point;
     * the token as it is if its certificates lead nowhere or name none.
     *
     * @throws TimestampException if a CRL cannot be had now
     */
    static TimestampToken refresh(TimestampToken token, TrustAnchors anchors, String authority, Get client)
            throws TimestampException {
        X509Certificate tsa = token.authorityCertificate().orElse(null);
        if (tsa == null) {
            return token;
        }
        CertificatePaths.Result path = check(token, tsa, anchors);
        List<X509CRL> fetched = new ArrayList<>();
        if (path.path().isValid()) {
            for (X509Certificate certificate : path.certificates()) {
                List<URI> urls = distributionPoints(certificate);
                if (!urls.isEmpty()) {
                    fetched.add(fetch(urls, authority, client));
                }
            }
        }
        return token.withCrls(fetched);
    }

    private static CertificatePaths.Result check(TimestampToken token, X509Certificate tsa, TrustAnchors anchors) {
        Instant at = token.genTime();
        SignedCms cms = token.cms();
        return CertificatePaths.check(
                tsa,
                cms.certificates(),
                cms.crls(),
                anchors,
                at,
                CertificatePaths.LaterRevocation.COUNTS_IF_COMPROMISED);
    }

    private static X509CRL fetch(List<URI> urls, String authority, Get client) throws TimestampException {
        TimestampException last = null;
        for (URI url : urls) {
            try {
                return (X509CRL)
                        CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(client.get(url)));
            } catch (TimestampException e) {
                last = e;
            } catch (GeneralSecurityException | RuntimeException e) {
                last = new TimestampException(
                        authority + ": " + Texts.printable(url.toString()) + " is not a CRL", true, e);
            }
        }
        throw Objects.requireNonNull(last, "urls is not empty");
    }

    private static List<URI> distributionPoints(X509Certificate certificate) {
        byte @Nullable [] extension = certificate.getExtensionValue(Extension.cRLDistributionPoints.getId());
        if (extension == null) {
            return List.of();
        }
        List<URI> urls = new ArrayList<>();
        try {
            for (DistributionPoint point : CRLDistPoint.getInstance(
                            ASN1OctetString.getInstance(extension).getOctets())
                    .getDistributionPoints()) {
                DistributionPointName name = point.getDistributionPoint();
                if (name != null && name.getType() == DistributionPointName.FULL_NAME) {
                    Arrays.stream(GeneralNames.getInstance(name.getName()).getNames())
                            .filter(n -> n.getTagNo() == GeneralName.uniformResourceIdentifier)
                            .map(n -> ((ASN1String) n.getName()).getString())
                            .filter(u -> u.startsWith("http://") || u.startsWith("https://"))
                            .map(URI::create)
                            .forEach(urls::add);
                }
            }
        } catch (RuntimeException malformed) {
            return List.of();
        }
        return urls;
    }
}
