package org.tiezheng.archive.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.context.request.ServletWebRequest;

/** Strong entity tags of what REST shows, and conditions on changes (RFC 9110, section 13). */
public final class ETags {
    private ETags() {}

    /**
     * A tag that changes when any of the values does: with quotes, 32 hex digits.
     *
     * @param state everything the answer shows, or a version that changes with it
     */
    public static String of(@Nullable Object... state) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Object value : state) {
                byte[] bytes = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
                // With its length, so that two values never look like one.
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            return '"' + HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), 16)) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    /** Sets the tag; true if the caller has this state already, then the answer is 304 and the controller returns null. */
    public static boolean isUnchanged(String tag, HttpServletRequest request, HttpServletResponse response) {
        response.setHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        return new ServletWebRequest(request, response).checkNotModified(tag);
    }

    /** @throws Problem 412 "changed" if the caller named another state than the present one in If-Match */
    public static void requireMatch(HttpServletRequest request, String tag) {
        String wanted = request.getHeader(HttpHeaders.IF_MATCH);
        if (wanted == null || wanted.equals("*")) {
            return;
        }
        if (Arrays.stream(wanted.split(",")).map(String::trim).noneMatch(tag::equals)) {
            throw Problem.of(HttpStatus.PRECONDITION_FAILED, "changed");
        }
    }
}
