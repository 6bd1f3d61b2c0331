package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicNames;

/**
 * Computes SHA-256 and SM3 of {@code wacz/capture.wacz} while the package arrives. SM3 takes longer than everything else that is
 * done to a byte, so it is done while the sender is waited for.
 *
 * <p>In the canonical container the WACZ is the second member, right behind the 69 bytes of {@code mimetype}. Where something
 * else stands there nothing is computed, and the verification does it. Nothing is believed for this: the caller compares size
 * and SHA-256 with what the verification found.
 *
 * <p>Takes some 5 MB of memory, so there are places for a few; further packages compute nothing. Not for use by several
 * threads. Must be finished or given up.
 */
final class ArrivingWacz {
    /** First byte of the second local header. */
    private static final int HEADER = 69;

    private static final int FIXED = 30;
    private static final int NAME = AsicNames.WACZ.length();
    private static final int ZIP64_EXTRA = 20;
    /** Everything that can stand before the content. */
    private static final int HEAD = HEADER + FIXED + NAME + ZIP64_EXTRA;

    private static final long IN_EXTRA = 0xFFFFFFFFL;

    private final ByteBuffer head = ByteBuffer.allocate(HEAD).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable DigestingOutputStream digesting;
    private long left;
    private boolean given;

    private final Semaphore places;

    private ArrivingWacz(Semaphore places) {
        this.places = places;
        this.digesting = new DigestingOutputStream(OutputStream.nullOutputStream());
    }

    /** Null if there is no place. */
    static @Nullable ArrivingWacz begin(Semaphore places) {
        return places.tryAcquire() ? new ArrivingWacz(places) : null;
    }

    /** The next bytes of the package. */
    void update(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        if (head.hasRemaining()) {
            int count = Math.min(head.remaining(), length);
            head.put(bytes, at, count);
            at += count;
            if (head.hasRemaining()) {
                return;
            }
            int content = contentOffset();
            if (content < 0) {
                giveUp();
                return;
            }
            write(head.array(), content, HEAD - content);
        }
        write(bytes, at, end - at);
    }

    private void write(byte[] bytes, int offset, int length) throws IOException {
        DigestingOutputStream to = digesting;
        int count = (int) Math.min(length, left);
        if (to != null && count > 0) {
            to.write(bytes, offset, count);
            left -= count;
        }
    }

    /** Where the content begins in the head, with {@link #left} its size; -1 if this is no WACZ of the canonical form. */
    private int contentOffset() {
        int nameLength = head.getShort(HEADER + 26);
        int extraLength = head.getShort(HEADER + 28);
        String name = new String(head.array(), HEADER + FIXED, NAME, StandardCharsets.ISO_8859_1);
        long size = Integer.toUnsignedLong(head.getInt(HEADER + 22));
        if (nameLength != NAME || !name.equals(AsicNames.WACZ)) {
            return -1;
        }
        if (extraLength == 0 && size != IN_EXTRA) {
            left = size;
            return HEAD - ZIP64_EXTRA;
        }
        if (extraLength == ZIP64_EXTRA && size == IN_EXTRA) {
            left = head.getLong(HEADER + FIXED + NAME + 4);
            return left < 0 ? -1 : HEAD;
        }
        return -1;
    }

    /** What the WACZ hashes to; empty if it did not come whole. Asked once, at the end. */
    Optional<Digests> finish() {
        DigestingOutputStream whole = digesting;
        boolean complete = whole != null && !head.hasRemaining() && left == 0;
        Optional<Digests> digests = complete && whole != null ? Optional.of(whole.digests()) : Optional.empty();
        giveUp();
        return digests;
    }

    /** Lets others have the place. May be called again. */
    void giveUp() {
        digesting = null;
        if (!given) {
            given = true;
            places.release();
        }
    }
}
