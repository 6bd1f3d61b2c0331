package org.tiezheng.evidence.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.Forge;

class SignedCmsTest {
    private final byte[] token = new Forge().token(Digest.of(Digest.Algorithm.SHA256, new byte[0]), t -> t);

    @Test
    void keepsTheOriginalBytes() throws Exception {
        assertThat(SignedCms.parse(token).der()).isEqualTo(token);
    }

    @Test
    void deepNestingIsRefusedBeforeAParserOverflowsItsStack() throws Exception {
        byte[] justNotTooDeep = nested(Asn1Shape.MAX_DEPTH);
        assertThatCode(() -> Asn1Shape.check(justNotTooDeep)).doesNotThrowAnyException();
        byte[] deep = nested(Asn1Shape.MAX_DEPTH + 1);
        assertThatThrownBy(() -> Asn1Shape.check(deep))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nested");
        byte[] indefinite = new byte[900_000];
        for (int i = 0; i < indefinite.length; i += 2) {
            indefinite[i] = 0x30;
            indefinite[i + 1] = (byte) 0x80;
        }
        assertThatThrownBy(() -> SignedCms.parse(indefinite)).isInstanceOf(MalformedCmsException.class);
    }

    @Test
    void shapesThatAreNotOneValueAreRefused() {
        for (String wrong : List.of(
                "",
                "30",
                "3080",
                "308000",
                "30800000ff",
                "300200",
                "3003020102ff",
                "0480",
                "0000",
                "30020000",
                "30847fffffff",
                "3085ffffffffff",
                "1f8080808080",
                "30060480aabb0000")) {
            assertThatThrownBy(() -> Asn1Shape.check(HexFormat.of().parseHex(wrong)))
                    .as(wrong)
                    .isInstanceOf(IOException.class);
        }
        for (String right :
                List.of("0500", "3000", "30800000", "3003020105", "308030800000020105" + "0000", "1f8101" + "00")) {
            assertThatCode(() -> Asn1Shape.check(HexFormat.of().parseHex(right)))
                    .as(right)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void tooLargeIsRefusedUnread() {
        assertThatThrownBy(() -> SignedCms.parse(new byte[SignedCms.MAX_BYTES + 1]))
                .isInstanceOf(MalformedCmsException.class)
                .hasMessageContaining("larger");
    }

    @Test
    void bytesAfterTheMessageAreRefused() {
        assertThatThrownBy(() -> SignedCms.parse(Arrays.copyOf(token, token.length + 1)))
                .isInstanceOf(MalformedCmsException.class)
                .hasMessageContaining("after");
    }

    @Test
    void twoSignersAreRefused() throws Exception {
        CMSSignedData one = new CMSSignedData(token);
        CMSSignedData other =
                new CMSSignedData(new Forge().token(Digest.of(Digest.Algorithm.SHA256, new byte[0]), t -> t));
        List<SignerInformation> both = List.of(
                one.getSignerInfos().iterator().next(),
                other.getSignerInfos().iterator().next());
        byte[] two = CMSSignedData.replaceSigners(one, new SignerInformationStore(both))
                .getEncoded(ASN1Encoding.DL);
        assertThatThrownBy(() -> SignedCms.parse(two))
                .isInstanceOf(MalformedCmsException.class)
                .hasMessageContaining("one signer");
        byte[] none = new CMSSignedDataGenerator()
                .generate(new CMSProcessableByteArray(new byte[0]), true)
                .getEncoded(ASN1Encoding.DL);
        assertThatThrownBy(() -> SignedCms.parse(none)).isInstanceOf(MalformedCmsException.class);
    }

    @Test
    void otherTypeOfMessageIsRefused() {
        refused(flipped(hex("06092a864886f70d010702"), 10), "not signed-data"); // enveloped-data
    }

    @Test
    void versionThatIsNotTheContentsIsRefused() throws Exception {
        refused(flipped(hex("020103310d"), 2), "SignedData version");
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        CMSSignedData detached = CMSSignedData.replaceSigners(
                generator.generate(new CMSProcessableByteArray(new byte[0]), false),
                new CMSSignedData(token).getSignerInfos());
        byte[] plain = detached.getEncoded(ASN1Encoding.DL);
        assertThatCode(() -> SignedCms.parse(plain)).doesNotThrowAnyException(); // id-data: version 1
        int version = Forge.indexOf(plain, hex("020101310d")) + 2;
        plain[version] ^= 2;
        refused(plain, "SignedData version");
    }

    @Test
    void signersVersionThatIsNotItsIdentifiersIsRefused() {
        byte[] changed = token.clone();
        changed[signerInfo() + 2] = 3;
        refused(changed, "version");
    }

    @Test
    void otherDigestAlgorithmsThanTheSignersAreRefused() throws Exception {
        refused(flipped(hex("310d300b0609608648016503040201"), 14), "digestAlgorithms");
        CMSSignedData twoDigests = CMSSignedData.addDigestAlgorithm(
                new CMSSignedData(token), new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha512));
        refused(twoDigests.getEncoded(ASN1Encoding.DL), "digestAlgorithms");
    }

    @Test
    void lengthsNotWrittenAsDerAsksAreRefused() {
        ByteArrayOutputStream indefinite = new ByteArrayOutputStream();
        indefinite.writeBytes(hex("3080"));
        indefinite.write(token, 4, token.length - 4);
        indefinite.writeBytes(hex("0000"));
        refused(indefinite.toByteArray(), "length");
    }

    @Test
    void certificateThatIsNoneIsRefused() throws Exception {
        byte[] certificate =
                SignedCms.parse(token).signerCertificate().orElseThrow().getEncoded();
        int at = Forge.indexOf(token, certificate);
        byte[] noSequence = token.clone();
        noSequence[at] ^= 1; // SET
        refused(noSequence, "certificates");
        byte[] noKey = token.clone();
        int key = at + Forge.indexOf(certificate, hex("06072a8648ce3d0201"));
        noKey[key] = 0x04; // the algorithm's name is an OCTET STRING
        refused(noKey, "");
    }

    @Test
    void fieldOfTheSignerUnderAnotherTagIsRefused() {
        byte[] attributes = hex("06092a864886f70d010903"); // content-type, first of the signed attributes
        byte[] changed = token.clone();
        int at = Forge.indexOf(token, attributes) - 2;
        while ((changed[at] & 0xff) != 0xa0) {
            at--;
        }
        changed[at] ^= 2;
        refused(changed, "SignerInfo");
    }

    /** Nobody signs these bytes, so only the check of the framing can find a change. */
    @Test
    void everyBitAheadOfTheContentCounts() {
        int content = Forge.indexOf(token, hex("060b2a864886f70d0109100104"));
        assertThat(content).isPositive();
        for (int bit = 0; bit < content * 8; bit++) {
            byte[] changed = token.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SignedCms.parse(changed))
                    .as("bit " + bit)
                    .isInstanceOf(MalformedCmsException.class);
        }
    }

    private int signerInfo() {
        CMSSignedData cms;
        byte[] signer;
        try {
            cms = new CMSSignedData(token);
            signer = cms.getSignerInfos().iterator().next().toASN1Structure().getEncoded(ASN1Encoding.DL);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        int header = (signer[1] & 0x80) == 0 ? 2 : 2 + (signer[1] & 0x7f);
        return Forge.indexOf(token, signer) + header;
    }

    /** The token with the lowest bit changed of the byte {@code offset} behind the start of {@code marker}. */
    private byte[] flipped(byte[] marker, int offset) {
        byte[] changed = token.clone();
        changed[Forge.indexOf(token, marker) + offset] ^= 1;
        return changed;
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static void refused(byte[] der, String why) {
        assertThatThrownBy(() -> SignedCms.parse(der))
                .isInstanceOf(MalformedCmsException.class)
                .hasMessageContaining(why);
    }

    @Test
    void everyCutOffTokenIsRefused() {
        for (int length = 0; length < token.length; length++) {
            byte[] cut = Arrays.copyOf(token, length);
            assertThatThrownBy(() -> SignedCms.parse(cut)).isInstanceOf(MalformedCmsException.class);
        }
    }

    private static byte[] nested(int depth) {
        byte[] value = new byte[0];
        for (int i = 0; i < depth; i++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(0x30);
            out.write(0x82);
            out.write(value.length >> 8);
            out.write(value.length);
            out.writeBytes(value);
            value = out.toByteArray();
        }
        return value;
    }
}
