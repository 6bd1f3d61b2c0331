package org.tiezheng.evidence;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.jcajce.provider.digest.SM3;

/**
 * A 32-byte digest under a named algorithm, written as 64 lower-case hex digits.
 *
 * <p>Source: SHA-256 FIPS 180-4 section 6.2; SM3 GB/T 32905-2016; text form: docs/format.md, "Digests".
 */
public record Digest(Algorithm algorithm, String hex) {
    private static final Pattern TEXT_FORM = Pattern.compile("[0-9a-f]{64}");

    /** The algorithms of this format. SHA-256 comes from the JDK, which uses the CPU's instructions. */
    public enum Algorithm {
        SHA256("sha256") {
            @Override
            public MessageDigest start() {
                try {
                    return MessageDigest.getInstance("SHA-256");
                } catch (java.security.NoSuchAlgorithmException e) {
                    throw new IllegalStateException("every JDK has SHA-256", e);
                }
            }
        },
        SM3("sm3") {
            @Override
            public MessageDigest start() {
                return new SM3.Digest();
            }
        };

        private final String label;

        Algorithm(String label) {
            this.label = label;
        }

        /** {@code sha256} or {@code sm3}: the word used in JSON keys and {@code sha256:<hex>} texts. */
        public String label() {
            return label;
        }

        public abstract MessageDigest start();
    }

    /** @throws IllegalArgumentException if {@code hex} is not the one text form */
    public Digest {
        if (!isTextForm(hex)) {
            throw new IllegalArgumentException("expected 64 lower-case hex digits, got \"" + hex + "\"");
        }
    }

    public static boolean isTextForm(String hex) {
        return TEXT_FORM.matcher(hex).matches();
    }

    public static Digest sha256(String hex) {
        return new Digest(Algorithm.SHA256, hex);
    }

    public static Digest sm3(String hex) {
        return new Digest(Algorithm.SM3, hex);
    }

    /** @throws IllegalArgumentException if {@code bytes} are not 32 */
    public static Digest ofBytes(Algorithm algorithm, byte[] bytes) {
        return new Digest(algorithm, HexFormat.of().formatHex(bytes).toLowerCase(Locale.ROOT));
    }

    /** The digest of {@code content}; for things that fit in memory, such as manifests. */
    public static Digest of(Algorithm algorithm, byte[] content) {
        return ofBytes(algorithm, algorithm.start().digest(content));
    }

    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** {@code sha256:<hex>}, the form of WARC and WACZ fields. */
    @Override
    public String toString() {
        return algorithm.label() + ":" + hex;
    }
}
