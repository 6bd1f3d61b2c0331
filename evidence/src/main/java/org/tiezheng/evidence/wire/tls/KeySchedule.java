package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys from the key log's secrets.
 *
 * <p>Source: RFC 8446 section 7.1 (HKDF-Expand-Label over RFC 5869), RFC 5246 section 5 (PRF).
 *
 * @param hash {@code SHA-256} or {@code SHA-384}
 */
record KeySchedule(String hash) {

    int hashBytes() {
        return hash.equals("SHA-384") ? 48 : 32;
    }

    MessageDigest newHash() {
        try {
            return MessageDigest.getInstance(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + hash, e);
        }
    }

    byte[] hmac(byte[] key, byte[]... parts) {
        Mac mac = mac(key);
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    /** HKDF-Expand-Label with an empty context. */
    byte[] expandLabel(byte[] secret, String label, int length) {
        byte[] fullLabel = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer info = ByteBuffer.allocate(4 + fullLabel.length);
        info.putShort((short) length)
                .put((byte) fullLabel.length)
                .put(fullLabel)
                .put((byte) 0);
        ByteBuffer out = ByteBuffer.allocate(length);
        byte[] block = new byte[0];
        for (int i = 1; out.hasRemaining(); i++) {
            block = hmac(secret, block, info.array(), new byte[] {(byte) i});
            out.put(block, 0, Math.min(block.length, out.remaining()));
        }
        return out.array();
    }

    /** The traffic secret after a KeyUpdate: RFC 8446 section 7.2. */
    byte[] nextTrafficSecret(byte[] secret) {
        return expandLabel(secret, "traffic upd", hashBytes());
    }

    /** TLS 1.2's PRF. */
    byte[] prf(byte[] secret, String label, byte[] seed, int length) {
        byte[] name = label.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(length);
        byte[] a = hmac(secret, name, seed);
        while (out.hasRemaining()) {
            byte[] block = hmac(secret, a, name, seed);
            out.put(block, 0, Math.min(block.length, out.remaining()));
            a = hmac(secret, a);
        }
        return out.array();
    }

    private Mac mac(byte[] key) {
        String name = hash.equals("SHA-384") ? "HmacSHA384" : "HmacSHA256";
        try {
            Mac mac = Mac.getInstance(name);
            mac.init(new SecretKeySpec(key, name));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + name, e);
        }
    }
}
