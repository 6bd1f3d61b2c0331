package org.tiezheng.archive.identity;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-based one-time codes: six digits, steps of 30 seconds, HMAC-SHA-1, as every authenticator app makes them.
 *
 * <p>Source: RFC 6238 (time steps), RFC 4226 section 5.3 (truncation). SHA-1 is safe inside HMAC, and apps ignore
 * the parameter that would ask for another.
 */
final class Totp {
    static final int STEP_SECONDS = 30;
    static final int DIGITS = 6;
    private static final Pattern CODE = Pattern.compile("[0-9]{6}");

    private Totp() {}

    /** Whether {@code text} has the form of a code; a recovery code has not. */
    static boolean isCode(String text) {
        return CODE.matcher(text).matches();
    }

    static long stepAt(Instant time) {
        return Math.floorDiv(time.getEpochSecond(), STEP_SECONDS);
    }

    static String code(byte[] secret, long step) {
        return code(secret, step, DIGITS);
    }

    /** @param digits 6 to 8 */
    static String code(byte[] secret, long step, int digits) {
        byte[] mac;
        try {
            Mac hmac = Mac.getInstance("HmacSHA1");
            hmac.init(new SecretKeySpec(secret, "HmacSHA1"));
            mac = hmac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA1", e);
        }
        int offset = mac[mac.length - 1] & 0xf;
        int number = ByteBuffer.wrap(mac).getInt(offset) & 0x7fffffff;
        int modulus = (int) Math.pow(10, digits);
        return String.format(Locale.ROOT, "%0" + digits + "d", number % modulus);
    }

    /**
     * The time step {@code code} belongs to: the present one, the one before or the one after (a clock may be half
     * a minute off). Steps up to {@code lastStep} are used up.
     */
    static OptionalLong matchingStep(byte[] secret, String code, Instant now, long lastStep) {
        long present = stepAt(now);
        OptionalLong found = OptionalLong.empty();
        for (long step = present - 1; step <= present + 1; step++) {
            boolean same = MessageDigest.isEqual(
                    code(secret, step).getBytes(StandardCharsets.US_ASCII), code.getBytes(StandardCharsets.UTF_8));
            if (same && step > lastStep) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }

    /** Address an authenticator app reads from a QR code, in the form of Google's "Key URI Format". */
    static String uri(String issuer, String username, byte[] secret) {
        return "otpauth://totp/" + encode(issuer) + ":" + encode(username) + "?secret=" + Base32.encode(secret)
                + "&issuer=" + encode(issuer);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
