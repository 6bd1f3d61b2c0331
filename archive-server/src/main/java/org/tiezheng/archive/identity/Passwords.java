package org.tiezheng.archive.identity;

import java.security.SecureRandom;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.password.DelegatingPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * Hashes and checks passwords: Argon2id, 19 MiB, two passes, one lane (OWASP's first choice; RFC 9106 section 4).
 *
 * <p>Why not bcrypt: it reads 72 bytes, which is 24 Chinese characters, and needs no memory, so guessing machines
 * like it. Each hash names its algorithm ({@code {argon2}…}), so a stronger one can follow without a reset;
 * {@link #outdated} says when a sign-in should write it anew.
 *
 * <p>Bouncy Castle's low-level Argon2 is called directly: no provider is registered.
 */
public final class Passwords {
    private static final String CURRENT = "argon2";
    /** Without 0, O, 1, l, I: a one-time password is read from paper or over the telephone. */
    private static final String READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private static final int ONE_TIME_LENGTH = 20;

    private final PasswordEncoder encoder;
    private final SecureRandom random = new SecureRandom();
    /** Checked when there is no account of that name, so that the answer takes as long. */
    private final String nobodysHash;

    public Passwords() {
        this.encoder = new DelegatingPasswordEncoder(
                CURRENT, Map.of(CURRENT, new Argon2PasswordEncoder(16, 32, 1, 19 * 1024, 2)));
        this.nobodysHash = hash(oneTime());
    }

    /** @return {@code {argon2}$argon2id$…}, never null */
    String hash(String password) {
        String hash = encoder.encode(PasswordRules.normalised(password));
        if (hash == null) {
            throw new IllegalStateException("the encoder gave no hash");
        }
        return hash;
    }

    /**
     * Whether {@code password} is the one behind {@code hash}. Takes tens of milliseconds whatever the answer, also
     * for a {@code hash} of null (no such account, or none with a password): then always false. Keep it out of
     * transactions.
     */
    boolean matches(String password, @Nullable String hash) {
        if (password.length() > 4 * PasswordRules.MAXIMUM_LENGTH) {
            return false;
        }
        boolean same = encoder.matches(PasswordRules.normalised(password), hash == null ? nobodysHash : hash);
        return same && hash != null;
    }

    boolean outdated(String hash) {
        return encoder.upgradeEncoding(hash);
    }

    /** A password to be used once: 20 readable characters in groups of five, 116 bits. */
    String oneTime() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ONE_TIME_LENGTH; i++) {
            if (i > 0 && i % 5 == 0) {
                text.append('-');
            }
            text.append(READABLE.charAt(random.nextInt(READABLE.length())));
        }
        return text.toString();
    }
}
