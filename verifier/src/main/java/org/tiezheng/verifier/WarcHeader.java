package org.tiezheng.verifier;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Header of a WARC record: the version line and named fields. Source: ISO 28500:2017 (WARC/1.1), section 4.
 *
 * <p>Field names are matched without regard to case. A field we rely on must not be repeated. Folded
 * lines are refused: our writer makes none.
 */
final class WarcHeader {
    private static final String VERSION = "WARC/1.1";

    /** Fields we rely on. Others, such as WARC-Protocol, may come several times. */
    private static final Set<String> ONCE = Set.of(
            "warc-type",
            "warc-record-id",
            "warc-date",
            "warc-target-uri",
            "warc-block-digest",
            "warc-payload-digest",
            "content-length",
            "content-type");

    private final Map<String, String> fields;

    private WarcHeader(Map<String, String> fields) {
        this.fields = fields;
    }

    /**
     * @param text header up to, but without, the empty line
     * @throws MalformedRecordException if it is not a WARC/1.1 header
     */
    static WarcHeader parse(byte[] text, int length) throws MalformedRecordException {
        String[] lines = new String(text, 0, length, StandardCharsets.UTF_8).split("\r\n", -1);
        if (!lines[0].equals(VERSION)) {
            throw new MalformedRecordException("record does not begin with " + VERSION);
        }
        Map<String, String> fields = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0 || Character.isWhitespace(lines[i].charAt(0))) {
                throw new MalformedRecordException("line " + (i + 1) + " of the record header is no field");
            }
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            String before = fields.put(name, lines[i].substring(colon + 1).strip());
            if (before != null && ONCE.contains(name)) {
                throw new MalformedRecordException("record header repeats a field");
            }
        }
        return new WarcHeader(fields);
    }

    Optional<String> field(String lowerCaseName) {
        return Optional.ofNullable(fields.get(lowerCaseName));
    }

    String type() {
        return fields.getOrDefault("warc-type", "");
    }

    /** WARC-Target-URI; the angle brackets that some writers add are not accepted. */
    @Nullable
    String targetUri() {
        return fields.get("warc-target-uri");
    }

    /** WARC-Date as digits {@code yyyyMMddHHmmss}, as the index writes it; null if there is no such date. */
    @Nullable
    String timestamp() {
        String date = fields.getOrDefault("warc-date", "").replaceAll("[^0-9]", "");
        return date.length() < 14 ? null : date.substring(0, 14);
    }

    OptionalLong contentLength() {
        String text = fields.getOrDefault("content-length", "");
        return text.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    /** Whether the block is an HTTP message, so that the payload is only part of it. */
    boolean holdsHttp() {
        return fields.getOrDefault("content-type", "").toLowerCase(Locale.ROOT).startsWith("application/http");
    }
}
