package org.tiezheng.evidence.time;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * A time-stamp authority of any decade: its root, its life and its algorithm are given, and a test moves its clock. What it signs
 * holds in every way, so that what a test breaks is the only thing broken.
 */
public final class FutureAuthority implements TimestampAuthority {
    private static final Duration CRL_LIFE = Duration.ofDays(7);

    private final String name;
    private final Clock clock;
    private final String signature;
    private final String digestOid;
    private final KeyPair rootKey = Forge.ec("P-384");
    private final KeyPair tsaKey = Forge.ec("P-384");
    private final X509Certificate root;
    private final X509Certificate tsa;
    private @Nullable Instant revokedAt;
    private boolean down;
    private int stamped;

    /**
     * @param hash of its signatures: {@code SHA256} or {@code SHA512}
     * @param from begin of both certificates
     */
    public FutureAuthority(String name, String hash, Clock clock, Instant from, Duration rootLife, Duration tsaLife) {
        this.name = name;
        this.clock = clock;
        this.signature = hash + "withECDSA";
        this.digestOid = hash.equals("SHA256") ? "2.16.840.1.101.3.4.2.1" : "2.16.840.1.101.3.4.2.3";
        try {
            X500Name rootName = new X500Name("O=Future,CN=Root of " + name);
            X509v3CertificateBuilder builder =
                    builder(rootName, BigInteger.ONE, from, from.plus(rootLife), rootName, rootKey.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(rootKey.getPublic()));
            root = certificate(builder, rootKey.getPrivate());
            builder = builder(
                    rootName,
                    BigInteger.TWO,
                    from,
                    from.plus(tsaLife),
                    new X500Name("O=Future,CN=TSA " + name),
                    tsaKey.getPublic());
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_timeStamping));
            builder.addExtension(
                    Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(root));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(tsaKey.getPublic()));
            builder.addExtension(
                    Extension.authorityInfoAccess,
                    false,
                    new AuthorityInformationAccess(
                            AccessDescription.id_ad_caIssuers,
                            new GeneralName(GeneralName.uniformResourceIdentifier, "http://future.invalid/root.cer")));
            tsa = certificate(builder, rootKey.getPrivate());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * From the first of January of {@code year}; its root lasts twenty years.
     *
     * @param years of the authority's certificate
     */
    public static FutureAuthority from(int year, int years, String name, String hash, Clock clock) {
        return new FutureAuthority(
                name,
                hash,
                clock,
                Instant.parse(year + "-01-01T00:00:00Z"),
                Duration.ofDays(365L * 20),
                Duration.ofDays(365L * years));
    }

    public X509Certificate root() {
        return root;
    }

    /** From then on every CRL says so, with a reason that leaves nothing of what it signed later. */
    public void revoke(Instant at) {
        revokedAt = at;
    }

    public void setDown(boolean down) {
        this.down = down;
    }

    /** How many tokens it gave. */
    public int stamped() {
        return stamped;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TrustAnchors anchors() {
        return TrustAnchors.of(root);
    }

    @Override
    public boolean embedded() {
        return false;
    }

    @Override
    public TimestampToken stamp(Digest sha256) throws TimestampException {
        return stamp(Imprint.of(sha256));
    }

    @Override
    public synchronized TimestampToken stamp(Imprint imprint) throws TimestampException {
        if (down) {
            throw new TimestampException(name + ": is down", true);
        }
        Instant now = clock.instant();
        if (now.isAfter(tsa.getNotAfter().toInstant())) {
            throw new TimestampException(name + ": its certificate has ended", false);
        }
        try {
            TimeStampTokenGenerator generator = new TimeStampTokenGenerator(
                    new JcaSimpleSignerInfoGeneratorBuilder()
                            .setProvider(BouncyCastle.PROVIDER)
                            .setSignedAttributeGenerator(signedAt(now))
                            .build(signature, tsaKey.getPrivate(), tsa),
                    new JcaDigestCalculatorProviderBuilder()
                            .setProvider(BouncyCastle.PROVIDER)
                            .build()
                            .get(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                                    new ASN1ObjectIdentifier(digestOid))),
                    new ASN1ObjectIdentifier("1.2.3.4.5"),
                    true);
            generator.addCertificates(new JcaCertStore(List.of(tsa, root)));
            generator.addCRLs(new JcaCRLStore(List.of(crl())));
            TimeStampRequestGenerator requests = new TimeStampRequestGenerator();
            requests.setCertReq(true);
            TimeStampRequest request = requests.generate(new ASN1ObjectIdentifier(imprint.oid()), imprint.value());
            stamped++;
            return TimestampToken.parse(generator
                    .generate(request, BigInteger.valueOf(1000 + stamped), Date.from(now))
                    .getEncoded());
        } catch (Exception e) {
            throw new TimestampException(name + ": " + e.getMessage(), false, e);
        }
    }

    /** Bouncy Castle would write this machine's time into it, and DSS would find the certificate not valid then. */
    private static DefaultSignedAttributeTableGenerator signedAt(Instant now) {
        Attribute time = new Attribute(CMSAttributes.signingTime, new DERSet(new Time(Date.from(now))));
        return new DefaultSignedAttributeTableGenerator(new AttributeTable(new DERSet(time)));
    }

    @Override
    public TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
        return token.authorityCertificate().filter(tsa::equals).isPresent() ? token.withCrls(List.of(crl())) : token;
    }

    private X509CRL crl() {
        Instant now = clock.instant();
        try {
            JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(root.getSubjectX500Principal(), Date.from(now));
            builder.setNextUpdate(Date.from(now.plus(CRL_LIFE)));
            if (revokedAt != null) {
                builder.addCRLEntry(tsa.getSerialNumber(), Date.from(revokedAt), CRLReason.keyCompromise);
            }
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(root));
            return new JcaX509CRLConverter()
                    .getCRL(builder.build(new JcaContentSignerBuilder(signature)
                            .setProvider(BouncyCastle.PROVIDER)
                            .build(rootKey.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, BigInteger serial, Instant from, Instant to, X500Name subject, PublicKey key) {
        return new JcaX509v3CertificateBuilder(issuer, serial, Date.from(from), Date.from(to), subject, key);
    }

    private X509Certificate certificate(X509v3CertificateBuilder builder, PrivateKey issuer) throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(signature)
                        .setProvider(BouncyCastle.PROVIDER)
                        .build(issuer)));
    }
}
