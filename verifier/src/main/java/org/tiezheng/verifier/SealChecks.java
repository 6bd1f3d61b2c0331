package org.tiezheng.verifier;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames.Kind;
import org.tiezheng.evidence.seal.SignatureChecks;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.Member;

/** Asks the checks of time-stamps (T) and signature (S), and keeps what they say of times and names. */
final class SealChecks {
    /** Largest signature or token that is looked at; real ones are a few kilobytes. */
    private static final int MAX_PROOF_BYTES = 1 << 20;

    /** Appended to the subject of capture.json for the token in it. */
    static final String NOT_BEFORE_SUFFIX = "#notBefore";

    private final Findings findings;
    private final TimestampChecks timestamps;
    private final SignatureChecks signatures;
    private final List<Facts.Token> sealTokens = new ArrayList<>();
    private Facts.@Nullable Token notBefore;
    private @Nullable String signer;
    private @Nullable String signatureAnchor;
    private boolean embedded;

    SealChecks(TrustAnchors anchors, Instant validationTime, AlgorithmPolicy policy, Findings findings) {
        this.findings = findings;
        this.timestamps = new TimestampChecks(anchors, validationTime, policy);
        this.signatures = new SignatureChecks(anchors, validationTime, policy);
    }

    /**
     * Checks the signature or token of each manifest. A missing one is M06's business.
     *
     * @param leafTime of the log's entry, for T10; null if there is no log proof
     */
    void check(ReadMembers outer, List<ManifestChecks.Listed> manifests, @Nullable Instant leafTime)
            throws IOException {
        for (ManifestChecks.Listed listed : manifests) {
            String reference = listed.manifest().reference();
            Member member = outer.first(reference).orElse(null);
            if (member == null) {
                continue;
            }
            String subject = outer.subject(member);
            boolean signature = listed.isFor(Kind.SIGNATURE);
            if (!signature && !listed.isFor(Kind.TIMESTAMP)) {
                continue;
            }
            Optional<byte[]> proof = outer.zip().readSmall(member, MAX_PROOF_BYTES);
            if (proof.isEmpty()) {
                findings.invalid(signature ? Code.S02 : Code.T02, subject, "larger than " + MAX_PROOF_BYTES + " bytes");
            } else if (signature) {
                signature(proof.get(), listed.xml(), subject);
            } else {
                token(proof.get(), Digest.of(Digest.Algorithm.SHA256, listed.xml()), subject, leafTime)
                        .ifPresent(sealTokens::add);
            }
        }
    }

    private void signature(byte[] p7s, byte[] manifest, String subject) {
        List<Finding> made = signatures.check(p7s, manifest, subject);
        findings.addAll(made);
        detail(made, Code.S04, "signer").ifPresent(s -> signer = s);
        detail(made, Code.S04, "anchor").ifPresent(a -> signatureAnchor = a);
        embedded |= made.stream().anyMatch(f -> "true".equals(f.details().get("embedded")));
        String tokenSubject = subject + SignatureChecks.TIMESTAMP_SUFFIX;
        List<Finding> ofToken =
                made.stream().filter(f -> f.subject().equals(tokenSubject)).toList();
        detail(ofToken, Code.T01, "genTime")
                .map(genTime -> fact(
                        ofToken,
                        tokenSubject,
                        Instant.parse(genTime),
                        detail(ofToken, Code.T06, "authority").orElse(""),
                        false))
                .ifPresent(sealTokens::add);
    }

    /** Checks the token of the time bracket: it must be over the nonce, and say the time that capture.json says. */
    void checkNotBefore(CaptureJson.NotBefore bracket, String captureSubject) {
        String subject = captureSubject + NOT_BEFORE_SUFFIX;
        notBefore = token(bracket.token(), bracket.imprint(), subject, null).orElse(null);
        if (notBefore != null && !notBefore.genTime().equals(bracket.genTime())) {
            findings.add(
                    Finding.invalid(Code.W13, captureSubject, "timeBracket.notBefore.genTime is not that of its token")
                            .with("listed", bracket.genTime().toString())
                            .with("token", notBefore.genTime().toString()));
        }
    }

    private Optional<Facts.Token> token(byte[] der, Digest stamped, String subject, @Nullable Instant leafTime) {
        TimestampToken token;
        try {
            token = TimestampToken.parse(der);
        } catch (MalformedTokenException e) {
            // The check says it in its own words.
            findings.addAll(timestamps.check(der, stamped, subject));
            return Optional.empty();
        }
        List<Finding> made = timestamps.check(token, stamped, subject, leafTime);
        findings.addAll(made);
        boolean marked =
                token.authorityCertificate().filter(TrustAnchors::isEmbedded).isPresent();
        return Optional.of(fact(made, subject, token.genTime(), token.authority(), marked));
    }

    private Facts.Token fact(
            List<Finding> made, String subject, Instant genTime, String authority, boolean markedEmbedded) {
        boolean isEmbedded = markedEmbedded
                || detail(made, Code.T06, "embedded").filter("true"::equals).isPresent();
        embedded |= isEmbedded;
        return new Facts.Token(
                subject,
                genTime,
                authority,
                detail(made, Code.T06, "anchor").orElse(null),
                isEmbedded,
                Verdict.worstOf(made));
    }

    private static Optional<String> detail(List<Finding> made, Code code, String key) {
        return made.stream()
                .filter(f -> f.code() == code)
                .map(f -> f.details().get(key))
                .filter(java.util.Objects::nonNull)
                .findFirst();
    }

    /** When the capture was made at the earliest. */
    Facts.@Nullable Bound after() {
        return notBefore == null ? null : bound(notBefore);
    }

    /** When the content was sealed at the latest: the earliest token that is wholly VALID, else the earliest. */
    Facts.@Nullable Bound before() {
        return sealTokens.stream()
                .min(Comparator.comparing(Facts.Token::verdict).thenComparing(Facts.Token::genTime))
                .map(SealChecks::bound)
                .orElse(null);
    }

    private static Facts.Bound bound(Facts.Token token) {
        return new Facts.Bound(token.genTime(), token.verdict() == Verdict.VALID);
    }

    /** All tokens that could be parsed, those of the seal first. */
    List<Facts.Token> tokens() {
        return Stream.concat(sealTokens.stream(), Stream.ofNullable(notBefore)).toList();
    }

    @Nullable
    String signer() {
        return signer;
    }

    @Nullable
    String signatureAnchor() {
        return signatureAnchor;
    }

    /** Whether any token or the signature leads to, or marks itself as, an embedded authority. */
    boolean embedded() {
        return embedded;
    }
}
