package org.tiezheng.archive.catalogue;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives bytes out over HTTP: 200, 206, 304, 416 by Range, If-Range and If-None-Match (RFC 9110, sections 13 and 14).
 *
 * <p>Always as a download: with a type that no browser runs, {@code nosniff}, and a policy that lets nothing happen if one opens
 * it all the same. Captured pages never render on our origin.
 */
public final class Sending {
    private static final String POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";
    /** Types that are data and nothing else; all others leave as octets. */
    private static final Map<String, String> TYPES = Map.of(
            "asice", "application/vnd.etsi.asic-e+zip",
            "wacz", "application/wacz",
            "gz", "application/gzip",
            "png", "image/png",
            "mp4", "video/mp4",
            "json", "application/json",
            "jar", "application/java-archive");

    private Sending() {}

    /** Where the bytes come from. */
    @FunctionalInterface
    public interface Source {
        /** Writes a range to the response's stream. */
        void write(ByteRange range) throws IOException;
    }

    /** A safe content type for a file of this name. */
    static String type(String name) {
        return TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    }

    /**
     * Answers a GET or HEAD.
     *
     * @param name for the person's disk; letters, digits, dots, hyphens and underscores are kept
     * @param sha256 of the whole, which makes the ETag; null for no ETag, and then no ranges for If-Range
     */
    public static void send(
            HttpServletRequest request,
            HttpServletResponse response,
            String name,
            long sizeBytes,
            @Nullable String sha256,
            Source source)
            throws IOException {
        String safe = name.substring(name.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
        response.setHeader("Content-Disposition", "attachment; filename=\"" + safe + "\"");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("Cache-Control", "private, no-cache");
        response.setHeader("Accept-Ranges", "bytes");
        response.setContentType(type(safe));
        String tag = sha256 == null ? null : '"' + sha256 + '"';
        if (tag != null) {
            response.setHeader("ETag", tag);
            String known = request.getHeader("If-None-Match");
            if (known != null && (known.strip().equals("*") || known.contains(tag))) {
                response.setStatus(304);
                return;
            }
        }
        boolean head = request.getMethod().equals("HEAD");
        String condition = request.getHeader("If-Range");
        boolean ranged = !head && (condition == null || condition.equals(tag));
        ByteRange.Answer answer = ByteRange.of(ranged ? request.getHeader("Range") : null, sizeBytes);
        response.setStatus(answer.status());
        if (answer.status() == 416) {
            response.setHeader("Content-Range", "bytes */" + sizeBytes);
            response.setContentLength(0);
            return;
        }
        ByteRange range = answer.bytes();
        if (answer.status() == 206) {
            response.setHeader("Content-Range", range.contentRange(sizeBytes));
        }
        response.setContentLengthLong(range.length());
        if (!head) {
            source.write(range);
        }
    }

    /** Copies a stream that is as long as the range; closes it. */
    static void copy(InputStream in, HttpServletResponse response) throws IOException {
        try (in) {
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                response.getOutputStream().write(buffer, 0, read);
            }
        }
    }
}
