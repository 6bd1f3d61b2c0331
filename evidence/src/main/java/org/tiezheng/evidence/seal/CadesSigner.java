package org.tiezheng.evidence.seal;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.trust.SigningIdentity;

/**
 * Makes the signature of a package: CAdES baseline, detached over the bytes of {@code ASiCManifest001.xml}.
 *
 * <p>Signed attributes: content-type, signing-time, message-digest, signing-certificate-v2. Certificates and CRLs of the
 * signer are inside. With the signature time-stamp as unsigned attribute it is CAdES-B-T; because the CRLs are there too,
 * EU DSS calls it CAdES-BASELINE-LT.
 *
 * <p>Source: ETSI EN 319 122-1 V1.3.1 sections 5 and 6, RFC 5652, RFC 5035.
 */
public final class CadesSigner {
    private final SigningIdentity signer;
    private final Clock clock;

    public CadesSigner(SigningIdentity signer, Clock clock) {
        this.signer = signer;
        this.clock = clock;
    }

    /**
     * A signature without time-stamp yet (CAdES-B-B).
     *
     * <p>{@link #valueDigest()} is what the authority stamps; {@link #withTimestamp} gives the bytes of {@code
     * signature001.p7s}.
     */
    public static final class Unstamped {
        private final CMSSignedData cms;

        private Unstamped(CMSSignedData cms) {
            this.cms = cms;
        }

        /** SHA-256 of the signature value. Source: EN 319 122-1 section 5.3. */
        public Digest valueDigest() {
            return Digest.of(Digest.Algorithm.SHA256, only().getSignature());
        }

        /** DER of the signature with {@code token} as its signature time-stamp. */
        public byte[] withTimestamp(TimestampToken token) {
            try {
                Attribute attribute = new Attribute(
                        PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
                        new DERSet(ASN1Primitive.fromByteArray(token.der())));
                SignerInformation stamped =
                        SignerInformation.replaceUnsignedAttributes(only(), new AttributeTable(new DERSet(attribute)));
                return CMSSignedData.replaceSigners(cms, new SignerInformationStore(stamped))
                        .getEncoded(ASN1Encoding.DL);
            } catch (IOException e) {
                throw new IllegalStateException("putting a parsed token into our own signature", e);
            }
        }

        private SignerInformation only() {
            return cms.getSignerInfos().getSigners().iterator().next();
        }
    }

    /**
     * @param manifest bytes of ASiCManifest001.xml
     * @throws GeneralSecurityException if the key cannot sign; trying again is useless
     */
    public Unstamped sign(byte[] manifest) throws GeneralSecurityException {
        try {
            ASN1EncodableVector attributes = new ASN1EncodableVector();
            attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new Time(Date.from(clock.instant())))));
            // SHA-256 is ESSCertIDv2's default algorithm, so DER leaves it out.
            byte[] certificateDigest = Digest.of(
                            Digest.Algorithm.SHA256, signer.certificate().getEncoded())
                    .bytes();
            attributes.add(new Attribute(
                    PKCSObjectIdentifiers.id_aa_signingCertificateV2,
                    new DERSet(new SigningCertificateV2(new ESSCertIDv2(certificateDigest)))));
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(new JcaSimpleSignerInfoGeneratorBuilder()
                    .setProvider(BouncyCastle.PROVIDER)
                    .setSignedAttributeGenerator(
                            new DefaultSignedAttributeTableGenerator(new AttributeTable(attributes)))
                    .build("SHA256withECDSA", signer.key(), signer.certificate()));
            generator.addCertificates(new JcaCertStore(signer.chain()));
            generator.addCRLs(new JcaCRLStore(List.copyOf(signer.crls())));
            return new Unstamped(generator.generate(new CMSProcessableByteArray(manifest), false));
        } catch (CMSException | OperatorCreationException e) {
            throw new GeneralSecurityException("signing with " + signer + ": " + e.getMessage(), e);
        }
    }
}
