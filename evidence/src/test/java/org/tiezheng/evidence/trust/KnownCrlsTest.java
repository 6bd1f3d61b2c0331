package org.tiezheng.evidence.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

class KnownCrlsTest {
    private static final Instant AT = Instant.parse("2026-11-22T08:00:00Z");

    private final KnownCrls known = new KnownCrls();

    private static KeyPair key() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static X509CRL crl(KeyPair issuer, long revoked) throws Exception {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(new X500Name("CN=issuer"), Date.from(AT));
        builder.addCRLEntry(BigInteger.valueOf(revoked), Date.from(AT), 0);
        byte[] der = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate()))
                .getEncoded();
        return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
    }

    @Test
    void whatOneKeySignedIsKnownForThatKeyAlone() throws Exception {
        KeyPair issuer = key();
        KeyPair other = key();
        X509CRL crl = crl(issuer, 1);
        for (int time = 0; time < 2; time++) {
            assertThatCode(() -> known.requireSignedBy(issuer.getPublic(), crl)).doesNotThrowAnyException();
            assertThatThrownBy(() -> known.requireSignedBy(other.getPublic(), crl))
                    .isInstanceOf(GeneralSecurityException.class);
        }
    }

    @Test
    void anotherCrlOfAKnownIssuerIsVerifiedAnew() throws Exception {
        KeyPair issuer = key();
        KeyPair forger = key();
        known.requireSignedBy(issuer.getPublic(), crl(issuer, 1));
        X509CRL forged = crl(forger, 1);
        assertThatThrownBy(() -> known.requireSignedBy(issuer.getPublic(), forged))
                .isInstanceOf(GeneralSecurityException.class);
    }
}
