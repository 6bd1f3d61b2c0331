package org.tiezheng.evidence.wire;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Secrets of TLS sessions, found by ClientHello.random.
 *
 * <p>Source: the SSLKEYLOGFILE format, RFC 9850. Lines of another label or form are passed over.
 */
public final class KeyLog {
    private static final int RANDOM_HEX = 64;
    private static final int MAX_SECRET_HEX = 2 * 64;

    private final Map<String, Map<Label, byte[]>> secrets = new HashMap<>();

    /** The labels that decrypting needs, named as in the file. */
    public enum Label {
        /** TLS 1.2 master secret, 48 bytes. */
        CLIENT_RANDOM,
        CLIENT_EARLY_TRAFFIC_SECRET,
        CLIENT_HANDSHAKE_TRAFFIC_SECRET,
        SERVER_HANDSHAKE_TRAFFIC_SECRET,
        CLIENT_TRAFFIC_SECRET_0,
        SERVER_TRAFFIC_SECRET_0
    }

    /** Adds the lines of a key log. Of two secrets for the same label and random the first counts. */
    void add(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int start = offset;
        while (start < end) {
            int newline = start;
            while (newline < end && bytes[newline] != '\n') {
                newline++;
            }
            addLine(new String(bytes, start, Math.min(newline - start, 400), StandardCharsets.ISO_8859_1));
            start = newline + 1;
        }
    }

    /** For tests and tools: a log from its text. */
    public static KeyLog of(String text) {
        KeyLog log = new KeyLog();
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        log.add(bytes, 0, bytes.length);
        return log;
    }

    private void addLine(String line) {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        String[] parts = text.split(" ", -1);
        Label label = parts.length == 3 ? label(parts[0]) : null;
        byte[] secret = label == null ? null : hex(parts[2], MAX_SECRET_HEX);
        if (label == null || secret == null || parts[1].length() != RANDOM_HEX || hex(parts[1], RANDOM_HEX) == null) {
            return;
        }
        secrets.computeIfAbsent(parts[1].toLowerCase(Locale.ROOT), r -> new EnumMap<>(Label.class))
                .putIfAbsent(label, secret);
    }

    private static @Nullable Label label(String name) {
        for (Label label : Label.values()) {
            if (label.name().equals(name)) {
                return label;
            }
        }
        return null;
    }

    private static byte @Nullable [] hex(String text, int maxLength) {
        if (text.isEmpty() || text.length() > maxLength) {
            return null;
        }
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * @param clientRandom the 32 bytes of ClientHello.random
     * @return null if the log has no such secret
     */
    public byte @Nullable [] secret(byte[] clientRandom, Label label) {
        Map<Label, byte[]> found = secrets.get(HexFormat.of().formatHex(clientRandom));
        byte[] secret = found == null ? null : found.get(label);
        return secret == null ? null : secret.clone();
    }

    /** Number of sessions with at least one secret. */
    public int sessions() {
        return secrets.size();
    }
}
