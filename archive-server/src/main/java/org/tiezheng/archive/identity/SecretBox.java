package org.tiezheng.archive.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals the secrets of second factors before they go into the database: AES-256-GCM, fresh nonce, bound to the
 * account. Who takes only the database, or a backup of it, has no codes.
 *
 * <p>All server nodes need the same key file. If it is lost, people sign in with recovery codes or have their second
 * factor reset.
 */
public final class SecretBox {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    /** @throws IllegalArgumentException if {@code key} is not 32 bytes */
    public SecretBox(byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("expected a key of 32 bytes, got " + key.length);
        }
        this.key = new SecretKeySpec(key, "AES");
    }

    /**
     * A box with the key of {@code <data>/archive/secrets/second-factor}.
     *
     * @param secret 32 bytes as base64url text
     * @throws IllegalArgumentException if it is not that
     */
    public static SecretBox of(String secret) {
        return new SecretBox(Base64.getUrlDecoder().decode(secret));
    }

    byte[] seal(byte[] secret, UUID account) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, account).doFinal(secret);
            return ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /** @throws GeneralSecurityException if the bytes were sealed with another key, for another account, or changed */
    byte[] open(byte[] sealed, UUID account) throws GeneralSecurityException {
        if (sealed.length < NONCE_BYTES) {
            throw new GeneralSecurityException("sealed secret of " + sealed.length + " bytes");
        }
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        return cipher(Cipher.DECRYPT_MODE, nonce, account).doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    }

    private Cipher cipher(int mode, byte[] nonce, UUID account) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(account.toString().getBytes(StandardCharsets.US_ASCII));
        return cipher;
    }
}
