package org.tiezheng.evidence.time;

import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.CertificatePaths;
import org.tiezheng.evidence.trust.Outcome;
import org.tiezheng.evidence.trust.Texts;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Whether to believe a time-stamp token: codes T01 to T10, one finding for each check that ran, VALID ones too.
 *
 * <p>Offline. Anchors and time come from the caller, never from the package; CRLs come from the token and count only if
 * they verify. Only SHA-256 imprints are accepted. Where an evidence record proves that the token existed earlier, that
 * earlier time is the {@code validationTime}: T08 and T09 ask what had ended by then.
 *
 * <p>Source: RFC 3161 section 2.2 and 2.3, RFC 5280 section 6, RFC 5816 (ESSCertIDv2); docs/seal.md, "Checks".
 */
public final class TimestampChecks {
    private static final Duration MAX_LEAF_DISTANCE = Duration.ofMinutes(10);

    /** A token may come from a clock that is a little ahead of ours. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(10);

    private final TrustAnchors anchors;
    private final Instant validationTime;
    private final AlgorithmPolicy policy;

    /** With the standard policy. */
    public TimestampChecks(TrustAnchors anchors, Instant validationTime) {
        this(anchors, validationTime, AlgorithmPolicy.standard());
    }

    /** @param validationTime "now" for the questions what has expired since: T08, T09 */
    public TimestampChecks(TrustAnchors anchors, Instant validationTime, AlgorithmPolicy policy) {
        this.anchors = anchors;
        this.validationTime = validationTime;
        this.policy = policy;
    }

    /** {@link #check(TimestampToken, Digest, String)} on bytes; bytes that are no token are one finding: T02 INVALID. */
    public List<Finding> check(byte[] der, Digest stamped, String subject) {
        try {
            return check(TimestampToken.parse(der), stamped, subject);
        } catch (MalformedTokenException e) {
            return List.of(Finding.invalid(
                    Code.T02, subject, "not a time-stamp token: " + Texts.printable(String.valueOf(e.getMessage()))));
        }
    }

    /** Checks T01 to T09. */
    public List<Finding> check(TimestampToken token, Digest stamped, String subject) {
        return check(token, stamped, subject, null);
    }

    /**
     * Checks T01 to T09, and T10 if there is a {@code leafTime}.
     *
     * @param stamped SHA-256 of the bytes the token is said to be about
     * @param subject for the findings: member path of the token
     * @param leafTime time in the log leaf; null if there is no log proof
     * @throws IllegalArgumentException if {@code stamped} is not SHA-256
     */
    public List<Finding> check(TimestampToken token, Digest stamped, String subject, @Nullable Instant leafTime) {
        if (stamped.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException("tokens are over SHA-256, got " + stamped);
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(imprint(token, stamped)
                .as(Code.T01, subject)
                .with("genTime", token.genTime().toString()));
        findings.addAll(checkAllButImprint(token, subject));
        if (leafTime != null) {
            findings.add(leaf(token.genTime(), leafTime).as(Code.T10, subject));
        }
        return List.copyOf(findings);
    }

    /** Checks T02 to T09. What the token is over is the caller's to compare: the hash tree of an evidence record. */
    public List<Finding> checkAllButImprint(TimestampToken token, String subject) {
        List<Finding> findings = new ArrayList<>();
        findings.add(token.cms()
                .coversContent(token.infoDer())
                .and(token.cms().signatureVerifies())
                .as(Code.T02, subject));
        findings.add(token.cms().namesSigner().as(Code.T03, subject));
        token.authorityCertificate().ifPresent(tsa -> {
            findings.add(extendedKeyUsage(tsa).as(Code.T04, subject));
            findings.add(validity(tsa, token.genTime()).as(Code.T05, subject));
            CertificatePaths.Result path = CertificatePaths.check(
                    tsa,
                    token.cms().certificates(),
                    token.cms().crls(),
                    anchors,
                    token.genTime(),
                    CertificatePaths.LaterRevocation.COUNTS_IF_COMPROMISED);
            findings.add(withAuthority(path.path().as(Code.T06, subject), tsa, path.anchor()));
            findings.add(path.revocation().as(Code.T07, subject));
            findings.add(algorithms(token, tsa, path).as(Code.T08, subject));
            findings.add(expiry(path.certificates()).as(Code.T09, subject));
        });
        return List.copyOf(findings);
    }

    private static Outcome imprint(TimestampToken token, Digest stamped) {
        if (!token.imprintAlgorithm().equals(NISTObjectIdentifiers.id_sha256.getId())) {
            return Outcome.invalid("the imprint is not SHA-256 but " + token.imprintAlgorithm());
        }
        return MessageDigest.isEqual(token.imprint(), stamped.bytes())
                ? Outcome.valid()
                : Outcome.invalid("the token is about other bytes");
    }

    private static Outcome extendedKeyUsage(X509Certificate tsa) {
        try {
            List<String> purposes = tsa.getExtendedKeyUsage();
            if (purposes == null || !purposes.equals(List.of(KeyPurposeId.id_kp_timeStamping.getId()))) {
                return Outcome.invalid("extended key usage is not exactly timeStamping");
            }
        } catch (CertificateParsingException e) {
            return Outcome.invalid("extended key usage is malformed");
        }
        return tsa.getCriticalExtensionOIDs().contains(Extension.extendedKeyUsage.getId())
                ? Outcome.valid()
                : Outcome.invalid("extended key usage is not critical");
    }

    private Outcome validity(X509Certificate tsa, Instant genTime) {
        Instant from = tsa.getNotBefore().toInstant();
        Instant to = tsa.getNotAfter().toInstant();
        if (genTime.isBefore(from) || genTime.isAfter(to)) {
            return Outcome.invalid("genTime " + genTime + " is outside " + from + " to " + to);
        }
        return genTime.isAfter(validationTime.plus(CLOCK_TOLERANCE))
                ? Outcome.indeterminate("genTime " + genTime + " is after the time of checking, " + validationTime)
                : Outcome.valid();
    }

    private Outcome algorithms(TimestampToken token, X509Certificate tsa, CertificatePaths.Result path) {
        return policy.judge(uses(token, tsa, path), token.genTime(), validationTime);
    }

    /** Every algorithm that a token stands on. */
    static List<AlgorithmPolicy.Use> uses(TimestampToken token, X509Certificate tsa, CertificatePaths.Result path) {
        List<AlgorithmPolicy.Use> uses = new ArrayList<>();
        uses.add(AlgorithmPolicy.Use.digest("imprint", token.imprintAlgorithmIdentifier()));
        token.cms().algorithms().forEach(use -> uses.add(use.isDigest() ? use : use.by(tsa.getPublicKey())));
        uses.addAll(path.algorithms());
        return uses;
    }

    /** The first certificate of the path to expire ends it: from then on its key may leak without anyone saying so. */
    private Outcome expiry(List<X509Certificate> path) {
        Optional<X509Certificate> expired = path.stream()
                .filter(c -> validationTime.isAfter(c.getNotAfter().toInstant()))
                .findFirst();
        return expired.map(c -> Outcome.indeterminate(Texts.of(c.getSubjectX500Principal()) + " expired "
                        + c.getNotAfter().toInstant() + " and no evidence record was made before"))
                .orElse(Outcome.valid());
    }

    private static Outcome leaf(Instant genTime, Instant leafTime) {
        Duration distance = Duration.between(genTime, leafTime).abs();
        return distance.compareTo(MAX_LEAF_DISTANCE) <= 0
                ? Outcome.valid()
                : Outcome.invalid("genTime " + genTime + " is " + distance.toSeconds() + " s from the log leaf's time");
    }

    private static Finding withAuthority(Finding finding, X509Certificate tsa, @Nullable X509Certificate anchor) {
        Finding named = finding.with("authority", Texts.of(tsa.getSubjectX500Principal()));
        if (anchor != null) {
            named = named.with("anchor", Texts.of(anchor.getSubjectX500Principal()))
                    .with("embedded", String.valueOf(TrustAnchors.isEmbedded(anchor)));
        }
        return named;
    }
}
