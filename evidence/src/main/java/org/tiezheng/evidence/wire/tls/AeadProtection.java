package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM and ChaCha20-Poly1305 records.
 *
 * <p>Source: RFC 8446 section 5.2 and 5.3; for TLS 1.2 RFC 5246 section 6.2.3.3, RFC 5288 section 3, RFC 7905
 * section 2.
 */
final class AeadProtection implements RecordProtection {
    private static final int TAG = 16;
    private static final int EXPLICIT_NONCE = 8;

    private final boolean tls13;
    private final boolean gcm;
    private final boolean explicitNonce;
    private final SecretKeySpec key;
    private final byte[] iv;
    private @Nullable Cipher cipher;
    private long sequence;

    /** @param iv 12 bytes, or the 4-byte salt of TLS 1.2 AES-GCM */
    AeadProtection(CipherSuite suite, byte[] key, byte[] iv) {
        this.tls13 = suite.isTls13();
        this.gcm = suite.protection == CipherSuite.Protection.GCM;
        this.explicitNonce = gcm && !tls13;
        this.key = new SecretKeySpec(key, gcm ? "AES" : "ChaCha20");
        this.iv = iv;
    }

    static AeadProtection tls13(CipherSuite suite, KeySchedule schedule, byte[] trafficSecret) {
        return new AeadProtection(
                suite,
                schedule.expandLabel(trafficSecret, "key", suite.keyBytes),
                schedule.expandLabel(trafficSecret, "iv", 12));
    }

    @Override
    public int open(int type, int version, byte[] record, int offset, int length, byte[] out)
            throws GeneralSecurityException {
        int overhead = TAG + (explicitNonce ? EXPLICIT_NONCE : 0);
        if (length < overhead) {
            throw new GeneralSecurityException("a record of " + length + " bytes is shorter than its tag");
        }
        int start = explicitNonce ? offset + EXPLICIT_NONCE : offset;
        int sealed = explicitNonce ? length - EXPLICIT_NONCE : length;
        byte[] nonce = nonce(record, offset);
        AlgorithmParameterSpec parameters = gcm ? new GCMParameterSpec(8 * TAG, nonce) : new IvParameterSpec(nonce);
        Cipher current = cipher;
        if (current == null) {
            current = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
        }
        cipher = null; // after a failure the next record gets a fresh one
        current.init(Cipher.DECRYPT_MODE, key, parameters);
        current.updateAAD(additionalData(type, version, length, sealed - TAG));
        int opened = current.doFinal(record, start, sealed, out, 0);
        cipher = current;
        sequence++;
        return opened;
    }

    private byte[] nonce(byte[] record, int offset) {
        ByteBuffer nonce = ByteBuffer.allocate(12);
        if (explicitNonce) {
            return nonce.put(iv).put(record, offset, EXPLICIT_NONCE).array();
        }
        nonce.put(iv);
        return nonce.putLong(4, nonce.getLong(4) ^ sequence).array();
    }

    private byte[] additionalData(int type, int version, int recordLength, int contentLength) {
        ByteBuffer data = ByteBuffer.allocate(tls13 ? 5 : 13);
        if (!tls13) {
            data.putLong(sequence);
        }
        data.put((byte) type).putShort((short) version);
        return data.putShort((short) (tls13 ? recordLength : contentLength)).array();
    }
}
