package org.tiezheng.evidence.time;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * Keys and certificates of an {@link EmbeddedAuthority}: EC P-256, root for 30 years, TSA and signer for 10.
 *
 * <p>In a file: PEM, PKCS#8 key then certificate, for root, TSA and signer in this order.
 */
final class EmbeddedKeys {
    private static final Duration ROOT_LIFE = Duration.ofDays(30 * 365);
    private static final Duration LEAF_LIFE = Duration.ofDays(10 * 365);
    private static final Duration RENEW_BEFORE = Duration.ofDays(365);

    /** A clock that is set back by some minutes after first use must not stop sealing. */
    private static final Duration BACKDATING = Duration.ofHours(1);

    private final Pair root;
    private final Pair tsa;
    private final Pair signer;

    /** A private key and its certificate. Does not print the key. */
    record Pair(PrivateKey key, X509Certificate certificate) {
        @Override
        public String toString() {
            return certificate.getSubjectX500Principal().toString();
        }
    }

    private EmbeddedKeys(Pair root, Pair tsa, Pair signer) {
        this.root = root;
        this.tsa = tsa;
        this.signer = signer;
    }

    static EmbeddedKeys make(Instant now) throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair key = newKey();
        X500Name name = name("root " + identifier(key.getPublic()));
        X509v3CertificateBuilder builder = builder(name, key.getPublic(), name, now, now.plus(ROOT_LIFE));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
        Pair root = new Pair(key.getPrivate(), sign(builder, key.getPrivate()));
        return new EmbeddedKeys(root, newTsa(root, now), newSigner(root, now));
    }

    X509Certificate root() {
        return root.certificate();
    }

    Pair tsa() {
        return tsa;
    }

    Pair signer() {
        return signer;
    }

    boolean expireSoon(Instant now) {
        Instant first = tsa.certificate().getNotAfter().toInstant();
        return now.plus(RENEW_BEFORE).isAfter(first);
    }

    /**
     * New keys for TSA and signer under the same root; the old ones are forgotten, so nobody can use them later.
     *
     * @throws CertificateException if the root itself would expire before them: time for a new authority
     */
    EmbeddedKeys renewed(Instant now) throws GeneralSecurityException, OperatorCreationException, IOException {
        Instant rootEnds = root.certificate().getNotAfter().toInstant();
        if (now.plus(LEAF_LIFE).isAfter(rootEnds)) {
            throw new CertificateException("the embedded root ends " + rootEnds
                    + ", too early for new keys under it: move this file away to start a new authority");
        }
        return new EmbeddedKeys(root, newTsa(root, now), newSigner(root, now));
    }

    /** A CRL of the root that revokes nothing. */
    X509CRL crl(Instant thisUpdate, Instant nextUpdate) throws GeneralSecurityException, OperatorCreationException {
        try {
            JcaX509v2CRLBuilder builder =
                    new JcaX509v2CRLBuilder(root.certificate().getSubjectX500Principal(), Date.from(thisUpdate));
            builder.setNextUpdate(Date.from(nextUpdate));
            // Ascending with time, without a counter that would have to survive a crash.
            builder.addExtension(
                    Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(thisUpdate.toEpochMilli())));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(root.certificate()));
            return new JcaX509CRLConverter().getCRL(builder.build(contentSigner(root.key())));
        } catch (CertIOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    byte[] toPem() throws CertificateEncodingException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Pair pair : List.of(root, tsa, signer)) {
            all.writeBytes(pem("PRIVATE KEY", pair.key().getEncoded()));
            all.writeBytes(pem("CERTIFICATE", encoded(pair.certificate())));
        }
        return all.toByteArray();
    }

    /** @throws CertificateException if anything is missing, or a certificate is not of the key before it */
    static EmbeddedKeys ofPem(byte[] pem) throws GeneralSecurityException {
        List<Pair> pairs = new ArrayList<>();
        try (PemReader reader =
                new PemReader(new InputStreamReader(new ByteArrayInputStream(pem), StandardCharsets.US_ASCII))) {
            for (PemObject key = reader.readPemObject(); key != null; key = reader.readPemObject()) {
                PemObject certificate = reader.readPemObject();
                if (!key.getType().equals("PRIVATE KEY")
                        || certificate == null
                        || !certificate.getType().equals("CERTIFICATE")) {
                    throw new CertificateException("expected a PRIVATE KEY followed by its CERTIFICATE");
                }
                pairs.add(matched(
                        KeyFactory.getInstance("EC", BouncyCastle.PROVIDER)
                                .generatePrivate(new PKCS8EncodedKeySpec(key.getContent())),
                        (X509Certificate) CertificateFactory.getInstance("X.509")
                                .generateCertificate(new ByteArrayInputStream(certificate.getContent()))));
            }
        } catch (IOException e) {
            throw new CertificateException("not PEM: " + e.getMessage(), e);
        }
        if (pairs.size() != 3) {
            throw new CertificateException("expected the keys of root, TSA and signer, found " + pairs.size());
        }
        for (Pair leaf : pairs.subList(1, 3)) {
            leaf.certificate().verify(pairs.get(0).certificate().getPublicKey(), BouncyCastle.PROVIDER);
        }
        return new EmbeddedKeys(pairs.get(0), pairs.get(1), pairs.get(2));
    }

    static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate has its encoding", e);
        }
    }

    static byte[] pem(String type, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PemWriter writer = new PemWriter(new OutputStreamWriter(out, StandardCharsets.US_ASCII))) {
            writer.writeObject(new PemObject(type, content));
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory", e);
        }
        return out.toByteArray();
    }

    private static Pair matched(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        byte[] probe = {1};
        Signature sign = Signature.getInstance("SHA256withECDSA", BouncyCastle.PROVIDER);
        sign.initSign(key);
        sign.update(probe);
        byte[] value = sign.sign();
        Signature verify = Signature.getInstance("SHA256withECDSA", BouncyCastle.PROVIDER);
        verify.initVerify(certificate.getPublicKey());
        verify.update(probe);
        if (!verify.verify(value)) {
            throw new CertificateException("a key does not belong to the certificate after it");
        }
        return new Pair(key, certificate);
    }

    private static Pair newTsa(Pair root, Instant now)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair key = newKey();
        X509v3CertificateBuilder builder = leaf(root, key.getPublic(), "time-stamp authority", now);
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        // RFC 3161 section 2.3: this purpose alone, and critical.
        builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_timeStamping));
        return new Pair(key.getPrivate(), sign(builder, root.key()));
    }

    private static Pair newSigner(Pair root, Instant now)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair key = newKey();
        X509v3CertificateBuilder builder = leaf(root, key.getPublic(), "seal signer", now);
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.nonRepudiation));
        return new Pair(key.getPrivate(), sign(builder, root.key()));
    }

    private static X509v3CertificateBuilder leaf(Pair root, PublicKey key, String role, Instant now)
            throws GeneralSecurityException, IOException {
        X500Name issuer = new JcaX509CertificateHolder(root.certificate()).getSubject();
        X509v3CertificateBuilder builder =
                builder(issuer, key, name(role + " " + identifier(key)), now, now.plus(LEAF_LIFE));
        JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(
                Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(root.certificate()));
        builder.addExtension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(key));
        // Validators expect these two. Nothing is served there: .invalid never resolves (RFC 2606); root and CRL are in
        // every token and signature.
        builder.addExtension(
                Extension.authorityInfoAccess,
                false,
                new AuthorityInformationAccess(AccessDescription.id_ad_caIssuers, nowhere("root.cer")));
        builder.addExtension(Extension.cRLDistributionPoints, false, new CRLDistPoint(new DistributionPoint[] {
            new DistributionPoint(new DistributionPointName(new GeneralNames(nowhere("root.crl"))), null, null)
        }));
        return builder;
    }

    private static GeneralName nowhere(String file) {
        return new GeneralName(
                GeneralName.uniformResourceIdentifier, "http://embedded-authority.tiezheng.invalid/" + file);
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, PublicKey key, X500Name subject, Instant from, Instant to) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(159, new SecureRandom()).setBit(0),
                Date.from(from.minus(BACKDATING).truncatedTo(ChronoUnit.SECONDS)),
                Date.from(to.truncatedTo(ChronoUnit.SECONDS)),
                subject,
                key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey issuer)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter().getCertificate(builder.build(contentSigner(issuer)));
    }

    private static ContentSigner contentSigner(PrivateKey key) throws OperatorCreationException {
        return new JcaContentSignerBuilder("SHA256withECDSA")
                .setProvider(BouncyCastle.PROVIDER)
                .build(key);
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", BouncyCastle.PROVIDER);
        generator.initialize(new ECGenParameterSpec("P-256"), new SecureRandom());
        return generator.generateKeyPair();
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, TrustAnchors.EMBEDDED_ORGANISATION)
                .addRDN(BCStyle.CN, "Tiezheng embedded " + commonName)
                .build();
    }

    /** Tells authorities of different machines apart: path checks go by name first. */
    private static String identifier(PublicKey key) {
        return HexFormat.of()
                .formatHex(Digest.of(Digest.Algorithm.SHA256, key.getEncoded()).bytes(), 0, 6);
    }
}
