package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiezheng.evidence.Digest;

/**
 * Which packages are read: all, or so many, drawn by a seed that everybody can draw with again.
 *
 * <p>Drawn are the packages with the smallest SHA-256(seed || 0x00 || id in text). Whoever has to be audited must not choose
 * the seed, and must not know it before the log is pinned.
 *
 * @param count how many; 0 for all
 */
record Sample(int count, String seed) {
    static final Sample ALL = new Sample(0, "");
    private static final int MOST = 1_000_000;
    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,6})/([!-~]{1,100})");

    /** {@code all} or {@code 200/seed}; empty if it is neither. */
    static Optional<Sample> parse(String text) {
        if (text.equals("all")) {
            return Optional.of(ALL);
        }
        Matcher parts = TEXT.matcher(text);
        return parts.matches() && Integer.parseInt(parts.group(1)) <= MOST
                ? Optional.of(new Sample(Integer.parseInt(parts.group(1)), parts.group(2)))
                : Optional.empty();
    }

    boolean isAll() {
        return count == 0;
    }

    @Override
    public String toString() {
        return isAll() ? "all" : count + "/" + seed;
    }

    private byte[] lot(UUID id) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update(seed.getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) 0);
        return digest.digest(id.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Looks at every package once and keeps the limit below which one is drawn. Memory: a lot for each drawn one. */
    final class Draw {
        private final PriorityQueue<ByteBuffer> smallest =
                new PriorityQueue<>(Collections.reverseOrder((a, b) -> Arrays.compareUnsigned(a.array(), b.array())));

        void add(UUID id) {
            if (isAll()) {
                return;
            }
            smallest.add(ByteBuffer.wrap(lot(id)));
            if (smallest.size() > count) {
                smallest.remove();
            }
        }

        /** Of a file, for the steps that follow, which may be another run. */
        void keep(Path file) throws IOException {
            ByteBuffer limit = smallest.peek();
            Work.write(file, limit == null ? "" : HexFormat.of().formatHex(limit.array()));
        }
    }

    /** Whether a package is drawn. */
    final class Drawn {
        private final byte[] limit;

        Drawn(Path file) throws IOException {
            limit = HexFormat.of().parseHex(Files.readString(file));
        }

        boolean contains(UUID id) {
            return isAll() || (limit.length > 0 && Arrays.compareUnsigned(lot(id), limit) <= 0);
        }
    }
}
