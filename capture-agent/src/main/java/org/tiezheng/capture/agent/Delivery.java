package org.tiezheng.capture.agent;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.Digest;

/**
 * Brings one package to the server, however often the connection, the server or we break: each try asks the server where
 * it stands and goes on from there. The server knows the package by its SHA-256, so a try that repeats another does no
 * harm. Used by one thread.
 */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final int LARGEST_CHUNK = 8 << 20;
    private static final int SMALLEST_CHUNK = 64 << 10;
    private static final Duration FIRST_POLL = Duration.ofMillis(250);
    private static final Duration LAST_POLL = Duration.ofSeconds(5);

    private final ArchiveClient client;
    private final Semaphore lines;
    private final Pauses pauses;
    private int chunk = LARGEST_CHUNK;

    /** @param lines uploads at a time, of all deliveries together */
    Delivery(ArchiveClient client, Semaphore lines, Pauses pauses) {
        this.client = client;
        this.lines = lines;
        this.pauses = pauses;
    }

    /**
     * What the server did with the package.
     *
     * @param detail evidence id if ARCHIVED, otherwise what the server said; null if nothing
     */
    record Result(ArchiveClient.UploadState state, @Nullable String detail) {}

    /**
     * One try.
     *
     * @param progress hears the bytes the server has
     * @throws ArchiveException if the server did not take it; see its kinds
     * @throws IOException if {@code file} cannot be read or is not as long as {@code sizeBytes}
     */
    Result tryOnce(long jobId, long epoch, Path file, long sizeBytes, Digest sha256, LongConsumer progress)
            throws IOException, InterruptedException {
        lines.acquire();
        try {
            ArchiveClient.Begun begun =
                    client.beginUpload(jobId, epoch, file.getFileName().toString(), sizeBytes, sha256);
            String id = begun.uploadId();
            if (begun.evidenceId() != null) {
                return new Result(ArchiveClient.UploadState.ARCHIVED, begun.evidenceId());
            }
            if (id == null) {
                throw new ArchiveException.Unavailable("an upload without uploadId", null, null);
            }
            // An upload of an earlier try may be past its bytes already.
            ArchiveClient.UploadStatus before = client.uploadStatus(id);
            if (before.state().isEnd()) {
                return result(before);
            }
            if (before.state() == ArchiveClient.UploadState.RECEIVING) {
                send(id, file, client.uploadOffset(id), sizeBytes, progress);
                client.complete(id);
            }
            progress.accept(sizeBytes);
            return await(id);
        } finally {
            lines.release();
        }
    }

    private void send(String id, Path file, long from, long sizeBytes, LongConsumer progress)
            throws IOException, InterruptedException {
        long offset = from;
        int standing = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != sizeBytes) {
                throw new IOException(file + " has " + channel.size() + " bytes, not " + sizeBytes);
            }
            while (offset < sizeBytes) {
                progress.accept(offset);
                byte[] bytes = read(channel, offset, (int) Math.min(chunk, sizeBytes - offset));
                long next;
                try {
                    next = client.send(id, offset, bytes);
                    chunk = Math.min(chunk * 2, LARGEST_CHUNK);
                } catch (ArchiveException.Unavailable e) {
                    // A slow line: the next try sends less at once.
                    chunk = Math.max(chunk / 4, SMALLEST_CHUNK);
                    throw e;
                }
                if (next < 0 || next > sizeBytes) {
                    throw new ArchiveException.Unavailable("Upload-Offset " + next + " of " + sizeBytes, null, null);
                }
                standing = next > offset ? 0 : standing + 1;
                if (standing > 3) {
                    throw new ArchiveException.Unavailable("the upload stands still at " + next, null, null);
                }
                offset = next;
            }
        }
    }

    private static byte[] read(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException("the package became shorter while it was sent");
            }
        }
        return buffer.array();
    }

    /** Verifying and storing 5 GB takes minutes; as long as the server says it is at it, wait. */
    private Result await(String id) throws ArchiveException, InterruptedException {
        Duration pause = FIRST_POLL;
        while (true) {
            ArchiveClient.UploadStatus now = client.uploadStatus(id);
            if (now.state().isEnd()) {
                return result(now);
            }
            if (now.state() == ArchiveClient.UploadState.RECEIVING) {
                // The server restarted between our last byte and complete.
                LOG.info("upload {} was not complete after all", id);
                client.complete(id);
            }
            pauses.sleep(pause);
            pause = pause.multipliedBy(3).dividedBy(2);
            pause = pause.compareTo(LAST_POLL) > 0 ? LAST_POLL : pause;
        }
    }

    private static Result result(ArchiveClient.UploadStatus status) {
        return new Result(status.state(), status.evidenceId() == null ? status.detail() : status.evidenceId());
    }

    /** Sleeping; tests and shutdown may shorten it. */
    @FunctionalInterface
    interface Pauses {
        void sleep(Duration time) throws InterruptedException;

        static Pauses real() {
            return time -> TimeUnit.MILLISECONDS.sleep(time.toMillis());
        }
    }
}
