package org.tiezheng.evidence.log;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.tiezheng.evidence.Digest;

/**
 * A node of the log's tree: 32 bytes, SHA-256. Leaves and nodes are hashed under different prefixes, so that no node can be
 * passed off as a leaf.
 *
 * <p>Source: RFC 6962 section 2.1. Immutable.
 */
public final class LogHash {
    public static final int SIZE_BYTES = 32;

    /** Root of the tree without entries. */
    public static final LogHash EMPTY =
            new LogHash(Digest.Algorithm.SHA256.start().digest());

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private final byte[] bytes;

    private LogHash(byte[] bytes) {
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException if these are not 32 bytes */
    public static LogHash of(byte[] bytes) {
        if (bytes.length != SIZE_BYTES) {
            throw new IllegalArgumentException("a hash has 32 bytes, got " + bytes.length);
        }
        return new LogHash(bytes.clone());
    }

    /** SHA-256(0x00 || entry). */
    public static LogHash leaf(byte[] entry) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update(LEAF);
        return new LogHash(digest.digest(entry));
    }

    /** SHA-256(0x01 || left || right). */
    public static LogHash node(LogHash left, LogHash right) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update(NODE);
        digest.update(left.bytes);
        return new LogHash(digest.digest(right.bytes));
    }

    static LogHash parse(String base64) throws MalformedLogException {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            // One text for one hash: the decoder forgives left-out padding and stray last bits.
            if (bytes.length == SIZE_BYTES
                    && Base64.getEncoder().encodeToString(bytes).equals(base64)) {
                return new LogHash(bytes);
            }
        } catch (IllegalArgumentException e) {
            throw new MalformedLogException("a hash is not base64", e);
        }
        throw new MalformedLogException("a hash is not 32 bytes of base64");
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    public String base64() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogHash hash && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
