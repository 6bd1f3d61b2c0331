package org.tiezheng.evidence.time;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.tsp.Accuracy;
import org.bouncycastle.asn1.tsp.TSTInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.util.CollectionStore;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.trust.MalformedCmsException;
import org.tiezheng.evidence.trust.SignedCms;
import org.tiezheng.evidence.trust.Texts;

/**
 * An RFC 3161 time-stamp token: an authority's word that bytes with a certain digest existed at {@link #genTime()}.
 *
 * <p>Parsing says nothing about whether to believe it: {@link TimestampChecks} does. The original DER is kept. It is no
 * identity: certificates, CRLs and the outer ASN.1 are not signed, so other bytes may say the same. Two tokens are the
 * same statement if the TSA and the serial number are the same.
 *
 * <p>Source: RFC 3161 section 2.4.2. Immutable.
 */
public final class TimestampToken {
    private final SignedCms cms;
    private final TSTInfo info;
    private final byte[] infoDer;
    private final Instant genTime;
    private final @Nullable Duration accuracy;
    private final String authority;

    private TimestampToken(SignedCms cms, byte[] infoDer) throws MalformedTokenException {
        this.cms = cms;
        this.infoDer = infoDer;
        try {
            this.info = TSTInfo.getInstance(infoDer);
            if (!Arrays.equals(info.getEncoded(ASN1Encoding.DER), infoDer)) {
                throw new MalformedTokenException("TSTInfo is not DER");
            }
            if (!info.getVersion().hasValue(1)) {
                throw new MalformedTokenException("TSTInfo version is not 1");
            }
            this.genTime = info.getGenTime().getDate().toInstant();
            this.accuracy = accuracyOf(info.getAccuracy());
            this.authority = authorityOf(cms, info);
        } catch (IOException | ParseException | ArithmeticException e) {
            throw new MalformedTokenException("TSTInfo: " + e.getMessage(), e);
        }
    }

    /**
     * @throws MalformedTokenException if {@code der} is larger than {@link SignedCms#MAX_BYTES} or not one token; never
     *     an unchecked exception
     */
    public static TimestampToken parse(byte[] der) throws MalformedTokenException {
        try {
            SignedCms cms = SignedCms.parse(der);
            if (!cms.contentType().equals(PKCSObjectIdentifiers.id_ct_TSTInfo.getId())) {
                throw new MalformedTokenException("content is not TSTInfo but " + cms.contentType());
            }
            byte[] info = cms.content().orElseThrow(() -> new MalformedTokenException("no TSTInfo inside"));
            return new TimestampToken(cms, info);
        } catch (MalformedCmsException e) {
            throw new MalformedTokenException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            // Bouncy Castle reports malformed ASN.1 with IllegalArgumentException, ClassCastException and others.
            throw new MalformedTokenException("TSTInfo is malformed: " + e, e);
        }
    }

    /** A fresh copy of the original bytes. */
    public byte[] der() {
        return cms.der();
    }

    /**
     * The same token with CRLs put into it, those that are inside kept. That part is not signed: nothing the authority said
     * changes, but the bytes do.
     *
     * @return this token if all of them are inside already
     * @throws TimestampException if the result would be no token any more: too many CRLs, too large
     */
    public TimestampToken withCrls(List<X509CRL> more) throws TimestampException {
        try {
            CMSSignedData message = new CMSSignedData(der());
            List<X509CRLHolder> crls = new ArrayList<>(message.getCRLs().getMatches(null));
            int before = crls.size();
            for (X509CRL crl : more) {
                X509CRLHolder holder = new X509CRLHolder(crl.getEncoded());
                if (!crls.contains(holder)) {
                    crls.add(holder);
                }
            }
            if (crls.size() == before) {
                return this;
            }
            CMSSignedData complete = CMSSignedData.replaceCertificatesAndCRLs(
                    message,
                    message.getCertificates(),
                    message.getAttributeCertificates(),
                    new CollectionStore<>(crls));
            return parse(complete.getEncoded(ASN1Encoding.DL));
        } catch (CMSException | IOException | GeneralSecurityException | MalformedTokenException e) {
            throw new TimestampException(
                    "adding CRLs to a token: " + Texts.printable(String.valueOf(e.getMessage())), false, e);
        }
    }

    /**
     * The same token in DER: what is not signed may be in another encoding. An evidence record holds this one, and a renewal is
     * over its bytes.
     */
    public TimestampToken inDer() {
        try {
            return parse(ASN1Primitive.fromByteArray(der()).getEncoded(ASN1Encoding.DER));
        } catch (IOException | MalformedTokenException e) {
            throw new IllegalStateException("was parsed from these bytes", e);
        }
    }

    /** When the authority says it saw the digest, UTC, with the fraction of a second it gave. */
    public Instant genTime() {
        return genTime;
    }

    /** How far genTime may be off, either way; empty if the authority did not say. */
    public Optional<Duration> accuracy() {
        return Optional.ofNullable(accuracy);
    }

    /** OID of the policy under which it was given. */
    public String policy() {
        return info.getPolicy().getId();
    }

    /** Unique for this authority. */
    public BigInteger serial() {
        return info.getSerialNumber().getValue();
    }

    public Optional<BigInteger> nonce() {
        return Optional.ofNullable(info.getNonce()).map(ASN1Integer::getValue);
    }

    /** OID of the digest algorithm of the imprint. */
    public String imprintAlgorithm() {
        return info.getMessageImprint().getHashAlgorithm().getAlgorithm().getId();
    }

    /** The digest that was stamped. */
    public byte[] imprint() {
        return info.getMessageImprint().getHashedMessage();
    }

    /** Subject of the certificate that signed it, or the name it gives itself, or {@code unknown}; safe to print. */
    public String authority() {
        return authority;
    }

    /** The certificate that signed it, if it is inside. */
    public Optional<X509Certificate> authorityCertificate() {
        return cms.signerCertificate();
    }

    /** The message around it: signature, certificates, CRLs. */
    public SignedCms cms() {
        return cms;
    }

    AlgorithmIdentifier imprintAlgorithmIdentifier() {
        return info.getMessageImprint().getHashAlgorithm();
    }

    /** The signed bytes of TSTInfo. */
    byte[] infoDer() {
        return infoDer.clone();
    }

    @Override
    public String toString() {
        return genTime + " by " + authority() + ", serial " + serial().toString(16);
    }

    private static String authorityOf(SignedCms cms, TSTInfo info) {
        Optional<X509Certificate> signer = cms.signerCertificate();
        if (signer.isPresent()) {
            return Texts.of(signer.get().getSubjectX500Principal());
        }
        GeneralName tsa = info.getTsa();
        return tsa == null ? "unknown" : Texts.printable(String.valueOf(tsa.getName()));
    }

    private static @Nullable Duration accuracyOf(@Nullable Accuracy accuracy) {
        if (accuracy == null) {
            return null;
        }
        Duration sum = Duration.ZERO;
        if (accuracy.getSeconds() != null) {
            sum = sum.plusSeconds(accuracy.getSeconds().intValueExact());
        }
        if (accuracy.getMillis() != null) {
            sum = sum.plusMillis(accuracy.getMillis().intValueExact());
        }
        if (accuracy.getMicros() != null) {
            sum = sum.plusNanos(accuracy.getMicros().intValueExact() * 1000L);
        }
        return sum;
    }
}
