package org.tiezheng.demo;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certification authority that lives for one run of the origin, and the certificates a browser may meet: a good
 * one, an expired one, one for another host, a self-signed one.
 */
final class OriginCertificates {
    static final char[] PASSWORD = "loopback only".toCharArray();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Instant now;
    private final KeyPair caKey;
    private final X509Certificate ca;

    OriginCertificates(Clock clock) throws GeneralSecurityException, IOException {
        this.now = clock.instant();
        this.caKey = newKey("EC");
        this.ca = issue(
                new X500Name("CN=Tiezheng demo shop CA"),
                caKey,
                new X500Name("CN=Tiezheng demo shop CA"),
                caKey,
                List.of(),
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(30)));
    }

    X509Certificate authority() {
        return ca;
    }

    /** A certificate for {@code names} (DNS names, or dotted addresses), valid from yesterday for 30 days. */
    KeyStore valid(String keyAlgorithm, String... names) throws GeneralSecurityException, IOException {
        return store(keyAlgorithm, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(30)), names);
    }

    /** Ended a week ago. */
    KeyStore expired(String... names) throws GeneralSecurityException, IOException {
        return store("EC", now.minus(Duration.ofDays(40)), now.minus(Duration.ofDays(7)), names);
    }

    /** No authority behind it. */
    KeyStore selfSigned(String... names) throws GeneralSecurityException, IOException {
        KeyPair key = newKey("EC");
        X500Name subject = new X500Name("CN=" + names[0]);
        X509Certificate own = issue(
                subject,
                key,
                subject,
                key,
                List.of(names),
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(30)));
        return keyStore(key, own);
    }

    private KeyStore store(String keyAlgorithm, Instant from, Instant until, String... names)
            throws GeneralSecurityException, IOException {
        KeyPair key = newKey(keyAlgorithm);
        X509Certificate leaf = issue(
                new X500Name("CN=" + names[0]),
                key,
                new X500Name(ca.getSubjectX500Principal().getName()),
                caKey,
                List.of(names),
                from,
                until);
        return keyStore(key, leaf, ca);
    }

    private static KeyStore keyStore(KeyPair key, X509Certificate... chain)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, PASSWORD);
        store.setKeyEntry("origin", key.getPrivate(), PASSWORD, chain);
        return store;
    }

    private static KeyPair newKey(String algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("EC")) {
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
        } else {
            generator.initialize(2048, RANDOM);
        }
        return generator.generateKeyPair();
    }

    private static X509Certificate issue(
            X500Name subject,
            KeyPair subjectKey,
            X500Name issuer,
            KeyPair issuerKey,
            List<String> names,
            Instant from,
            Instant until)
            throws GeneralSecurityException, IOException {
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, RANDOM),
                Date.from(from),
                Date.from(until),
                subject,
                subjectKey.getPublic());
        boolean isCa = names.isEmpty();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
        if (isCa) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        } else {
            builder.addExtension(
                    Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(names.stream()
                            .map(name -> new GeneralName(
                                    name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                            .toArray(GeneralName[]::new)));
        }
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate())));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /** Base64 of SHA-256 over the leaf's SubjectPublicKeyInfo, as Chromium's --ignore-certificate-errors-spki-list takes it. */
    static String spkiPin(KeyStore store) throws GeneralSecurityException {
        byte[] spki = store.getCertificate("origin").getPublicKey().getEncoded();
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(spki));
    }

    static String pem(X509Certificate certificate) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(certificate);
        }
        return text.toString();
    }
}
