package org.tiezheng.verifier;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * Digest of the payload of an HTTP message in a WARC record: what follows the head, with the chunked
 * transfer coding taken off, content codings left on. Source: ISO 28500:2017, section 6.3.2.
 *
 * <p>Fed with the block in pieces. Never fails: a message without an end of head has no payload.
 */
final class HttpPayload {
    /** A request line holds an address, and a browser's longest address has 2 MiB. */
    private static final int MAX_HEAD_BYTES = 1 << 22;

    private static final Pattern STATUS = Pattern.compile("HTTP/[0-9.]+ ([0-9]{3})(?: |$)");

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        /** Nothing more belongs to the payload. */
        REST
    }

    private final @Nullable MessageDigest digest;
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private final StringBuilder line = new StringBuilder();
    private State state = State.HEAD;
    private OptionalInt status = OptionalInt.empty();
    /** How many bytes of CR LF CR LF the head ends in so far. */
    private int matched;

    private long chunkLeft;

    /** @param digesting false to read the head only: hashing bodies is most of the work */
    HttpPayload(boolean digesting) {
        digest = digesting ? Digest.Algorithm.SHA256.start() : null;
    }

    void update(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            switch (state) {
                case HEAD -> at = head(bytes, at, end);
                case BODY -> {
                    payload(bytes, at, end - at);
                    at = end;
                }
                case CHUNK -> {
                    int count = (int) Math.min(chunkLeft, end - at);
                    payload(bytes, at, count);
                    at += count;
                    chunkLeft -= count;
                    if (chunkLeft == 0) {
                        state = State.CHUNK_END;
                    }
                }
                case CHUNK_SIZE, CHUNK_END, TRAILER -> line((char) (bytes[at++] & 0xff));
                case REST -> at = end;
            }
        }
    }

    private void payload(byte[] bytes, int offset, int length) {
        if (digest != null) {
            digest.update(bytes, offset, length);
        }
    }

    private int head(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            byte expected = (matched & 1) == 0 ? (byte) '\r' : (byte) '\n';
            matched = bytes[i] == expected ? matched + 1 : bytes[i] == '\r' ? 1 : 0;
            if (matched == 4) {
                head.write(bytes, from, i + 1 - from);
                readHead();
                return i + 1;
            }
        }
        head.write(bytes, from, end - from);
        if (head.size() > MAX_HEAD_BYTES) {
            state = State.REST;
            matched = 0;
        }
        return end;
    }

    private void readHead() {
        String[] lines = head.toString(StandardCharsets.ISO_8859_1).split("\r\n");
        head.reset();
        state = State.BODY;
        if (lines.length == 0) {
            return;
        }
        Matcher first = STATUS.matcher(lines[0]);
        if (first.lookingAt()) {
            status = OptionalInt.of(Integer.parseInt(first.group(1)));
        }
        for (String field : lines) {
            String lower = field.toLowerCase(Locale.ROOT);
            if (lower.startsWith("transfer-encoding:") && lower.strip().endsWith("chunked")) {
                state = State.CHUNK_SIZE;
            }
        }
    }

    private void line(char c) {
        if (c != '\n') {
            if (line.length() < 1024) {
                line.append(c);
            }
            return;
        }
        String text = line.toString().strip();
        line.setLength(0);
        if (state == State.CHUNK_SIZE) {
            String size = text.replaceFirst(";.*", "").strip();
            if (!size.matches("[0-9a-fA-F]{1,15}")) {
                state = State.REST;
                return;
            }
            chunkLeft = Long.parseLong(size, 16);
            state = chunkLeft == 0 ? State.TRAILER : State.CHUNK;
        } else if (state == State.CHUNK_END) {
            state = State.CHUNK_SIZE;
        } else if (text.isEmpty()) {
            state = State.REST;
        }
    }

    /** Whether the end of the head was seen. */
    boolean hasHead() {
        return matched == 4;
    }

    /** Status code of a response; empty for a request. */
    OptionalInt status() {
        return status;
    }

    /** Null if the payload was not digested. May be asked once. */
    @Nullable
    Digest digest() {
        return digest == null ? null : Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest());
    }
}
