package org.tiezheng.evidence.trust;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.BERTags;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSException;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a one-signer SignedData that no signature covers and Bouncy Castle does not look at: types, versions,
 * the list of digest algorithms, what kinds of certificates and CRLs there are, how lengths are written. Each has
 * one right value, so a change there is found although nobody signed it.
 *
 * <p>The order inside a SET OF is not looked at: OpenSSL writes certificates in the order of the chain.
 *
 * <p>Source: RFC 5652 sections 3, 5.1, 5.3, 10.2.1 and 10.2.2; ITU-T X.690 section 10.1.
 */
final class CmsFraming {
    private static final int LAST_CERTIFICATE_CHOICE = 3; // CertificateChoices: other [3]
    private static final int OTHER_REVOCATION_INFO = 1; // RevocationInfoChoice: other [1]

    private CmsFraming() {}

    /**
     * @param der the message, of which {@code message} was parsed
     * @throws CMSException if a part is not what RFC 5652 asks for this content and this signer
     */
    static void check(ContentInfo message, byte[] der) throws CMSException, IOException {
        if (!message.getContentType().equals(CMSObjectIdentifiers.signedData)) {
            throw new CMSException("the message is not signed-data but " + message.getContentType());
        }
        if (!Arrays.equals(message.getEncoded(ASN1Encoding.DL), der)) {
            throw new CMSException("a length is not written as DER asks");
        }
        SignedData signed = SignedData.getInstance(message.getContent());
        if (signed.getSignerInfos().size() != 1) {
            throw new CMSException(
                    "expected one signer, found " + signed.getSignerInfos().size());
        }
        choices(signed.getCertificates(), 1, LAST_CERTIFICATE_CHOICE, "certificates");
        choices(signed.getCRLs(), OTHER_REVOCATION_INFO, OTHER_REVOCATION_INFO, "crls");
        signerTags(ASN1Sequence.getInstance(signed.getSignerInfos().getObjectAt(0)));
        SignerInfo signer = SignerInfo.getInstance(signed.getSignerInfos().getObjectAt(0));
        if (!signer.getVersion().hasValue(signer.getSID().isTagged() ? 3 : 1)) {
            throw new CMSException(
                    "SignerInfo version " + signer.getVersion() + " is not that of its signer identifier");
        }
        ASN1Integer version = versionOf(signed);
        if (!signed.getVersion().equals(version)) {
            throw new CMSException("SignedData version is " + signed.getVersion() + ", not " + version);
        }
        ASN1Set digests = signed.getDigestAlgorithms();
        if (digests.size() != 1
                || !same(AlgorithmIdentifier.getInstance(digests.getObjectAt(0)), signer.getDigestAlgorithm())) {
            throw new CMSException("digestAlgorithms is not the signer's digest algorithm");
        }
    }

    /** The version that section 5.1 asks for these parts; Bouncy Castle computes it when it puts parts together. */
    private static ASN1Integer versionOf(SignedData signed) {
        return new SignedData(
                        signed.getDigestAlgorithms(),
                        signed.getEncapContentInfo(),
                        signed.getCertificates(),
                        signed.getCRLs(),
                        signed.getSignerInfos())
                .getVersion();
    }

    /** Each is a plain SEQUENCE or one of the tagged kinds; Bouncy Castle passes over anything else in silence. */
    private static void choices(@Nullable ASN1Set set, int first, int last, String field) throws CMSException {
        if (set == null) {
            return;
        }
        for (ASN1Encodable each : set) {
            boolean known = each.toASN1Primitive() instanceof ASN1TaggedObject tagged
                    ? tagged.hasTagClass(BERTags.CONTEXT_SPECIFIC)
                            && tagged.getTagNo() >= first
                            && tagged.getTagNo() <= last
                    : each.toASN1Primitive() instanceof ASN1Sequence;
            if (!known) {
                throw new CMSException("unknown kind of entry in " + field);
            }
        }
    }

    /** SignerInfo: sid may be [0], signedAttrs is [0], unsignedAttrs is [1]; Bouncy Castle goes by position only. */
    private static void signerTags(ASN1Sequence signer) throws CMSException {
        for (int i = 0; i < signer.size(); i++) {
            if (signer.getObjectAt(i).toASN1Primitive() instanceof ASN1TaggedObject tagged
                    && !tagged.hasContextTag(i == 1 || i == 3 ? 0 : 1)) {
                throw new CMSException("unknown field in SignerInfo");
            }
        }
    }

    /** Absent parameters and NULL mean the same for digests: RFC 5754 section 2. */
    private static boolean same(AlgorithmIdentifier one, AlgorithmIdentifier other) {
        return one.getAlgorithm().equals(other.getAlgorithm())
                && parameters(one).equals(parameters(other));
    }

    private static ASN1Encodable parameters(AlgorithmIdentifier algorithm) {
        ASN1Encodable parameters = algorithm.getParameters();
        return parameters == null ? DERNull.INSTANCE : parameters.toASN1Primitive();
    }
}
