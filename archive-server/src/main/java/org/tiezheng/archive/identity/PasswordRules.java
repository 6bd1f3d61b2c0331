package org.tiezheng.archive.identity;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a password must be. Length does most of the work; the four kinds of characters are what GB/T 22239 asks of
 * a level 3 system.
 *
 * <p>Sources: NIST SP 800-63B-4 section 3.1.1 (length, no common ones, not the user's name), GB/T 22239-2019 8.1.4.1.
 *
 * @param minimumLength characters (code points)
 */
public record PasswordRules(int minimumLength) {
    /** Longer ones are refused before anything is computed from them. Characters. */
    static final int MAXIMUM_LENGTH = 128;

    private static final int KINDS = 3;

    /** Pieces of the passwords everybody tries first; a password is refused if little is left beside one. */
    private static final Set<String> COMMON = Set.of(
            "password",
            "passw0rd",
            "p@ssw0rd",
            "123456",
            "12345678",
            "qwerty",
            "1qaz2wsx",
            "abc123",
            "admin",
            "administrator",
            "welcome",
            "letmein",
            "iloveyou",
            "woaini",
            "5201314",
            "888888",
            "666666",
            "000000",
            "111111",
            "tiezheng",
            "changeme");

    /** @throws IllegalArgumentException if the length is less than 8 or more than 64 */
    public PasswordRules {
        if (minimumLength < 8 || minimumLength > 64) {
            throw new IllegalArgumentException("minimum length must be 8 to 64, got " + minimumLength);
        }
    }

    /** What is wrong with a password. The texts are in the message bundle, {@code identity.password.<name>}. */
    public enum Fault {
        TOO_SHORT,
        TOO_LONG,
        TOO_FEW_KINDS,
        CONTAINS_USERNAME,
        COMMON,
        CONTROL_CHARACTER,
        SAME_AS_BEFORE
    }

    /** Everything wrong with {@code password}, except what only the old hash can tell; empty if it will do. */
    public List<Fault> faults(String password, String username) {
        List<Fault> faults = new ArrayList<>();
        int length = password.codePointCount(0, password.length());
        if (length < minimumLength) {
            faults.add(Fault.TOO_SHORT);
        }
        if (length > MAXIMUM_LENGTH) {
            faults.add(Fault.TOO_LONG);
            return faults;
        }
        if (password.codePoints().anyMatch(Character::isISOControl)) {
            faults.add(Fault.CONTROL_CHARACTER);
        }
        if (kinds(password) < KINDS) {
            faults.add(Fault.TOO_FEW_KINDS);
        }
        String folded = normalised(password).toLowerCase(Locale.ROOT);
        if (username.length() >= 3 && folded.contains(username.toLowerCase(Locale.ROOT))) {
            faults.add(Fault.CONTAINS_USERNAME);
        }
        if (COMMON.stream().anyMatch(common -> folded.replace(common, "").length() < folded.length() / 2)) {
            faults.add(Fault.COMMON);
        }
        return faults;
    }

    /** One form for each text, so that two keyboards that compose characters differently give the same password. */
    static String normalised(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFKC);
    }

    private static int kinds(String password) {
        boolean lower = password.codePoints().anyMatch(Character::isLowerCase);
        boolean upper = password.codePoints().anyMatch(Character::isUpperCase);
        boolean digit = password.codePoints().anyMatch(Character::isDigit);
        boolean other = password.codePoints()
                .anyMatch(c -> !Character.isLowerCase(c) && !Character.isUpperCase(c) && !Character.isDigit(c));
        return (lower ? 1 : 0) + (upper ? 1 : 0) + (digit ? 1 : 0) + (other ? 1 : 0);
    }
}
