package org.tiezheng.evidence.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.Forge;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.SigningIdentity;
import org.tiezheng.evidence.trust.TrustAnchors;

/** One fault each; the findings that are not VALID are all listed. */
class SignatureChecksTest {
    private static final byte[] MANIFEST = "<manifest/>".getBytes(StandardCharsets.UTF_8);
    private static final Clock CLOCK = Clock.fixed(Forge.NOON, ZoneOffset.UTC);
    private static final Instant NOW = Forge.NOON.plus(Duration.ofDays(30));
    // SignedData.version, and the beginning of digestAlgorithms behind it
    private static final byte[] VERSION_1 = {2, 1, 1, 0x31, 0x0d};
    private static final byte[] VERSION_3 = {2, 1, 3, 0x31, 0x0d};

    private static final BigInteger SERIAL = BigInteger.TEN;

    private final Forge forge = new Forge();
    private final TrustAnchors anchors = TrustAnchors.of(forge.root());
    private final KeyPair key = Forge.ec("P-256");
    private final Forge.Recipe recipe = new Forge.Recipe();

    @Test
    void rightSignaturePasses() throws Exception {
        assertThat(check(stamped(signature(key.getPrivate())), MANIFEST))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
    }

    @Test
    void otherManifestIsS01() throws Exception {
        assertThat(problems(check(stamped(signature(key.getPrivate())), new byte[] {1})))
                .containsExactly("S01 INVALID");
    }

    @Test
    void contentInsideTheSignatureIsS01() throws Exception {
        byte[] enveloping = CMSSignedData.replaceSigners(
                        new CMSSignedDataGenerator().generate(new CMSProcessableByteArray(MANIFEST), true),
                        new CMSSignedData(stamped(signature(key.getPrivate()))).getSignerInfos())
                .getEncoded(ASN1Encoding.DL);
        assertThat(problems(check(enveloping, MANIFEST))).contains("S01 INVALID");
    }

    @Test
    void signatureOfAnotherKeyIsS02() throws Exception {
        assertThat(problems(check(stamped(signature(Forge.ec("P-256").getPrivate())), MANIFEST)))
                .containsExactly("S02 INVALID");
    }

    @Test
    void whatIsNoSignatureIsS02() {
        assertThat(problems(check(MANIFEST, MANIFEST))).containsExactly("S02 INVALID");
    }

    @Test
    void changedOuterVersionIsS02() throws Exception {
        byte[] p7s = stamped(signature(key.getPrivate()));
        p7s[Forge.indexOf(p7s, VERSION_1) + 2] ^= 2;
        assertThat(problems(check(p7s, MANIFEST))).containsExactly("S02 INVALID");
    }

    @Test
    void changedOuterVersionOfTheTimestampIsS05() throws Exception {
        recipe.crlNextUpdate = NOW.plus(Duration.ofDays(1));
        byte[] p7s = stamped(signature(key.getPrivate()));
        p7s[Forge.indexOf(p7s, VERSION_3) + 2] ^= 2;
        assertThat(problems(check(p7s, MANIFEST))).containsExactly("S05 INVALID", "T02 INVALID");
    }

    @Test
    void certificateSwappedForAnotherOfTheSameKeyIsS03() throws Exception {
        Forge.Recipe longer = new Forge.Recipe();
        longer.notAfter = Forge.YEAR_END.plus(Duration.ofDays(3650));
        CMSSignedData right = new CMSSignedData(stamped(signature(key.getPrivate())));
        byte[] swapped = CMSSignedData.replaceCertificatesAndCRLs(
                        right,
                        new JcaCertStore(List.of(forge.tsaCertificate(longer, key.getPublic(), SERIAL))),
                        right.getAttributeCertificates(),
                        right.getCRLs())
                .getEncoded(ASN1Encoding.DL);
        assertThat(problems(check(swapped, MANIFEST))).containsExactly("S03 INVALID");
    }

    @Test
    void revokedSignerIsS04() throws Exception {
        recipe.revokedAt = Forge.NOON.minus(Duration.ofDays(1));
        assertThat(problems(check(stamped(signature(key.getPrivate())), MANIFEST)))
                .containsExactly("S04 INVALID");
    }

    @Test
    void signerRevokedAfterTheTimestampIsStillGood() throws Exception {
        recipe.revokedAt = Forge.NOON.plus(Duration.ofDays(1));
        recipe.revocationReason = org.bouncycastle.asn1.x509.CRLReason.keyCompromise;
        assertThat(problems(check(stamped(signature(key.getPrivate())), MANIFEST)))
                .isEmpty();
    }

    @Test
    void expiredSignerIsStillGoodBecauseOfTheTimestamp() throws Exception {
        recipe.notAfter = Forge.NOON.plus(Duration.ofDays(1));
        assertThat(problems(check(stamped(signature(key.getPrivate())), MANIFEST)))
                .isEmpty();
    }

    /** Age alone makes nothing false: who comes too late without an evidence record finds it open, not forged. */
    @Test
    void whenSignerAndTimestampHaveEndedItIsOpen() throws Exception {
        recipe.notAfter = Forge.NOON.plus(Duration.ofDays(1));
        byte[] p7s = stamped(signature(key.getPrivate()));
        Instant later = Forge.YEAR_END.plus(Duration.ofDays(30));
        assertThat(problems(new SignatureChecks(TrustAnchors.of(forge.root()), later).check(p7s, MANIFEST, "x")))
                .containsExactly("S05 INDETERMINATE", "T09 INDETERMINATE");
    }

    @Test
    void withoutAnchorNothingIsKnown() throws Exception {
        byte[] p7s = stamped(signature(key.getPrivate()));
        assertThat(problems(new SignatureChecks(TrustAnchors.none(), NOW).check(p7s, MANIFEST, "x")))
                .containsExactly("S04 INDETERMINATE", "S05 INDETERMINATE", "T06 INDETERMINATE", "T07 INDETERMINATE");
    }

    @Test
    void signatureWithoutTimestampIsS05() throws Exception {
        recipe.crlNextUpdate = NOW.plus(Duration.ofDays(1)); // judged now, for want of a time-stamp
        byte[] bare = withUnsigned(stamped(signature(key.getPrivate())), null);
        assertThat(problems(check(bare, MANIFEST))).containsExactly("S05 INVALID");
    }

    @Test
    void timestampOfAnotherSignatureIsS05() throws Exception {
        recipe.crlNextUpdate = NOW.plus(Duration.ofDays(1));
        Digest other = Digest.of(Digest.Algorithm.SHA256, MANIFEST);
        byte[] p7s = signature(key.getPrivate()).withTimestamp(TimestampToken.parse(forge.token(other, t -> t)));
        assertThat(problems(check(p7s, MANIFEST))).containsExactly("S05 INVALID", "T01 INVALID");
    }

    @Test
    void timestampThatIsNoTokenIsS05() throws Exception {
        recipe.crlNextUpdate = NOW.plus(Duration.ofDays(1));
        byte[] p7s = withUnsigned(
                stamped(signature(key.getPrivate())),
                new Attribute(
                        PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
                        new DERSet(new org.bouncycastle.asn1.DEROctetString(MANIFEST))));
        assertThat(problems(check(p7s, MANIFEST))).containsExactly("S05 INVALID", "T02 INVALID");
    }

    @Test
    void heapOfTimestampsIsS05() throws Exception {
        recipe.crlNextUpdate = NOW.plus(Duration.ofDays(1));
        CadesSigner.Unstamped signature = signature(key.getPrivate());
        ASN1EncodableVector tokens = new ASN1EncodableVector();
        for (int i = 0; i < 5; i++) {
            tokens.add(ASN1Primitive.fromByteArray(forge.token(signature.valueDigest(), t -> t)));
        }
        byte[] p7s = withUnsigned(
                stamped(signature),
                new Attribute(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken, new DERSet(tokens)));
        assertThat(problems(check(p7s, MANIFEST))).containsExactly("S05 INVALID");
    }

    private CadesSigner.Unstamped signature(PrivateKey signingKey) throws Exception {
        X509Certificate certificate = forge.tsaCertificate(recipe, key.getPublic(), SERIAL);
        SigningIdentity identity =
                new SigningIdentity(signingKey, List.of(certificate), () -> List.of(forge.crl(recipe, certificate)));
        return new CadesSigner(identity, CLOCK).sign(MANIFEST);
    }

    private byte[] stamped(CadesSigner.Unstamped signature) throws Exception {
        return signature.withTimestamp(TimestampToken.parse(forge.token(signature.valueDigest(), t -> t)));
    }

    private static byte[] withUnsigned(byte[] p7s, @Nullable Attribute attribute) throws Exception {
        CMSSignedData cms = new CMSSignedData(p7s);
        SignerInformation signer = cms.getSignerInfos().getSigners().iterator().next();
        AttributeTable table = attribute == null ? null : new AttributeTable(new DERSet(attribute));
        try {
            return CMSSignedData.replaceSigners(
                            cms, new SignerInformationStore(SignerInformation.replaceUnsignedAttributes(signer, table)))
                    .getEncoded(ASN1Encoding.DL);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Finding> check(byte[] p7s, byte[] manifest) {
        return new SignatureChecks(anchors, NOW).check(p7s, manifest, "x");
    }

    private static List<String> problems(List<Finding> findings) {
        return findings.stream()
                .filter(f -> f.verdict() != Verdict.VALID)
                .map(f -> f.code() + " " + f.verdict())
                .toList();
    }
}
