package org.tiezheng.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which keys there are: one form that every backend can hold and no file system misreads.
 *
 * <p>One or more segments of {@code a-z 0-9 . _ -}, 1 to 100 characters each and not beginning with a dot, joined by
 * {@code /}; 500 characters at most.
 */
public final class ObjectKeys {
    private static final Pattern KEY = Pattern.compile("[a-z0-9_-][a-z0-9._-]{0,99}(/[a-z0-9_-][a-z0-9._-]{0,99})*");
    private static final Pattern PREFIX = Pattern.compile("[a-z0-9._/-]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern CONTENT = Pattern.compile("sha256/[0-9a-f]{2}/");
    private static final int MOST_CHARACTERS = 500;

    private ObjectKeys() {}

    /**
     * The content address of bytes: {@code sha256/ab/cd/abcd…}.
     *
     * @param sha256 64 lower-case hex digits
     * @throws IllegalArgumentException if it is not that
     */
    public static String ofContent(String sha256) {
        checkSha256(sha256);
        return "sha256/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/" + sha256;
    }

    /** The beginning {@code sha256/ab/} of a name, if it has one; the name itself may be none of ours. */
    static Optional<String> contentPrefix(String name) {
        Matcher matcher = CONTENT.matcher(name);
        return matcher.lookingAt() ? Optional.of(matcher.group()) : Optional.empty();
    }

    /** Whether {@code text} is 64 lower-case hex digits. */
    static boolean isSha256(String text) {
        return SHA256.matcher(text).matches();
    }

    static void checkSha256(String text) {
        if (!isSha256(text)) {
            throw new IllegalArgumentException("expected 64 lower-case hex digits, got \"" + text + "\"");
        }
    }

    static boolean isKey(String text) {
        return text.length() <= MOST_CHARACTERS && KEY.matcher(text).matches();
    }

    static void checkKey(String key) {
        if (!isKey(key)) {
            throw new IllegalArgumentException("not an object key: \"" + key + "\"");
        }
    }

    static void checkPrefix(String prefix) {
        if (prefix.length() > MOST_CHARACTERS
                || !PREFIX.matcher(prefix).matches()
                || prefix.startsWith("/")
                || prefix.contains("//")
                || prefix.startsWith(".")
                || prefix.contains("/.")) {
            throw new IllegalArgumentException("not the begin of an object key: \"" + prefix + "\"");
        }
    }
}
