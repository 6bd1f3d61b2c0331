package org.tiezheng.evidence.seal;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * The lower bound of a capture's time: a token over a random nonce, obtained before the first navigation and put into
 * {@code capture.json}. Whatever contains it was made after its genTime, because nobody could know the token's signature
 * before; the seal's own token is the upper bound.
 *
 * @param authority name of the authority
 */
public record NotBefore(byte[] nonce, TimestampToken token, String authority) {
    public static final int NONCE_BYTES = 32;

    /** @throws IllegalArgumentException if {@code nonce} is not {@value #NONCE_BYTES} bytes */
    public NotBefore {
        if (nonce.length != NONCE_BYTES) {
            throw new IllegalArgumentException("expected " + NONCE_BYTES + " bytes, got " + nonce.length);
        }
        nonce = nonce.clone();
    }

    @Override
    public byte[] nonce() {
        return nonce.clone();
    }

    /**
     * Asks the authorities in order until one gives a token that validates.
     *
     * @throws SealException if none does
     */
    public static NotBefore obtain(List<TimestampAuthority> authorities, Clock clock) throws SealException {
        byte[] nonce = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        List<TimestampFailure> failures = new ArrayList<>();
        for (TimestampAuthority authority : authorities) {
            try {
                ValidatedStamp stamp = ValidatedStamp.obtain(authority, digest(nonce), clock);
                return new NotBefore(nonce, stamp.token(), authority.name());
            } catch (TimestampException e) {
                failures.add(failure(authority, e));
            }
        }
        throw new SealException("no authority gave a time-stamp over the nonce", failures);
    }

    static TimestampFailure failure(TimestampAuthority authority, TimestampException e) {
        return new TimestampFailure(authority.name(), String.valueOf(e.getMessage()), e.retryHelps());
    }

    /** Checks T01 to T09 of {@code tokenDer} over SHA-256 of {@code nonce}, both as read from a capture.json. */
    public static List<Finding> check(TimestampChecks checks, byte[] nonce, byte[] tokenDer, String subject) {
        return checks.check(tokenDer, digest(nonce), subject);
    }

    private static Digest digest(byte[] nonce) {
        return Digest.of(Digest.Algorithm.SHA256, nonce);
    }
}
