package org.tiezheng.evidence.seal;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.CertificatePaths;
import org.tiezheng.evidence.trust.MalformedCmsException;
import org.tiezheng.evidence.trust.Outcome;
import org.tiezheng.evidence.trust.SignedCms;
import org.tiezheng.evidence.trust.Texts;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Whether to believe a package's signature: codes S01 to S05, one finding for each check that ran, VALID ones too.
 *
 * <p>The signer's path and revocation are judged at the best known time: genTime of the signature time-stamp if nothing
 * is wrong with that one; else the time of checking. Offline; anchors and time come from the caller.
 *
 * <p>Source: ETSI EN 319 102-1 V1.4.1 section 5.5 in a smaller form; docs/seal.md, "Checks".
 */
public final class SignatureChecks {
    /** Appended to the subject for the findings of the signature time-stamp. */
    public static final String TIMESTAMP_SUFFIX = "!signature-time-stamp";

    /** Ours has one; each may cost a sender nothing and a verifier seconds. */
    private static final int MAX_TIMESTAMPS = 4;

    private static final String DATA = PKCSObjectIdentifiers.data.getId();

    private final TrustAnchors anchors;
    private final Instant validationTime;
    private final AlgorithmPolicy policy;

    /** With the standard policy. */
    public SignatureChecks(TrustAnchors anchors, Instant validationTime) {
        this(anchors, validationTime, AlgorithmPolicy.standard());
    }

    public SignatureChecks(TrustAnchors anchors, Instant validationTime, AlgorithmPolicy policy) {
        this.anchors = anchors;
        this.validationTime = validationTime;
        this.policy = policy;
    }

    /**
     * Checks S01 to S05, and T01 to T09 of the signature time-stamp under {@code subject + "!signature-time-stamp"}.
     *
     * @param p7s bytes of the signature; hostile
     * @param manifest bytes it is said to sign
     * @param subject for the findings: member path of the signature
     */
    public List<Finding> check(byte[] p7s, byte[] manifest, String subject) {
        SignedCms cms;
        try {
            cms = SignedCms.parse(p7s);
        } catch (MalformedCmsException e) {
            return List.of(Finding.invalid(
                    Code.S02, subject, "not a CMS signature: " + Texts.printable(String.valueOf(e.getMessage()))));
        }
        List<byte[]> tokens = tokens(cms);
        List<Finding> timestampFindings = tokens.size() > MAX_TIMESTAMPS
                ? List.of(Finding.invalid(Code.S05, subject, "more than " + MAX_TIMESTAMPS + " signature time-stamps"))
                : timestamps(cms, tokens, subject + TIMESTAMP_SUFFIX);
        @Nullable Instant stampedAt = stampedAt(tokens, timestampFindings);
        boolean proved = stampedAt != null && Verdict.worstOf(timestampFindings) == Verdict.VALID;
        List<Finding> findings = new ArrayList<>();
        findings.add(content(cms, manifest).as(Code.S01, subject));
        findings.add(cms.signatureVerifies().as(Code.S02, subject));
        findings.add(cms.namesSigner().as(Code.S03, subject));
        cms.signerCertificate().ifPresent(signer -> findings.add(path(cms, signer, stampedAt, proved, subject)));
        if (tokens.size() <= MAX_TIMESTAMPS) {
            findings.add(summary(timestampFindings, subject));
        }
        findings.addAll(timestampFindings);
        return List.copyOf(findings);
    }

    private static Outcome content(SignedCms cms, byte[] manifest) {
        if (cms.content().isPresent() || !cms.contentType().equals(DATA)) {
            return Outcome.invalid("the signature is not detached over data");
        }
        return cms.coversContent(manifest);
    }

    private Finding path(
            SignedCms cms, X509Certificate signer, @Nullable Instant stampedAt, boolean proved, String subject) {
        Instant at = stampedAt == null ? validationTime : stampedAt;
        CertificatePaths.LaterRevocation later = proved
                ? CertificatePaths.LaterRevocation.IGNORED
                : CertificatePaths.LaterRevocation.COUNTS_IF_COMPROMISED;
        CertificatePaths.Result path =
                CertificatePaths.check(signer, cms.certificates(), cms.crls(), anchors, at, later);
        List<AlgorithmPolicy.Use> uses = new ArrayList<>();
        cms.algorithms().forEach(use -> uses.add(use.isDigest() ? use : use.by(signer.getPublicKey())));
        uses.addAll(path.algorithms());
        Outcome outcome =
                keyUsage(signer).and(path.path()).and(path.revocation()).and(policy.judge(uses, at, validationTime));
        Finding finding = outcome.as(Code.S04, subject)
                .with("signer", Texts.of(signer.getSubjectX500Principal()))
                .with("at", at.toString());
        X509Certificate anchor = path.anchor();
        return anchor == null
                ? finding
                : finding.with("anchor", Texts.of(anchor.getSubjectX500Principal()))
                        .with("embedded", String.valueOf(TrustAnchors.isEmbedded(anchor)));
    }

    /** A certificate that says what its key is for must allow signatures. */
    private static Outcome keyUsage(X509Certificate signer) {
        boolean[] usage = signer.getKeyUsage();
        return usage == null || usage[0] || usage[1]
                ? Outcome.valid()
                : Outcome.invalid("the certificate's key usage does not allow signatures");
    }

    private List<Finding> timestamps(SignedCms cms, List<byte[]> tokens, String subject) {
        Digest value = Digest.of(Digest.Algorithm.SHA256, cms.signatureValue());
        TimestampChecks checks = new TimestampChecks(anchors, validationTime, policy);
        List<Finding> findings = new ArrayList<>();
        for (byte[] token : tokens) {
            findings.addAll(checks.check(token, value, subject));
        }
        return findings;
    }

    private static List<byte[]> tokens(SignedCms cms) {
        List<byte[]> tokens = new ArrayList<>();
        for (ASN1Encodable value : cms.unsignedAttributes(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken)) {
            try {
                tokens.add(value.toASN1Primitive().getEncoded());
            } catch (IOException e) {
                tokens.add(new byte[0]); // found to be no token by T02
            }
        }
        return tokens;
    }

    /**
     * Empty unless there is one signature time-stamp with nothing wrong about it. That its authority is unknown here, or what it
     * stands on has ended, leaves open whether to believe it (S05 says so), and makes nothing wrong at the time it names.
     */
    private static @Nullable Instant stampedAt(List<byte[]> tokens, List<Finding> findings) {
        if (tokens.size() != 1 || Verdict.worstOf(findings) == Verdict.INVALID) {
            return null;
        }
        try {
            return TimestampToken.parse(tokens.get(0)).genTime();
        } catch (MalformedTokenException e) {
            return null;
        }
    }

    private static Finding summary(List<Finding> timestampFindings, String subject) {
        if (timestampFindings.isEmpty()) {
            return Finding.invalid(Code.S05, subject, "no signature time-stamp");
        }
        Verdict worst = Verdict.worstOf(timestampFindings);
        Optional<Finding> why =
                timestampFindings.stream().filter(f -> f.verdict() == worst).findFirst();
        return switch (worst) {
            case VALID -> Finding.valid(Code.S05, subject);
            case INVALID -> Finding.invalid(Code.S05, subject, "it fails " + code(why));
            case INDETERMINATE -> Finding.indeterminate(Code.S05, subject, "it leaves open " + code(why));
        };
    }

    private static String code(Optional<Finding> finding) {
        return finding.map(f -> f.code().name()).orElseThrow();
    }
}
