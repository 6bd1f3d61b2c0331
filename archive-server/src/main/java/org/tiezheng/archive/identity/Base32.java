package org.tiezheng.archive.identity;

/**
 * Base 32 without padding, upper case: what authenticator apps want to be typed in.
 *
 * <p>Source: RFC 4648, section 6. Only writing is needed.
 */
final class Base32 {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private Base32() {}

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder((bytes.length * 8 + 4) / 5);
        int bits = 0;
        int kept = 0;
        for (byte next : bytes) {
            bits = bits << 8 | next & 0xff;
            kept += 8;
            while (kept >= 5) {
                kept -= 5;
                text.append(ALPHABET.charAt(bits >> kept & 31));
            }
            bits &= (1 << kept) - 1;
        }
        if (kept > 0) {
            text.append(ALPHABET.charAt(bits << 5 - kept & 31));
        }
        return text.toString();
    }
}
