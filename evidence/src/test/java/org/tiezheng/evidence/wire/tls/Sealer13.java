package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Makes TLS 1.3 records of any shape under TLS_AES_128_GCM_SHA256 and a given secret. */
final class Sealer13 {
    private final SecretKeySpec key;
    private final byte[] iv;
    private long sequence;

    Sealer13(byte[] secret) {
        KeySchedule schedule = new KeySchedule("SHA-256");
        key = new SecretKeySpec(schedule.expandLabel(secret, "key", 16), "AES");
        iv = schedule.expandLabel(secret, "iv", 12);
    }

    byte[] seal(int type, byte[] content, int padding) throws GeneralSecurityException {
        byte[] inner = Arrays.copyOf(content, content.length + 1 + padding);
        inner[content.length] = (byte) type;
        ByteBuffer header = ByteBuffer.allocate(5);
        header.put((byte) 23).putShort((short) 0x0303).putShort((short) (inner.length + 16));
        ByteBuffer nonce = ByteBuffer.allocate(12).put(iv);
        nonce.putLong(4, nonce.getLong(4) ^ sequence++);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce.array()));
        cipher.updateAAD(header.array());
        byte[] sealed = cipher.doFinal(inner);
        return ByteBuffer.allocate(5 + sealed.length)
                .put(header.array())
                .put(sealed)
                .array();
    }
}
