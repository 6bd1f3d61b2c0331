package org.tiezheng.evidence.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CRLException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.IssuerSerial;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSTypedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.ContentVerifier;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.RuntimeOperatorException;
import org.jspecify.annotations.Nullable;

/**
 * CMS SignedData with exactly one signer: the common shape of a time-stamp token and of a CAdES signature. Keeps the
 * original bytes, so what is checked is what was signed.
 *
 * <p>The certificates and CRLs inside are not covered by the signature: anyone may add, drop or replace them. They are
 * candidates for a path, never reasons for trust, and the bytes are no identity (docs/seal.md, "What a token's bytes do
 * not prove").
 *
 * <p>Source: RFC 5652 section 5, RFC 5035 section 3 (ESSCertIDv2). Immutable; safe for use by several threads.
 */
public final class SignedCms {
    /** A token with a few certificates and CRLs is some kilobytes; CRLs of large authorities reach some hundreds. */
    public static final int MAX_BYTES = 1 << 20;

    // Each may cost a signature check under a key of the sender's choice, and each pair of certificates another.
    private static final int MAX_CERTIFICATES = 16;
    private static final int MAX_CRLS = 16;

    private final byte[] der;
    private final CMSSignedData cms;
    private final SignerInformation signer;
    private final List<Attribute> signedAttributes;
    private final List<Attribute> unsignedAttributes;
    private final List<X509Certificate> certificates;
    private final List<X509CRL> crls;
    private final @Nullable X509Certificate signerCertificate;

    private SignedCms(byte[] der) throws CMSException, IOException, GeneralSecurityException {
        this.der = der;
        ContentInfo message = ContentInfo.getInstance(der);
        CmsFraming.check(message, der);
        this.cms = new CMSSignedData(message);
        this.signer = cms.getSignerInfos().getSigners().iterator().next();
        this.signedAttributes = signedAttributesOf(signer);
        this.unsignedAttributes = attributes(signer.toASN1Structure().getUnauthenticatedAttributes());
        Collection<X509CertificateHolder> holders = cms.getCertificates().getMatches(null);
        if (holders.size() > MAX_CERTIFICATES) {
            throw new CMSException("more than " + MAX_CERTIFICATES + " certificates");
        }
        List<X509Certificate> parsed = new ArrayList<>();
        List<X509Certificate> candidates = new ArrayList<>();
        for (X509CertificateHolder holder : holders) {
            Optional<X509Certificate> certificate = certificate(holder.getEncoded());
            certificate.ifPresent(parsed::add);
            if (certificate.isPresent() && signer.getSID().match(holder)) {
                candidates.add(certificate.get());
            }
        }
        this.certificates = List.copyOf(parsed);
        this.crls = parseCrls(cms);
        this.signerCertificate = chooseSigner(candidates);
    }

    /**
     * Parses one ContentInfo with SignedData. A certificate inside whose key the JDK does not know, and a CRL that it
     * cannot read, is left out, as if it were not there.
     *
     * @throws MalformedCmsException for anything else that is not of the expected shape; never an unchecked exception
     */
    public static SignedCms parse(byte[] der) throws MalformedCmsException {
        if (der.length > MAX_BYTES) {
            throw new MalformedCmsException("larger than " + MAX_BYTES + " bytes");
        }
        try {
            Asn1Shape.check(der);
            return new SignedCms(der.clone());
        } catch (CMSException | IOException | GeneralSecurityException e) {
            throw new MalformedCmsException(e.getMessage(), e);
        } catch (RuntimeException e) {
            // Bouncy Castle reports most malformed ASN.1 with IllegalArgumentException, ClassCastException and others.
            throw new MalformedCmsException("not CMS SignedData: " + e, e);
        }
    }

    /** A fresh copy of the original bytes. */
    public byte[] der() {
        return der.clone();
    }

    public int sizeBytes() {
        return der.length;
    }

    /** The certificate that SignerInfo names, if it is inside. Several match only in a forgery; then the one that ESSCertIDv2 names. */
    public Optional<X509Certificate> signerCertificate() {
        return Optional.ofNullable(signerCertificate);
    }

    /** All certificates inside that can be read, in no particular order. */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    /** All CRLs inside that can be read. */
    public List<X509CRL> crls() {
        return crls;
    }

    /** OID in text form. */
    public String contentType() {
        return cms.getSignedContentType().getId();
    }

    /** The content, if it is inside. */
    public Optional<byte[]> content() {
        CMSTypedData content = cms.getSignedContent();
        return content != null && content.getContent() instanceof byte[] bytes
                ? Optional.of(bytes.clone())
                : Optional.empty();
    }

    /** The signature value: what a signature time-stamp stamps. */
    public byte[] signatureValue() {
        return signer.getSignature();
    }

    /** The only value of the signed attribute {@code oid}; empty if there is none. */
    public Optional<ASN1Encodable> signedAttribute(ASN1ObjectIdentifier oid) {
        return signedAttributes.stream()
                .filter(a -> a.getAttrType().equals(oid))
                .map(a -> a.getAttrValues().getObjectAt(0))
                .findFirst();
    }

    /** All values of unsigned attributes {@code oid}, in order. */
    public List<ASN1Encodable> unsignedAttributes(ASN1ObjectIdentifier oid) {
        List<ASN1Encodable> values = new ArrayList<>();
        for (Attribute attribute : unsignedAttributes) {
            if (attribute.getAttrType().equals(oid)) {
                values.addAll(Arrays.asList(attribute.getAttrValues().toArray()));
            }
        }
        return values;
    }

    /** Whether the signed attributes are about {@code content} of the type that the message names. */
    public Outcome coversContent(byte[] content) {
        Optional<ASN1Encodable> type = signedAttribute(CMSAttributes.contentType);
        if (type.isEmpty() || !cms.getSignedContentType().equals(type.get().toASN1Primitive())) {
            return Outcome.invalid("the content-type attribute is not the type of the content");
        }
        Optional<byte[]> listed = signedAttribute(CMSAttributes.messageDigest)
                .filter(ASN1OctetString.class::isInstance)
                .map(v -> ((ASN1OctetString) v).getOctets());
        if (listed.isEmpty()) {
            return Outcome.invalid("no message-digest attribute");
        }
        Optional<MessageDigest> digest = digest(signer.getDigestAlgorithmID());
        if (digest.isEmpty()) {
            return Outcome.indeterminate("unknown digest algorithm " + signer.getDigestAlgOID());
        }
        return MessageDigest.isEqual(listed.get(), digest.get().digest(content))
                ? Outcome.valid()
                : Outcome.invalid("the message-digest attribute is not the digest of the content");
    }

    /** Whether the signature value over the signed attributes verifies under the key of {@link #signerCertificate()}. */
    public Outcome signatureVerifies() {
        if (signerCertificate == null) {
            return Outcome.indeterminate("the signer's certificate is not inside");
        }
        try {
            SignerInformationVerifier verifier = new JcaSimpleSignerInfoVerifierBuilder()
                    .setProvider(BouncyCastle.PROVIDER)
                    .build(signerCertificate.getPublicKey());
            ContentVerifier check = verifier.getContentVerifier(
                    signer.toASN1Structure().getDigestEncryptionAlgorithm(), signer.getDigestAlgorithmID());
            try (OutputStream out = check.getOutputStream()) {
                out.write(signer.getEncodedSignedAttributes());
            }
            return check.verify(signer.getSignature())
                    ? Outcome.valid()
                    : Outcome.invalid("the signature does not verify under the signer's key");
        } catch (OperatorCreationException e) {
            return Outcome.indeterminate("unknown signature algorithm " + signer.getEncryptionAlgOID());
        } catch (RuntimeOperatorException | IOException e) {
            // Thrown for a signature value that is not even of the algorithm's form.
            return Outcome.invalid("the signature value is malformed");
        } catch (RuntimeException e) {
            // Keys and parameters from hostile certificates fail deep inside the provider in many unchecked ways.
            return Outcome.invalid("the signature cannot be of this key: " + Texts.printable(e.toString()));
        }
    }

    /** Whether the signed attribute signing-certificate-v2 names {@link #signerCertificate()}. */
    public Outcome namesSigner() {
        if (signerCertificate == null) {
            return Outcome.indeterminate("the signer's certificate is not inside");
        }
        Optional<ASN1Encodable> attribute = signedAttribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
        if (attribute.isEmpty()) {
            return signedAttribute(PKCSObjectIdentifiers.id_aa_signingCertificate)
                            .isPresent()
                    ? Outcome.indeterminate("only the SHA-1 form of signing-certificate is present")
                    : Outcome.invalid("no signing-certificate-v2 attribute");
        }
        try {
            ESSCertIDv2[] ids =
                    SigningCertificateV2.getInstance(attribute.get()).getCerts();
            if (ids.length == 0) {
                return Outcome.invalid("signing-certificate-v2 names no certificate");
            }
            Optional<MessageDigest> digest = digest(ids[0].getHashAlgorithm());
            if (digest.isEmpty()) {
                return Outcome.indeterminate("unknown digest algorithm "
                        + ids[0].getHashAlgorithm().getAlgorithm().getId());
            }
            if (!names(ids[0], digest.get(), signerCertificate)) {
                return Outcome.invalid("signing-certificate-v2 names another certificate");
            }
            return Outcome.valid();
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            return Outcome.invalid("signing-certificate-v2 is malformed");
        }
    }

    /** The algorithms this message stands on, beside those of its certificates. */
    public List<AlgorithmPolicy.Use> algorithms() {
        List<AlgorithmPolicy.Use> uses = new ArrayList<>();
        uses.add(AlgorithmPolicy.Use.digest("signer's digest", signer.getDigestAlgorithmID()));
        uses.add(AlgorithmPolicy.Use.signature(
                "signature", signer.toASN1Structure().getDigestEncryptionAlgorithm(), signer.getDigestAlgorithmID()));
        signedAttribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2).ifPresent(attribute -> {
            try {
                ESSCertIDv2[] ids = SigningCertificateV2.getInstance(attribute).getCerts();
                if (ids.length > 0) {
                    uses.add(AlgorithmPolicy.Use.digest("signing-certificate-v2", ids[0].getHashAlgorithm()));
                }
            } catch (RuntimeException e) {
                // Malformed: namesSigner() says so.
                return;
            }
        });
        return List.copyOf(uses);
    }

    /** {@code MessageDigest} for an algorithm identifier; SHA-2 and SHA-1 from the JDK, the rest from Bouncy Castle. */
    private static Optional<MessageDigest> digest(AlgorithmIdentifier algorithm) {
        return AlgorithmPolicy.digestName(algorithm).flatMap(name -> {
            try {
                return Optional.of(MessageDigest.getInstance(name));
            } catch (GeneralSecurityException notInTheJdk) {
                try {
                    return Optional.of(MessageDigest.getInstance(name, BouncyCastle.PROVIDER));
                } catch (GeneralSecurityException e) {
                    return Optional.empty();
                }
            }
        });
    }

    private static boolean names(ESSCertIDv2 id, MessageDigest digest, X509Certificate certificate)
            throws GeneralSecurityException, IOException {
        if (!MessageDigest.isEqual(id.getCertHash(), digest.digest(certificate.getEncoded()))) {
            return false;
        }
        IssuerSerial issuerSerial = id.getIssuerSerial();
        if (issuerSerial == null) {
            return true; // optional, RFC 5035 section 3
        }
        GeneralName[] issuers = issuerSerial.getIssuer().getNames();
        return issuers.length == 1
                && issuers[0].getTagNo() == GeneralName.directoryName
                && X500Name.getInstance(issuers[0].getName())
                        .equals(X500Name.getInstance(
                                certificate.getIssuerX500Principal().getEncoded()))
                && issuerSerial.getSerial().getValue().equals(certificate.getSerialNumber());
    }

    private @Nullable X509Certificate chooseSigner(List<X509Certificate> candidates) {
        if (candidates.size() > 1) {
            Optional<ASN1Encodable> attribute = signedAttribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
            if (attribute.isPresent()) {
                ESSCertIDv2[] ids =
                        SigningCertificateV2.getInstance(attribute.get()).getCerts();
                for (X509Certificate candidate : candidates) {
                    try {
                        Optional<MessageDigest> digest =
                                ids.length == 0 ? Optional.empty() : digest(ids[0].getHashAlgorithm());
                        if (digest.isPresent() && names(ids[0], digest.get(), candidate)) {
                            return candidate;
                        }
                    } catch (GeneralSecurityException | IOException e) {
                        continue; // not this one
                    }
                }
            }
        }
        return candidates.isEmpty() ? null : candidates.get(0);
    }

    /** Each attribute once, with one value: what RFC 5652 section 11 asks, and what leaves no room for two readings. */
    private static List<Attribute> signedAttributesOf(SignerInformation signer) throws CMSException {
        ASN1Set attributes = signer.toASN1Structure().getAuthenticatedAttributes();
        if (attributes == null) {
            throw new CMSException("no signed attributes");
        }
        List<Attribute> list = attributes(attributes);
        Set<String> seen = new HashSet<>();
        for (Attribute attribute : list) {
            String oid = attribute.getAttrType().getId();
            if (attribute.getAttrValues().size() != 1) {
                throw new CMSException("signed attribute " + oid + " has not exactly one value");
            }
            if (!seen.add(oid)) {
                throw new CMSException("signed attribute " + oid + " appears twice");
            }
        }
        return list;
    }

    private static List<Attribute> attributes(@Nullable ASN1Set set) {
        List<Attribute> list = new ArrayList<>();
        if (set != null) {
            for (ASN1Encodable each : set) {
                list.add(Attribute.getInstance(each));
            }
        }
        return List.copyOf(list);
    }

    /**
     * Empty for a certificate with what the JDK does not know, such as a key on the SM2 curve.
     *
     * @throws CertificateException if it is no X.509 certificate for Bouncy Castle either
     */
    private static Optional<X509Certificate> certificate(byte[] encoded) throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        try {
            return Optional.of((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded)));
        } catch (CertificateException | RuntimeException unknownToTheJdk) {
            Certificate other = CertificateFactory.getInstance("X.509", BouncyCastle.PROVIDER)
                    .generateCertificate(new ByteArrayInputStream(encoded));
            if (other == null) {
                throw new CertificateException("a certificate inside is not X.509", unknownToTheJdk);
            }
            return Optional.empty();
        }
    }

    private static List<X509CRL> parseCrls(CMSSignedData cms) throws IOException, CMSException, CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Collection<org.bouncycastle.cert.X509CRLHolder> holders = cms.getCRLs().getMatches(null);
        if (holders.size() > MAX_CRLS) {
            throw new CMSException("more than " + MAX_CRLS + " CRLs");
        }
        List<X509CRL> parsed = new ArrayList<>();
        for (org.bouncycastle.cert.X509CRLHolder holder : holders) {
            try {
                parsed.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(holder.getEncoded())));
            } catch (CRLException | RuntimeException unreadable) {
                continue; // as if it were not there: revocation will be INDETERMINATE
            }
        }
        return List.copyOf(parsed);
    }
}
