package org.tiezheng.evidence.time;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.BouncyCastle;
import org.tiezheng.evidence.trust.DurableFile;
import org.tiezheng.evidence.trust.SigningIdentity;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * A CA, a time-stamp authority and a seal signer for one machine, so that sealing works without anybody else.
 *
 * <p>What its tokens prove: that the package has not changed since, to whoever believes the operator of this machine and
 * its clock. They convince no outsider of the time; an external authority beside it does (docs/seal.md). Every
 * certificate carries {@link TrustAnchors#EMBEDDED_ORGANISATION}, every token the policy {@link #POLICY}.
 *
 * <p>Files under the data folder: {@code keys/embedded-authority.pem} (three private keys with their certificates, mode
 * 0600, one file so that a crash cannot leave half an authority), {@code trust/root.pem} (what a verifier needs). Made on
 * first use; two processes starting at once make one. Keys of TSA and signer are replaced a year before their
 * certificates expire, under the same root.
 *
 * <p>Safe for use by several threads.
 */
public final class EmbeddedAuthority implements TimestampAuthority {
    /** Policy OID in every token: an arc of our own from a random UUID (ITU-T X.667), dot 1, dot 1. */
    public static final String POLICY = "2.25.329501854775564577991068493687566346258.1.1";

    /**
     * How long a CRL in a token may be relied on. Each token gets a fresh one, so this is only the time for which a
     * verifier may use it for other tokens of the same authority.
     */
    private static final Duration CRL_VALIDITY = Duration.ofDays(7);

    /** What requests may be over: what packages need, and hash trees after it. */
    private static final Set<ASN1ObjectIdentifier> TREE_DIGESTS =
            Set.of(TSPAlgorithms.SHA256, TSPAlgorithms.SHA384, TSPAlgorithms.SHA512);

    private static final Object IN_THIS_JVM = new Object();

    private final Path rootFile;
    private final EmbeddedKeys keys;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    private EmbeddedAuthority(Path rootFile, EmbeddedKeys keys, Clock clock) {
        this.rootFile = rootFile;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Opens the authority of a data folder, or makes it if there is none.
     *
     * @param data the data folder; created if it is not there
     * @throws IOException if the files cannot be read or written, are damaged, or are readable by others; a damaged file
     *     is never replaced by a new authority
     */
    public static EmbeddedAuthority open(Path data, Clock clock) throws IOException {
        Path directory = data.resolve("keys");
        DurableFile.createDirectory(directory, "rwx------");
        Path keyFile = directory.resolve("embedded-authority.pem");
        Path rootFile = data.resolve("trust").resolve("root.pem");
        // A FileLock keeps other processes out but throws for a second thread of this one.
        synchronized (IN_THIS_JVM) {
            try (FileChannel lockFile = FileChannel.open(
                            directory.resolve(".lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
                    FileLock held = lockFile.lock()) {
                EmbeddedKeys keys = readOrMake(keyFile, clock.instant());
                // If we die between the key file and this, the next start writes the root file from the key file.
                publishRoot(rootFile, keys.root());
                return new EmbeddedAuthority(rootFile, keys, clock);
            }
        }
    }

    private static EmbeddedKeys readOrMake(Path keyFile, Instant now) throws IOException {
        try {
            if (!Files.exists(keyFile)) {
                EmbeddedKeys made = EmbeddedKeys.make(now);
                DurableFile.write(keyFile, made.toPem(), "rw-------");
                return made;
            }
            DurableFile.requireOwnerOnly(keyFile);
            EmbeddedKeys keys = EmbeddedKeys.ofPem(Files.readAllBytes(keyFile));
            if (keys.expireSoon(now)) {
                EmbeddedKeys renewed = keys.renewed(now);
                DurableFile.write(keyFile, renewed.toPem(), "rw-------");
                return renewed;
            }
            return keys;
        } catch (GeneralSecurityException | OperatorCreationException | RuntimeException e) {
            // PEM and PKCS#8 readers fail unchecked on damaged files.
            throw new IOException(keyFile + ": " + e.getMessage(), e);
        }
    }

    /** An older root stays beside it under its own name: packages sealed under it still need it. */
    private static void publishRoot(Path rootFile, X509Certificate root) throws IOException {
        byte[] pem = EmbeddedKeys.pem("CERTIFICATE", EmbeddedKeys.encoded(root));
        DurableFile.createDirectory(rootFile.resolveSibling("."), "rwxr-xr-x");
        if (Files.exists(rootFile)) {
            byte[] present = Files.readAllBytes(rootFile);
            if (java.util.Arrays.equals(present, pem)) {
                return;
            }
            String name =
                    "root-" + Digest.of(Digest.Algorithm.SHA256, present).hex().substring(0, 16) + ".pem";
            DurableFile.write(rootFile.resolveSibling(name), present, "rw-r--r--");
        }
        DurableFile.write(rootFile, pem, "rw-r--r--");
    }

    /** {@code embedded}. */
    @Override
    public String name() {
        return "embedded";
    }

    @Override
    public boolean embedded() {
        return true;
    }

    @Override
    public TrustAnchors anchors() {
        return TrustAnchors.of(keys.root());
    }

    public X509Certificate root() {
        return keys.root();
    }

    /** PEM file of the root, for {@code verify --trust}. */
    public Path rootFile() {
        return rootFile;
    }

    /** The key that signs seals on this machine. */
    public SigningIdentity signer() {
        return new SigningIdentity(
                keys.signer().key(), List.of(keys.signer().certificate(), keys.root()), () -> List.of(crl()));
    }

    /** @throws TimestampException if the certificates have expired, or the clock is before they begin; retrying is useless */
    @Override
    public TimestampToken stamp(Digest sha256) throws TimestampException {
        if (sha256.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException("tokens are over SHA-256, got " + sha256);
        }
        return stamp(Imprint.of(sha256));
    }

    @Override
    public TimestampToken stamp(Imprint imprint) throws TimestampException {
        TimeStampRequestGenerator request = new TimeStampRequestGenerator();
        request.setCertReq(true);
        try {
            return TimestampToken.parse(
                    generate(request.generate(new ASN1ObjectIdentifier(imprint.oid()), imprint.value()))
                            .getEncoded());
        } catch (TSPException | IOException | MalformedTokenException e) {
            throw new TimestampException("embedded: " + e.getMessage(), false, e);
        }
    }

    /** A fresh CRL, if the token's certificate was issued by this root. */
    @Override
    public TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
        boolean ours = token.authorityCertificate()
                .filter(tsa -> tsa.getIssuerX500Principal().equals(keys.root().getSubjectX500Principal()))
                .isPresent();
        return ours ? token.withCrls(List.of(crl())) : token;
    }

    /**
     * Answers an RFC 3161 request, as a TSA server does: DER in, DER out. A request it cannot grant (malformed, not
     * SHA-2 of 256 bits or more) gets a rejection, never an exception.
     */
    public byte[] respond(byte[] request) throws IOException {
        try {
            TimeStampResponseGenerator responses =
                    new TimeStampResponseGenerator(generator(clock.instant()), TREE_DIGESTS);
            TimeStampResponse response;
            try {
                response = responses.generate(new TimeStampRequest(request), serial(), Date.from(clock.instant()));
            } catch (IOException | RuntimeException malformed) {
                response = responses.generateFailResponse(
                        org.bouncycastle.asn1.cmp.PKIStatus.REJECTION,
                        org.bouncycastle.asn1.cmp.PKIFailureInfo.badDataFormat,
                        "not an RFC 3161 request");
            }
            return response.getEncoded();
        } catch (TSPException | GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("embedded: " + e.getMessage(), e);
        }
    }

    private TimeStampToken generate(TimeStampRequest request) throws TSPException, TimestampException {
        Instant now = clock.instant();
        X509Certificate tsa = keys.tsa().certificate();
        if (now.isBefore(tsa.getNotBefore().toInstant())
                || now.isAfter(tsa.getNotAfter().toInstant())) {
            throw new TimestampException(
                    "embedded: the time " + now + " is outside the certificate's "
                            + tsa.getNotBefore().toInstant() + " to "
                            + tsa.getNotAfter().toInstant(),
                    false);
        }
        try {
            return generator(now).generate(request, serial(), Date.from(now));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new TimestampException("embedded: " + e.getMessage(), false, e);
        }
    }

    /**
     * No accuracy is stated: nobody vouches for this machine's clock. genTime has milliseconds.
     */
    private TimeStampTokenGenerator generator(Instant now)
            throws GeneralSecurityException, OperatorCreationException, TSPException {
        EmbeddedKeys.Pair tsa = keys.tsa();
        TimeStampTokenGenerator generator = new TimeStampTokenGenerator(
                new JcaSimpleSignerInfoGeneratorBuilder()
                        .setProvider(BouncyCastle.PROVIDER)
                        .build("SHA256withECDSA", tsa.key(), tsa.certificate()),
                new JcaDigestCalculatorProviderBuilder()
                        .setProvider(BouncyCastle.PROVIDER)
                        .build()
                        .get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256)),
                new ASN1ObjectIdentifier(POLICY),
                true);
        generator.setResolution(TimeStampTokenGenerator.R_MILLISECONDS);
        generator.setTSA(new GeneralName(new JcaX509CertificateHolder(tsa.certificate()).getSubject()));
        generator.addCertificates(new JcaCertStore(List.of(tsa.certificate(), keys.root())));
        generator.addCRLs(new JcaCRLStore(List.of(keys.crl(now, now.plus(CRL_VALIDITY)))));
        return generator;
    }

    private X509CRL crl() {
        Instant now = clock.instant();
        try {
            return keys.crl(now, now.plus(CRL_VALIDITY));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("signing an empty CRL with our own EC key", e);
        }
    }

    /** Random, so that no counter has to survive a crash: 159 bits, RFC 3161 allows 160. */
    private BigInteger serial() {
        return new BigInteger(159, random);
    }

    @Override
    public String toString() {
        return "embedded authority " + TrustAnchors.of(keys.root());
    }
}
