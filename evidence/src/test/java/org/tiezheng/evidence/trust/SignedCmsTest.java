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
