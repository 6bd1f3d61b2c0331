package org.tiezheng.evidence.time;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.tsp.MessageImprint;
import org.bouncycastle.asn1.tsp.TSTInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.BouncyCastle;

/**
 * Makes tokens that are right but for one thing. Bouncy Castle's own generator refuses most faults, so TSTInfo and CMS are
 * put together here.
 *
 * <pre>
 * Forge forge = new Forge();
 * byte[] right = forge.token(digest, t -> t);
 * byte[] wrong = forge.token(digest, t -> { t.ekuCritical = false; return t; });
 * </pre>
 */
public final class Forge {
    /** When tokens are made, unless the recipe says otherwise. */
    public static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    public static final Instant YEAR_START = Instant.parse("2026-01-01T00:00:00Z");
    public static final Instant YEAR_END = Instant.parse("2026-12-31T00:00:00Z");

    private final KeyPair rootKey = ec("P-256");
    private final X509Certificate root;

    /** What goes into a token; the defaults make it VALID. */
    public static final class Recipe {
        public Instant genTime = NOON;
        public Instant notBefore = YEAR_START;
        public Instant notAfter = YEAR_END;
        public List<KeyPurposeId> eku = List.of(KeyPurposeId.id_kp_timeStamping);
        public boolean ekuCritical = true;
        public String signature = "SHA256withECDSA";
        public String certificateSignature = "SHA256withECDSA";
        public ASN1ObjectIdentifier imprint = new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.1");
        public KeyPair key = ec("P-256");
        public boolean withCertificate = true;
        public boolean withCrl = true;
        public Instant crlThisUpdate = NOON.minus(Duration.ofDays(1));
        public Instant crlNextUpdate = NOON.plus(Duration.ofDays(6));
        public @Nullable Instant revokedAt;
        public int revocationReason = CRLReason.unspecified;
        /** The certificate signed into ESSCertIDv2; null for the right one. */
        public @Nullable X509Certificate essNames;

        public boolean withEss = true;
        /** The certificate put beside the signature; null for the right one. */
        public @Nullable X509Certificate carried;

        public @Nullable KeyPair crlSignedBy;
        public @Nullable Extension crlExtension;
        public UnaryOperator<byte[]> tstInfo = der -> der;
    }

    public Forge() {
        try {
            X500Name name = new X500Name("O=Forge,CN=Root");
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    date(YEAR_START),
                    date(YEAR_END.plus(Duration.ofDays(3650))),
                    name,
                    rootKey.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            root = certificate(builder, rootKey.getPrivate(), "SHA256withECDSA");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public X509Certificate root() {
        return root;
    }

    public byte[] token(Digest sha256, UnaryOperator<Recipe> change) {
        Recipe recipe = change.apply(new Recipe());
        try {
            X509Certificate tsa = tsaCertificate(recipe, recipe.key.getPublic(), BigInteger.TWO);
            byte[] info = recipe.tstInfo.apply(new TSTInfo(
                            new ASN1ObjectIdentifier("1.2.3.4"),
                            new MessageImprint(new AlgorithmIdentifier(recipe.imprint), sha256.bytes()),
                            new ASN1Integer(7),
                            new ASN1GeneralizedTime(date(recipe.genTime)),
                            null,
                            null,
                            null,
                            null,
                            null)
                    .getEncoded(ASN1Encoding.DER));
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            JcaSimpleSignerInfoGeneratorBuilder signer =
                    new JcaSimpleSignerInfoGeneratorBuilder().setProvider(BouncyCastle.PROVIDER);
            if (recipe.withEss) {
                X509Certificate named = recipe.essNames == null ? tsa : recipe.essNames;
                byte[] hash =
                        Digest.of(Digest.Algorithm.SHA256, named.getEncoded()).bytes();
                signer.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(
                        new AttributeTable(new DERSet(new Attribute(
                                PKCSObjectIdentifiers.id_aa_signingCertificateV2,
                                new DERSet(new SigningCertificateV2(new ESSCertIDv2(hash))))))));
            }
            generator.addSignerInfoGenerator(signer.build(recipe.signature, recipe.key.getPrivate(), tsa));
            if (recipe.withCertificate) {
                generator.addCertificates(new JcaCertStore(List.of(recipe.carried == null ? tsa : recipe.carried)));
            }
            if (recipe.withCrl) {
                generator.addCRLs(new JcaCRLStore(List.of(crl(recipe, tsa))));
            }
            return generator
                    .generate(new CMSProcessableByteArray(PKCSObjectIdentifiers.id_ct_TSTInfo, info), true)
                    .getEncoded(ASN1Encoding.DL);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A TSA certificate of this root after {@code recipe}, for {@code key}. */
    public X509Certificate tsaCertificate(Recipe recipe, PublicKey key, BigInteger serial) {
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    root.getSubjectX500Principal(),
                    serial,
                    date(recipe.notBefore),
                    date(recipe.notAfter),
                    new javax.security.auth.x500.X500Principal("O=Forge,CN=TSA"),
                    key);
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    recipe.ekuCritical,
                    new ExtendedKeyUsage(recipe.eku.toArray(new KeyPurposeId[0])));
            return certificate(builder, rootKey.getPrivate(), recipe.certificateSignature);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@code der} with bit {@code bit} flipped, counted from the first bit of the first byte. */
    public static byte[] flipped(byte[] der, int bit) {
        byte[] copy = der.clone();
        copy[bit / 8] ^= (byte) (0x80 >> bit % 8);
        return copy;
    }

    /** Where {@code part} begins in {@code whole}; fails if it is not there. */
    public static int indexOf(byte[] whole, byte[] part) {
        for (int i = 0; i + part.length <= whole.length; i++) {
            if (Arrays.equals(whole, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new IllegalArgumentException("not inside");
    }

    public static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", BouncyCastle.PROVIDER);
            generator.initialize(new ECGenParameterSpec(curve), new SecureRandom());
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The root's CRL after {@code recipe}; it revokes {@code certificate} if the recipe says when. */
    public X509CRL crl(Recipe recipe, X509Certificate certificate) {
        try {
            JcaX509v2CRLBuilder builder =
                    new JcaX509v2CRLBuilder(root.getSubjectX500Principal(), date(recipe.crlThisUpdate));
            builder.setNextUpdate(date(recipe.crlNextUpdate));
            if (recipe.revokedAt != null) {
                builder.addCRLEntry(certificate.getSerialNumber(), date(recipe.revokedAt), recipe.revocationReason);
            }
            if (recipe.crlExtension != null) {
                builder.addExtension(recipe.crlExtension);
            }
            PrivateKey key = (recipe.crlSignedBy == null ? rootKey : recipe.crlSignedBy).getPrivate();
            return new JcaX509CRLConverter()
                    .getCRL(builder.build(new JcaContentSignerBuilder("SHA256withECDSA")
                            .setProvider(BouncyCastle.PROVIDER)
                            .build(key)));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate certificate(X509v3CertificateBuilder builder, PrivateKey issuer, String algorithm)
            throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm)
                        .setProvider(BouncyCastle.PROVIDER)
                        .build(issuer)));
    }

    private static Date date(Instant instant) {
        return Date.from(instant);
    }

    static List<Integer> bits(int sizeBytes, int step) {
        List<Integer> bits = new ArrayList<>();
        for (int bit = 0; bit < sizeBytes * 8; bit += step) {
            bits.add(bit);
        }
        return bits;
    }
}
