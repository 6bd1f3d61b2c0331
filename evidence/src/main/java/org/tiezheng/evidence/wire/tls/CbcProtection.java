package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-CBC records of TLS 1.2, MAC before or after encryption. No attacker can time us: the recording is over.
 *
 * <p>Source: RFC 5246 section 6.2.3.2, RFC 7366 (encrypt-then-MAC).
 */
final class CbcProtection implements RecordProtection {
    private static final int BLOCK = 16;

    private final boolean encryptThenMac;
    private final SecretKeySpec key;
    private final Mac mac;
    private final Cipher cipher;
    private long sequence;

    CbcProtection(CipherSuite suite, byte[] macKey, byte[] key, boolean encryptThenMac)
            throws GeneralSecurityException {
        this.encryptThenMac = encryptThenMac;
        this.key = new SecretKeySpec(key, "AES");
        this.mac = Mac.getInstance(suite.mac);
        this.mac.init(new SecretKeySpec(macKey, suite.mac));
        this.cipher = Cipher.getInstance("AES/CBC/NoPadding");
    }

    @Override
    public int open(int type, int version, byte[] record, int offset, int length, byte[] out)
            throws GeneralSecurityException {
        int macLength = mac.getMacLength();
        int sealed = encryptThenMac ? length - macLength : length;
        if (sealed < 2 * BLOCK || sealed % BLOCK != 0) {
            throw new GeneralSecurityException("a record of " + length + " bytes is not made of blocks");
        }
        if (encryptThenMac) {
            checkMac(type, version, record, offset, sealed, record, offset + sealed);
        }
        cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(record, offset, BLOCK));
        int opened = cipher.doFinal(record, offset + BLOCK, sealed - BLOCK, out, 0);
        int padding = out[opened - 1] & 0xff;
        int content = opened - 1 - padding - (encryptThenMac ? 0 : macLength);
        if (content < 0) {
            throw new GeneralSecurityException("padding longer than the record");
        }
        for (int i = opened - 1 - padding; i < opened; i++) {
            if ((out[i] & 0xff) != padding) {
                throw new GeneralSecurityException("wrong padding");
            }
        }
        if (!encryptThenMac) {
            checkMac(type, version, out, 0, content, out, content);
        }
        sequence++;
        return content;
    }

    private void checkMac(int type, int version, byte[] bytes, int offset, int length, byte[] macIn, int macOffset)
            throws GeneralSecurityException {
        ByteBuffer header = ByteBuffer.allocate(13);
        header.putLong(sequence).put((byte) type).putShort((short) version).putShort((short) length);
        mac.update(header.array());
        mac.update(bytes, offset, length);
        byte[] expected = mac.doFinal();
        byte[] found = java.util.Arrays.copyOfRange(macIn, macOffset, macOffset + expected.length);
        if (!MessageDigest.isEqual(expected, found)) {
            throw new GeneralSecurityException("wrong MAC");
        }
    }
}
