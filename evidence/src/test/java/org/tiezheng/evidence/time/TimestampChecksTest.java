package org.tiezheng.evidence.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.trust.TrustAnchors;

/** One fault each; the findings that are not VALID are all listed. */
class TimestampChecksTest {
    private static final Digest DIGEST = Digest.of(Digest.Algorithm.SHA256, "stamped".getBytes(StandardCharsets.UTF_8));
    private static final Instant NOW = Forge.NOON.plus(Duration.ofDays(30));

    private final Forge forge = new Forge();
    private final TrustAnchors anchors = TrustAnchors.of(forge.root());

    @Test
    void rightTokenPassesEveryCheck() {
        assertThat(check(token(t -> {}), NOW))
                .extracting(f -> f.code() + " " + f.verdict())
                .containsExactly(
                        "T01 VALID",
                        "T02 VALID",
                        "T03 VALID",
                        "T04 VALID",
                        "T05 VALID",
                        "T06 VALID",
                        "T07 VALID",
                        "T08 VALID",
                        "T09 VALID");
    }

    @Test
    void otherBytesAreT01() {
        Digest other = Digest.of(Digest.Algorithm.SHA256, new byte[0]);
        assertThat(problems(new TimestampChecks(anchors, NOW).check(token(t -> {}), other, "x")))
                .containsExactly("T01 INVALID");
    }

    @Test
    void imprintUnderAnotherAlgorithmOfTheSameLengthIsT01() {
        // SHA3-256: 32 bytes as well, so only the name tells.
        byte[] token = token(t -> t.imprint = new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.8"));
        assertThat(problems(check(token, NOW))).containsExactly("T01 INVALID");
    }

    @Test
    void changedGenTimeIsT02() {
        byte[] right = token(t -> {});
        byte[] genTime = "20260601120000Z".getBytes(StandardCharsets.US_ASCII);
        byte[] wrong = right.clone();
        wrong[Forge.indexOf(right, genTime) + 7] = '2';
        assertThat(problems(check(wrong, NOW))).containsExactly("T02 INVALID");
    }

    @Test
    void changedOuterTypeIsT02() {
        byte[] wrong = token(t -> {});
        byte[] signedData = {0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 7, 2};
        wrong[Forge.indexOf(wrong, signedData) + 8] ^= 1;
        assertThat(problems(check(wrong, NOW))).containsExactly("T02 INVALID");
    }

    @Test
    void whatIsNoTokenIsT02() {
        assertThat(problems(check("hello".getBytes(StandardCharsets.US_ASCII), NOW)))
                .containsExactly("T02 INVALID");
    }

    @Test
    void tokenWithoutItsCertificateStaysOpen() {
        assertThat(problems(check(token(t -> t.withCertificate = false), NOW)))
                .containsExactly("T02 INDETERMINATE", "T03 INDETERMINATE");
    }

    /** Attack A4: a certificate that the TSA never signed with, for the same key, with the same issuer and serial number. */
    @Test
    void certificateSwappedForAnotherOfTheSameKeyIsT03() {
        KeyPair key = Forge.ec("P-256");
        Forge.Recipe longer = new Forge.Recipe();
        longer.notAfter = Forge.YEAR_END.plus(Duration.ofDays(3650));
        byte[] token = token(t -> {
            t.key = key;
            t.carried = forge.tsaCertificate(longer, key.getPublic(), BigInteger.TWO);
        });
        assertThat(problems(check(token, NOW))).containsExactly("T03 INVALID");
    }

    @Test
    void tokenThatNamesNoSignerIsT03() {
        assertThat(problems(check(token(t -> t.withEss = false), NOW))).containsExactly("T03 INVALID");
    }

    /** Attack A5, first half. */
    @Test
    void extendedKeyUsageThatIsNotCriticalIsT04() {
        assertThat(problems(check(token(t -> t.ekuCritical = false), NOW))).containsExactly("T04 INVALID");
    }

    @Test
    void furtherExtendedKeyUsageIsT04() {
        byte[] token = token(t -> t.eku = List.of(KeyPurposeId.id_kp_timeStamping, KeyPurposeId.id_kp_serverAuth));
        assertThat(problems(check(token, NOW))).containsExactly("T04 INVALID");
    }

    /** Attack A5, second half. The path does not hold at that time either. */
    @Test
    void genTimeOutsideTheCertificateIsT05() {
        byte[] token = token(t -> {
            t.notBefore = Forge.NOON.plus(Duration.ofDays(1));
        });
        assertThat(problems(check(token, NOW))).containsExactly("T05 INVALID", "T06 INVALID", "T07 INDETERMINATE");
    }

    @Test
    void genTimeInTheFutureStaysOpen() {
        assertThat(problems(check(token(t -> {}), Forge.NOON.minus(Duration.ofHours(1)))))
                .containsExactly("T05 INDETERMINATE");
    }

    @Test
    void withoutTheRightAnchorT06StaysOpen() throws Exception {
        byte[] token = token(t -> {});
        assertThat(problems(new TimestampChecks(TrustAnchors.none(), NOW).check(token, DIGEST, "x")))
                .containsExactly("T06 INDETERMINATE", "T07 INDETERMINATE");
        X509Certificate stranger = EmbeddedKeys.make(Forge.NOON).root();
        assertThat(problems(new TimestampChecks(TrustAnchors.of(stranger), NOW).check(token, DIGEST, "x")))
                .containsExactly("T06 INDETERMINATE", "T07 INDETERMINATE");
    }

    @Test
    void certificateThatTheAnchorOfThatNameDidNotSignIsT06() {
        // Another forge: the same names, another root key.
        byte[] token = new Forge().token(DIGEST, t -> t);
        assertThat(problems(check(token, NOW))).containsExactly("T06 INVALID", "T07 INDETERMINATE");
    }

    @Test
    void revokedBeforeIsT07() {
        byte[] token = token(t -> t.revokedAt = Forge.NOON.minus(Duration.ofDays(2)));
        assertThat(problems(check(token, NOW))).containsExactly("T07 INVALID");
    }

    @Test
    void revokedLaterCountsUnlessTheReasonIsHarmless() {
        Instant later = Forge.NOON.plus(Duration.ofDays(1));
        assertThat(problems(check(
                        token(t -> {
                            t.revokedAt = later;
                            t.revocationReason = CRLReason.superseded;
                        }),
                        NOW)))
                .isEmpty();
        assertThat(problems(check(
                        token(t -> {
                            t.revokedAt = later;
                            t.revocationReason = CRLReason.keyCompromise;
                        }),
                        NOW)))
                .containsExactly("T07 INVALID");
    }

    @Test
    void withoutUsableCrlT07StaysOpen() {
        assertThat(problems(check(token(t -> t.withCrl = false), NOW))).containsExactly("T07 INDETERMINATE");
        assertThat(problems(check(token(t -> t.crlNextUpdate = Forge.NOON.minus(Duration.ofHours(1))), NOW)))
                .containsExactly("T07 INDETERMINATE");
        assertThat(problems(check(token(t -> t.crlThisUpdate = Forge.NOON.plus(Duration.ofHours(1))), NOW)))
                .containsExactly("T07 INDETERMINATE");
    }

    @Test
    void crlThatSomebodyElseSignedDoesNotCount() {
        assertThat(problems(check(token(t -> t.crlSignedBy = Forge.ec("P-256")), NOW)))
                .containsExactly("T07 INDETERMINATE");
        assertThat(problems(check(
                        token(t -> {
                            t.crlSignedBy = Forge.ec("P-256");
                            t.revokedAt = Forge.NOON.minus(Duration.ofDays(2));
                        }),
                        NOW)))
                .containsExactly("T07 INDETERMINATE");
    }

    @Test
    void crlOfAnotherScopeDoesNotCount() throws Exception {
        DistributionPointName elsewhere = new DistributionPointName(
                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, "http://a.invalid/crl")));
        Extension caOnly = scope(new IssuingDistributionPoint(null, false, true, null, false, false));
        Extension otherPoint = scope(new IssuingDistributionPoint(elsewhere, false, false, null, false, false));
        Extension indirect = scope(new IssuingDistributionPoint(null, false, false, null, true, false));
        Extension delta = Extension.create(Extension.deltaCRLIndicator, true, new CRLNumber(BigInteger.ONE));
        Extension unknown = Extension.create(new ASN1ObjectIdentifier("1.2.3.4"), true, new CRLNumber(BigInteger.ONE));
        for (Extension extension : List.of(caOnly, otherPoint, indirect, delta, unknown)) {
            assertThat(problems(check(token(t -> t.crlExtension = extension), NOW)))
                    .containsExactly("T07 INDETERMINATE");
        }
        Extension endEntities = scope(new IssuingDistributionPoint(null, true, false, null, false, false));
        assertThat(problems(check(token(t -> t.crlExtension = endEntities), NOW)))
                .isEmpty();
    }

    private static Extension scope(IssuingDistributionPoint scope) throws Exception {
        return Extension.create(Extension.issuingDistributionPoint, true, scope);
    }

    @Test
    void algorithmThatWasDeadAtGenTimeIsT08() {
        assertThat(problems(check(token(t -> t.signature = "SHA1withECDSA"), NOW)))
                .containsExactly("T08 INVALID");
        assertThat(problems(check(token(t -> t.key = Forge.ec("P-224")), NOW))).containsExactly("T08 INVALID");
    }

    @Test
    void algorithmThatDiedSinceStaysOpen() {
        Instant afterSha224 = Instant.parse("2029-06-01T00:00:00Z");
        assertThat(problems(check(
                        token(t -> {
                            t.signature = "SHA224withECDSA";
                            t.notAfter = Instant.parse("2035-01-01T00:00:00Z");
                        }),
                        afterSha224)))
                .containsExactly("T08 INDETERMINATE");
    }

    @Test
    void expiredCertificateStaysOpenWithoutEvidenceRecord() {
        assertThat(problems(check(token(t -> {}), Instant.parse("2027-06-01T00:00:00Z"))))
                .containsExactly("T09 INDETERMINATE");
    }

    @Test
    void leafTimeFarFromGenTimeIsT10() throws Exception {
        TimestampToken token = TimestampToken.parse(token(t -> {}));
        TimestampChecks checks = new TimestampChecks(anchors, NOW);
        assertThat(problems(checks.check(token, DIGEST, "x", Forge.NOON.plus(Duration.ofMinutes(10)))))
                .isEmpty();
        assertThat(problems(checks.check(token, DIGEST, "x", Forge.NOON.minus(Duration.ofMinutes(11)))))
                .containsExactly("T10 INVALID");
    }

    /** Attack A6: certificates, CRLs and the outer ASN.1 are unsigned, so a token's bytes are no identity. */
    @Test
    void flippedBitsNeverChangeWhatAnAcceptedTokenSays() throws Exception {
        byte[] right = token(t -> {});
        TimestampToken original = TimestampToken.parse(right);
        int accepted = 0;
        for (int bit : Forge.bits(right.length, 5)) {
            byte[] flipped = Forge.flipped(right, bit);
            List<Finding> findings = check(flipped, NOW);
            if (Verdict.worstOf(findings) == Verdict.VALID) {
                accepted++;
                TimestampToken token = TimestampToken.parse(flipped);
                assertThat(token.imprint()).isEqualTo(original.imprint());
                assertThat(token.genTime()).isEqualTo(original.genTime());
                assertThat(token.serial()).isEqualTo(original.serial());
                assertThat(token.authority()).isEqualTo(original.authority());
            }
        }
        assertThat(accepted).as("some bytes are unsigned").isPositive();
    }

    @Test
    void reportsSayWhoStampedAndWhetherItWasUs() {
        assertThat(check(token(t -> {}), NOW))
                .filteredOn(f -> f.code() == Code.T06)
                .singleElement()
                .satisfies(f -> assertThat(f.details())
                        .containsEntry("authority", "O=Forge,CN=TSA")
                        .containsEntry("anchor", "CN=Root,O=Forge")
                        .containsEntry("embedded", "false"));
    }

    private byte[] token(Consumer<Forge.Recipe> change) {
        return forge.token(DIGEST, recipe -> {
            change.accept(recipe);
            return recipe;
        });
    }

    private List<Finding> check(byte[] token, Instant now) {
        return new TimestampChecks(anchors, now).check(token, DIGEST, "x");
    }

    private static List<String> problems(List<Finding> findings) {
        return findings.stream()
                .filter(f -> f.verdict() != Verdict.VALID)
                .map(f -> f.code() + " " + f.verdict())
                .toList();
    }
}
