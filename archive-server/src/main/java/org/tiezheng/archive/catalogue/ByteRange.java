package org.tiezheng.archive.catalogue;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of bytes of something whose size is known.
 *
 * @param offset first byte
 * @param length number of bytes; 0 only of something empty
 */
public record ByteRange(long offset, long length) {
    private static final Pattern ONE = Pattern.compile("(?i)bytes\\s*=\\s*(\\d{0,18})\\s*-\\s*(\\d{0,18})\\s*");
    private static final Pattern BYTES = Pattern.compile("(?i)bytes\\s*=[\\s,\\d-]*");

    public ByteRange {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException(length + " bytes from " + offset);
        }
    }

    /** What to answer to a request: 200 with {@link #range} the whole, 206, or 416 with no range. */
    public record Answer(int status, @Nullable ByteRange range) {
        /** The bytes to send; only if the status is not 416. */
        public ByteRange bytes() {
            return Objects.requireNonNull(range, "416 has no bytes");
        }
    }

    /**
     * Reads a {@code Range} header. Source: RFC 9110, section 14.
     *
     * <p>What is not one range of bytes (other units, several ranges, nonsense) is ignored, as the source allows: 200. A
     * suffix longer than the whole is the whole: 206. A range that begins behind the end: 416.
     *
     * @param header null or empty if there is none
     */
    public static Answer of(@Nullable String header, long sizeBytes) {
        Answer whole = new Answer(200, new ByteRange(0, sizeBytes));
        if (header == null || !BYTES.matcher(header).matches()) {
            return whole;
        }
        Matcher one = ONE.matcher(header);
        if (!one.matches()) {
            return whole;
        }
        return range(one.group(1), one.group(2), sizeBytes).orElse(whole);
    }

    private static Optional<Answer> range(String first, String last, long sizeBytes) {
        if (first.isEmpty() && last.isEmpty()) {
            return Optional.empty();
        }
        if (first.isEmpty()) {
            long suffix = Math.min(Long.parseLong(last), sizeBytes);
            return Optional.of(
                    suffix == 0 ? new Answer(416, null) : new Answer(206, new ByteRange(sizeBytes - suffix, suffix)));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        if (from >= sizeBytes) {
            return Optional.of(new Answer(416, null));
        }
        return Optional.of(new Answer(206, new ByteRange(from, Math.min(to, sizeBytes - 1) - from + 1)));
    }

    /** For the header {@code Content-Range} of a 206. */
    public String contentRange(long sizeBytes) {
        return "bytes " + offset + "-" + (offset + length - 1) + "/" + sizeBytes;
    }
}
