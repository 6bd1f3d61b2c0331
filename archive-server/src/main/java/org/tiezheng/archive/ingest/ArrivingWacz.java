package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;

/**
 * Computes SM3 of {@code wacz/capture.wacz} while the package arrives and while it is verified. SM3 takes several times as long
 * as everything else that is done to a byte, so it follows in a thread beside: it reads what was written back from the file, out
 * of the page cache, and may fall behind as far as it likes.
 *
 * <p>In the canonical container the WACZ is the second member, right behind the 69 bytes of {@code mimetype}. Where something
 * else stands there nothing is computed, and the verification does it. Nothing is believed for this: what comes out is compared
 * with the list that the seal covers, as the verifier would.
 *
 * <p>Takes 1 MB of memory and a thread while there is something to read, so there are places for a few; further packages compute
 * nothing. {@link #update} and {@link #finish} not for use by several threads; {@link #giveUp} for any. Must be finished or given
 * up.
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
    private static final int BLOCK_BYTES = 1 << 20;

    /** A thread for each stretch: nothing is left behind when the sender never comes back. */
    private static final Executor THREADS = work -> {
        Thread thread = new Thread(work, "ingest-sm3");
        thread.setDaemon(true);
        thread.start();
    };

    private final Semaphore places;
    private final Path file;
    private final ByteBuffer head = ByteBuffer.allocate(HEAD).order(ByteOrder.LITTLE_ENDIAN);
    private final MessageDigest sm3 = Digest.Algorithm.SM3.start();
    /** First byte of the content and the one behind it, once the head has come. */
    private long from = -1;

    private long to;
    private long written;

    /** The stretch under way. Its writes to the next two are seen by whatever runs after it. */
    private CompletableFuture<Void> follower = CompletableFuture.completedFuture(null);

    private long digested;
    private volatile boolean givenUp;
    private boolean given;

    private ArrivingWacz(Semaphore places, Path file) {
        this.places = places;
        this.file = file;
    }

    /**
     * Null if there is no place.
     *
     * @param file where the package is written, from its first byte
     */
    static @Nullable ArrivingWacz begin(Semaphore places, Path file) {
        return places.tryAcquire() ? new ArrivingWacz(places, file) : null;
    }

    /** The next bytes of the package, which are in the file by now. */
    void update(byte[] bytes, int length) {
        if (givenUp) {
            return;
        }
        if (head.hasRemaining()) {
            head.put(bytes, 0, Math.min(head.remaining(), length));
            if (!head.hasRemaining() && !findContent()) {
                giveUp();
                return;
            }
        }
        written += length;
        if (from >= 0 && follower.isDone() && Math.min(written, to) - from - digested >= BLOCK_BYTES) {
            follow(Math.min(written, to));
        }
    }

    private void follow(long end) {
        follower = follower.thenRunAsync(() -> digest(end), THREADS);
    }

    private void digest(long end) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (from + digested < end && !givenUp) {
                block.clear().limit((int) Math.min(BLOCK_BYTES, end - from - digested));
                int count = in.read(block, from + digested);
                if (count < 0) {
                    throw new IOException(file + " is shorter than what was written");
                }
                sm3.update(block.array(), 0, count);
                digested += count;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the content begins and ends in the file; false if this is no WACZ of the canonical form. */
    private boolean findContent() {
        int nameLength = head.getShort(HEADER + 26);
        int extraLength = head.getShort(HEADER + 28);
        String name = new String(head.array(), HEADER + FIXED, NAME, StandardCharsets.ISO_8859_1);
        long size = Integer.toUnsignedLong(head.getInt(HEADER + 22));
        if (nameLength != NAME || !name.equals(AsicNames.WACZ)) {
            return false;
        }
        long begin;
        if (extraLength == 0 && size != IN_EXTRA) {
            begin = HEAD - ZIP64_EXTRA;
        } else if (extraLength == ZIP64_EXTRA && size == IN_EXTRA) {
            begin = HEAD;
            size = head.getLong(HEADER + FIXED + NAME + 4);
        } else {
            return false;
        }
        if (size < 0 || size > Long.MAX_VALUE - begin) {
            return false;
        }
        to = begin + size;
        from = begin;
        return true;
    }

    /** Whether all of the WACZ has come, so that {@link #finish} can say what it hashes to. */
    boolean isWhole() {
        return !givenUp && from >= 0 && written >= to;
    }

    /**
     * Waits for the rest. Asked once, after the last byte.
     *
     * @return SM3 of the WACZ, 64 lower-case hex digits; empty if it did not come whole
     * @throws IOException if the file cannot be read
     */
    Optional<String> finish() throws IOException {
        try {
            if (!isWhole()) {
                return Optional.empty();
            }
            follow(to);
            follower.join();
            return Optional.of(
                    Digest.ofBytes(Digest.Algorithm.SM3, sm3.digest()).hex());
        } catch (CompletionException e) {
            throw new IOException("SM3 of an arriving package", e.getCause());
        } finally {
            giveUp();
        }
    }

    /** Lets others have the place. May be called again. */
    synchronized void giveUp() {
        givenUp = true;
        if (!given) {
            given = true;
            places.release();
        }
    }
}
