package org.tiezheng.evidence.trust;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.jspecify.annotations.Nullable;

/**
 * Which algorithms are acceptable at a moment: dated data from {@code algorithms.txt} beside this class, not constants.
 *
 * <p>Two moments count. Not acceptable when it was signed: INVALID, it proved nothing even then. Acceptable then but not
 * any more now: INDETERMINATE, because it could have been forged since; an evidence record made in between would settle it.
 */
public final class AlgorithmPolicy {
    private static final AlgorithmPolicy STANDARD = load();

    private final Map<String, Digest> digestsByOid = new HashMap<>();
    private final Map<String, Digest> digestsByName = new HashMap<>();
    private final Map<String, Signature> signatures = new HashMap<>();
    private final Map<String, NavigableMap<Integer, Instant>> keys = new HashMap<>();

    private record Digest(String name, Instant until) {}

    private record Signature(String family, String digest) {}

    /**
     * One use of an algorithm.
     *
     * @param what where it is used, for the reader
     * @param algorithm digest or signature algorithm
     * @param besideDigest the digest algorithm that stands beside a signature algorithm which names none; null for digests
     * @param key the key that signs, if this is a signature and the key is known
     */
    public record Use(
            String what,
            AlgorithmIdentifier algorithm,
            @Nullable AlgorithmIdentifier besideDigest,
            boolean isDigest,
            @Nullable PublicKey key) {

        public static Use digest(String what, AlgorithmIdentifier algorithm) {
            return new Use(what, algorithm, null, true, null);
        }

        public static Use signature(String what, AlgorithmIdentifier algorithm, AlgorithmIdentifier besideDigest) {
            return new Use(what, algorithm, besideDigest, false, null);
        }

        /** The same use, with the key that makes the signature. */
        public Use by(PublicKey signer) {
            return new Use(what, algorithm, besideDigest, isDigest, signer);
        }
    }

    private AlgorithmPolicy() {}

    public static AlgorithmPolicy standard() {
        return STANDARD;
    }

    /** JDK name of a digest algorithm of the table; empty if it is not there. */
    static Optional<String> digestName(AlgorithmIdentifier algorithm) {
        return Optional.ofNullable(
                        STANDARD.digestsByOid.get(algorithm.getAlgorithm().getId()))
                .map(Digest::name);
    }

    /** The signature on {@code certificate}, made with the key of {@code issuer}. */
    public static Use issuing(X509Certificate certificate, X509Certificate issuer) {
        String what = "certificate of " + Texts.of(certificate.getSubjectX500Principal());
        try {
            AlgorithmIdentifier algorithm = new JcaX509CertificateHolder(certificate).getSignatureAlgorithm();
            return new Use(what, algorithm, null, false, issuer.getPublicKey());
        } catch (java.security.cert.CertificateEncodingException | RuntimeException e) {
            // Bouncy Castle refuses it where the JDK did not: an algorithm that nobody knows.
            AlgorithmIdentifier unknown = new AlgorithmIdentifier(new ASN1ObjectIdentifier(certificate.getSigAlgOID()));
            return new Use(what, unknown, null, false, issuer.getPublicKey());
        }
    }

    /** The worst of all {@code uses}, see the class comment for the two moments. */
    public Outcome judge(List<Use> uses, Instant signedAt, Instant now) {
        Outcome worst = Outcome.valid();
        for (Use use : uses) {
            worst = worst.and(judge(use, signedAt, now));
        }
        return worst;
    }

    private Outcome judge(Use use, Instant signedAt, Instant now) {
        String oid = use.algorithm().getAlgorithm().getId();
        if (use.isDigest()) {
            return judge(use.what(), digestsByOid.get(oid), oid, signedAt, now);
        }
        Signature signature = signatures.get(oid);
        if (signature == null) {
            return Outcome.indeterminate(use.what() + ": unknown signature algorithm " + oid);
        }
        Outcome digest = switch (signature.digest()) {
            case "*" ->
                use.besideDigest() == null
                        ? Outcome.invalid(use.what() + ": " + oid + " names no digest")
                        : judge(use.what(), digestsByOid.get(oidOf(use.besideDigest())), oid, signedAt, now);
            case "PSS" -> judge(use.what(), pssDigest(use.algorithm()), oid, signedAt, now);
            default -> judge(use.what(), digestsByName.get(signature.digest()), oid, signedAt, now);
        };
        PublicKey key = use.key();
        return key == null ? digest : digest.and(judgeKey(use.what(), signature.family(), key, signedAt, now));
    }

    private static String oidOf(AlgorithmIdentifier algorithm) {
        return algorithm.getAlgorithm().getId();
    }

    private @Nullable Digest pssDigest(AlgorithmIdentifier algorithm) {
        try {
            return digestsByOid.get(
                    oidOf(RSASSAPSSparams.getInstance(algorithm.getParameters()).getHashAlgorithm()));
        } catch (RuntimeException malformed) {
            return null;
        }
    }

    private static Outcome judge(String what, @Nullable Digest digest, String oid, Instant signedAt, Instant now) {
        return digest == null
                ? Outcome.indeterminate(what + ": unknown digest algorithm in " + oid)
                : judge(what + ": " + digest.name(), digest.until(), signedAt, now);
    }

    private Outcome judgeKey(String what, String family, PublicKey key, Instant signedAt, Instant now) {
        int bits;
        if (key instanceof RSAPublicKey rsa) {
            bits = rsa.getModulus().bitLength();
        } else if (key instanceof ECPublicKey ec) {
            bits = ec.getParams().getOrder().bitLength();
        } else {
            return Outcome.indeterminate(what + ": unknown kind of key " + Texts.printable(key.getAlgorithm()));
        }
        NavigableMap<Integer, Instant> sizes = keys.get(family);
        Map.Entry<Integer, Instant> line = sizes == null ? null : sizes.floorEntry(bits);
        return line == null
                ? Outcome.indeterminate(what + ": nothing known of " + family)
                : judge(what + ": " + family + " with " + bits + " bits", line.getValue(), signedAt, now);
    }

    private static Outcome judge(String what, Instant until, Instant signedAt, Instant now) {
        if (!signedAt.isBefore(until)) {
            return Outcome.invalid(what + " was not acceptable any more from " + date(until));
        }
        if (!now.isBefore(until)) {
            return Outcome.indeterminate(
                    what + " is not acceptable since " + date(until) + ", so it may have been forged after that");
        }
        return Outcome.valid();
    }

    private static LocalDate date(Instant until) {
        return LocalDate.ofInstant(until, ZoneOffset.UTC);
    }

    private static AlgorithmPolicy load() {
        AlgorithmPolicy policy = new AlgorithmPolicy();
        try (InputStream in = AlgorithmPolicy.class.getResourceAsStream("algorithms.txt")) {
            if (in == null) {
                throw new IllegalStateException("algorithms.txt is not beside " + AlgorithmPolicy.class);
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    policy.add(line.trim().split("\\s+", -1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return policy;
    }

    private void add(String[] words) {
        switch (words[0]) {
            case "digest" -> {
                Digest digest = new Digest(words[2], until(words[3]));
                digestsByOid.put(words[1], digest);
                digestsByName.put(words[2], digest);
            }
            case "signature" -> signatures.put(words[1], new Signature(words[2], words[3]));
            case "key" ->
                keys.computeIfAbsent(words[1], family -> new TreeMap<>())
                        .put(Integer.valueOf(words[2]), until(words[3]));
            default -> throw new IllegalStateException("algorithms.txt: unknown word " + words[0]);
        }
    }

    private static Instant until(String date) {
        return date.equals("-")
                ? Instant.MAX
                : LocalDate.parse(date).atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
