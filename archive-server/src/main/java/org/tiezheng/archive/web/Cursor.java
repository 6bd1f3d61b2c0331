package org.tiezheng.archive.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * The place in a list where the next page begins: the sort values of the last row shown, sealed so that a caller can only
 * hand back what it was given. Rows inserted meanwhile neither repeat nor hide others, as they would with page numbers.
 *
 * <pre>
 * Cursor.Page&lt;Row&gt; page = cursors.page(rows /* limit + 1 of them *&#47;, limit, row -&gt; List.of(row.at().toString(), row.id()));
 * </pre>
 *
 * <p>Usable by many threads. Cursors of another server or from before a new key are refused with 400 "cursor".
 */
public final class Cursor {
    private static final int SEAL_LENGTH = 12;
    private static final int MAX_LENGTH = 1024;
    private static final String SEPARATOR = "\u001f";

    private final SecretKeySpec key;

    /** @param secret at least 16 bytes, the same on all nodes */
    public Cursor(byte[] secret) {
        if (secret.length < 16) {
            throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
        }
        this.key = new SecretKeySpec(secret, "HmacSHA256");
    }

    /**
     * Rows of one page.
     *
     * @param next for the following page; null on the last
     */
    public record Page<T>(List<T> rows, @Nullable String next) {
        public Page {
            rows = List.copyOf(rows);
        }
    }

    /** What {@link #decode} needs to know of a row. */
    @FunctionalInterface
    public interface Position<T> {
        List<String> of(T row);
    }

    /** @param fetched up to {@code limit + 1} rows: one more than is shown tells whether there is a next page */
    public <T> Page<T> page(String list, List<T> fetched, int limit, Position<T> position) {
        if (fetched.size() <= limit) {
            return new Page<>(fetched, null);
        }
        List<T> rows = fetched.subList(0, limit);
        return new Page<>(rows, encode(list, position.of(rows.get(limit - 1))));
    }

    /** @param list name of the list and its order; a cursor of another list is refused */
    public String encode(String list, List<String> position) {
        byte[] text = String.join(SEPARATOR, position).getBytes(StandardCharsets.UTF_8);
        byte[] seal = seal(list, text);
        byte[] all = Arrays.copyOf(seal, SEAL_LENGTH + text.length);
        System.arraycopy(text, 0, all, SEAL_LENGTH, text.length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    }

    /**
     * The position {@link #encode} was given, null for null or an empty text (the first page).
     *
     * @param size how many values a position of this list has
     * @throws Problem 400 "cursor" for anything else
     */
    public @Nullable List<String> decode(String list, @Nullable String cursor, int size) {
        if (cursor == null || cursor.isEmpty()) {
            return null;
        }
        if (cursor.length() > MAX_LENGTH) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "cursor");
        }
        byte[] all;
        try {
            all = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "cursor").because(e);
        }
        byte[] seal = Arrays.copyOf(all, Math.min(SEAL_LENGTH, all.length));
        byte[] text = Arrays.copyOfRange(all, seal.length, all.length);
        if (!MessageDigest.isEqual(seal, seal(list, text))) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "cursor");
        }
        List<String> position = List.of(new String(text, StandardCharsets.UTF_8).split(SEPARATOR, -1));
        if (position.size() != size) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "cursor");
        }
        return position;
    }

    private byte[] seal(String list, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(Objects.requireNonNull(list).getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return Arrays.copyOf(mac.doFinal(text), SEAL_LENGTH);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every JDK", e);
        }
    }
}
