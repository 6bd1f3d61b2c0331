package org.tiezheng.evidence.time;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.CertificatePaths;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Until when a token speaks for itself; before that a renewal must cover it.
 *
 * @param certificates when the first certificate of its path ends, the trusted root's among them: a root that ends is one that
 *     verifiers take off their lists
 * @param algorithms when the policy ends the first algorithm it stands on; {@link Instant#MAX} if no end is known, {@link
 *     Instant#MIN} if the policy does not know one
 */
public record TokenLife(Instant certificates, Instant algorithms) {
    /** Empty if the token's certificate leads to none of {@code anchors}. */
    public static Optional<TokenLife> of(TimestampToken token, TrustAnchors anchors, AlgorithmPolicy policy) {
        return token.authorityCertificate().flatMap(tsa -> {
            CertificatePaths.Result path = CertificatePaths.check(
                    tsa,
                    token.cms().certificates(),
                    token.cms().crls(),
                    anchors,
                    token.genTime(),
                    CertificatePaths.LaterRevocation.COUNTS_IF_COMPROMISED);
            X509Certificate anchor = path.anchor();
            if (!path.path().isValid() || anchor == null) {
                return Optional.empty();
            }
            Instant first = Stream.concat(path.certificates().stream(), Stream.of(anchor))
                    .map(certificate -> certificate.getNotAfter().toInstant())
                    .min(Instant::compareTo)
                    .orElseThrow();
            return Optional.of(new TokenLife(first, policy.end(TimestampChecks.uses(token, tsa, path))));
        });
    }

    /** The earlier of the two. */
    public Instant end() {
        return certificates.isBefore(algorithms) ? certificates : algorithms;
    }
}
