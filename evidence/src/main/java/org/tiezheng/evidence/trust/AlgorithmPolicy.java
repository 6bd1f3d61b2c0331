package org.tiezheng.evidence.trust;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;

/**
 * Which algorithms are acceptable at a moment: dated data from a file, not constants. The one that comes with the program is
 * {@code algorithms.txt} beside this class; a verifier or a server may be given a newer one (docs/records.md, "Algorithm
 * policy").
 *
 * <p>Two moments count. Not acceptable when it was signed: INVALID, it proved nothing even then. Acceptable then but not
 * any more now: INDETERMINATE, because it could have been forged since; an evidence record made in between would settle it.
 */
public final class AlgorithmPolicy {
    /** A real one has 3 kB. */
    public static final int MAX_BYTES = 1 << 16;

    private static final String MAGIC = "tiezheng-algorithm-policy 1";
    private static final Pattern LINE = Pattern.compile("[ -~]{0,200}");
    private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]{0,39})){1,32}");
    private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_-]{0,19}");
    private static final Pattern BITS = Pattern.compile("0|[1-9][0-9]{0,5}");
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final String BESIDE = "*";
    private static final String PSS = "PSS";

    private static final AlgorithmPolicy STANDARD = load();

    private @Nullable LocalDate date;
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

    /** The one that comes with this program. */
    public static AlgorithmPolicy standard() {
        return STANDARD;
    }

    /**
     * Reads a policy, which takes the place of the standard one as a whole.
     *
     * @throws MalformedPolicyException naming the line, if it is not exactly of the form of docs/records.md; never an unchecked
     *     exception
     */
    public static AlgorithmPolicy parse(byte[] text) throws MalformedPolicyException {
        if (text.length > MAX_BYTES) {
            throw new MalformedPolicyException("larger than " + MAX_BYTES + " bytes");
        }
        String[] lines = new String(text, StandardCharsets.ISO_8859_1).split("\n", -1);
        if (!lines[lines.length - 1].isEmpty()) {
            throw new MalformedPolicyException("the last line has no end");
        }
        AlgorithmPolicy policy = new AlgorithmPolicy();
        int content = 0;
        for (int i = 0; i < lines.length - 1; i++) {
            if (!LINE.matcher(lines[i]).matches()) {
                throw new MalformedPolicyException("line " + (i + 1) + ": not at most 200 printable ASCII characters");
            }
            if (lines[i].isBlank() || lines[i].startsWith("#")) {
                continue;
            }
            try {
                policy.add(content++, lines[i]);
            } catch (MalformedPolicyException e) {
                throw new MalformedPolicyException("line " + (i + 1) + ": " + e.getMessage());
            }
        }
        policy.complete(content);
        return policy;
    }

    /**
     * Reads a policy file.
     *
     * @throws IOException naming the file, if it cannot be read or is malformed
     */
    public static AlgorithmPolicy ofFile(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + ": larger than " + MAX_BYTES + " bytes, not an algorithm policy");
        }
        try {
            return parse(Files.readAllBytes(file));
        } catch (MalformedPolicyException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** What its authors knew: the day it speaks of. */
    public LocalDate date() {
        return Objects.requireNonNull(date, "parse sees to it");
    }

    /** Until when a digest algorithm is acceptable, {@link Instant#MAX} if no end is known; empty if it is not listed. */
    public Optional<Instant> digestEnd(String oid) {
        return Optional.ofNullable(digestsByOid.get(oid)).map(Digest::until);
    }

    /**
     * When the first of {@code uses} stops being acceptable: {@link Instant#MAX} if no end is known, {@link Instant#MIN} if an
     * algorithm is not listed.
     */
    public Instant end(List<Use> uses) {
        Instant first = Instant.MAX;
        for (Use use : uses) {
            Instant end = end(use);
            first = end.isBefore(first) ? end : first;
        }
        return first;
    }

    /** By asking for each date of the table, so that it can never differ from what {@link #judge} says. */
    private Instant end(Use use) {
        if (judge(use, Instant.MIN, Instant.MIN).verdict() != Verdict.VALID) {
            return Instant.MIN;
        }
        TreeSet<Instant> dates = new TreeSet<>();
        digestsByOid.values().forEach(digest -> dates.add(digest.until()));
        keys.values().forEach(sizes -> dates.addAll(sizes.values()));
        dates.remove(Instant.MAX);
        for (Instant day : dates) {
            if (judge(use, Instant.MIN, day).verdict() != Verdict.VALID) {
                return day;
            }
        }
        return Instant.MAX;
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
            case BESIDE ->
                use.besideDigest() == null
                        ? Outcome.invalid(use.what() + ": " + oid + " names no digest")
                        : judge(use.what(), digestsByOid.get(oidOf(use.besideDigest())), oid, signedAt, now);
            case PSS -> judge(use.what(), pssDigest(use.algorithm()), oid, signedAt, now);
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
        try (InputStream in = AlgorithmPolicy.class.getResourceAsStream("algorithms.txt")) {
            if (in == null) {
                throw new IllegalStateException("algorithms.txt is not beside " + AlgorithmPolicy.class);
            }
            return parse(in.readAllBytes());
        } catch (MalformedPolicyException e) {
            throw new IllegalStateException("algorithms.txt: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(int content, String line) throws MalformedPolicyException {
        String[] words = line.split(" +", -1);
        if (content == 0) {
            require(line.equals(MAGIC), "expected \"" + MAGIC + "\"");
            return;
        }
        if (content == 1) {
            require(words.length == 2 && words[0].equals("date"), "expected \"date YYYY-MM-DD\"");
            date = day(words[1]);
            return;
        }
        require(words.length == 4, "expected four words");
        switch (words[0]) {
            case "digest" -> addDigest(words[1], words[2], until(words[3]));
            case "signature" -> addSignature(words[1], words[2], words[3]);
            case "key" -> addKey(words[1], words[2], until(words[3]));
            default -> throw new MalformedPolicyException("expected digest, signature or key");
        }
    }

    private void addDigest(String oid, String name, Instant until) throws MalformedPolicyException {
        require(OID.matcher(oid).matches(), "not an OID");
        require(NAME.matcher(name).matches() && !name.equals(PSS), "not a name of a digest algorithm");
        Digest digest = new Digest(name, until);
        require(digestsByOid.put(oid, digest) == null, "a second line for this OID");
        require(digestsByName.put(name, digest) == null, "a second line for this name");
    }

    private void addSignature(String oid, String family, String digest) throws MalformedPolicyException {
        require(OID.matcher(oid).matches(), "not an OID");
        require(NAME.matcher(family).matches(), "not a key family");
        require(digest.equals(BESIDE) || NAME.matcher(digest).matches(), "not a digest");
        require(signatures.put(oid, new Signature(family, digest)) == null, "a second line for this OID");
    }

    private void addKey(String family, String bits, Instant until) throws MalformedPolicyException {
        require(NAME.matcher(family).matches(), "not a key family");
        require(BITS.matcher(bits).matches(), "not a number of bits");
        NavigableMap<Integer, Instant> sizes = keys.computeIfAbsent(family, f -> new TreeMap<>());
        require(sizes.put(Integer.valueOf(bits), until) == null, "a second line for this size");
    }

    /** Nothing may be missing that a line refers to: it would be unknown, silently, for ever. */
    private void complete(int content) throws MalformedPolicyException {
        require(content > 2, "no lines");
        for (Map.Entry<String, Signature> entry : signatures.entrySet()) {
            String digest = entry.getValue().digest();
            require(
                    digest.equals(BESIDE) || digest.equals(PSS) || digestsByName.containsKey(digest),
                    "signature " + entry.getKey() + ": no digest line for " + digest);
            NavigableMap<Integer, Instant> sizes = keys.get(entry.getValue().family());
            require(
                    sizes != null && sizes.firstKey() == 0,
                    "signature " + entry.getKey() + ": no key line from 0 bits for "
                            + entry.getValue().family());
        }
    }

    private static void require(boolean right, String what) throws MalformedPolicyException {
        if (!right) {
            throw new MalformedPolicyException(what);
        }
    }

    private static Instant until(String date) throws MalformedPolicyException {
        return date.equals("-")
                ? Instant.MAX
                : day(date).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static LocalDate day(String text) throws MalformedPolicyException {
        require(DATE.matcher(text).matches(), "not a date YYYY-MM-DD");
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw new MalformedPolicyException("no such day");
        }
    }
}
