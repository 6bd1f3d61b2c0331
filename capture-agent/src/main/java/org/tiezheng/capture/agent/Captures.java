package org.tiezheng.capture.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/** Makes captures for the worker, from an address to a sealed package. Any thread may call. */
public interface Captures {

    /**
     * Captures one page and seals it. Takes minutes; every way it can end is a value.
     *
     * @param id of the capture and its package, {@code <out>/<id>.asice}; random, used for one capture only
     */
    Outcome capture(UUID id, JobRequest request, Path out, Watch watch);

    /** Ends a running capture as {@link Cancelled}, soon. No capture of that id: nothing happens. */
    void cancel(UUID id);

    /**
     * What became of a capture that was begun earlier, by this process or one that died: sealed if it waits for its seal.
     * May be called again at any time.
     *
     * @throws IOException if the disk failed; what there is stays as it is
     */
    Outcome finish(UUID id, Path out) throws IOException;

    /** Removes a capture that waits for its seal and is not wanted. A line in the capture log stays. */
    void discard(UUID id, String reason) throws IOException;

    /** Whether there is room for one more capture. @return null if so, otherwise what is lacking, in words */
    @Nullable
    String noRoom();

    /** How a capture ended. */
    sealed interface Outcome {}

    /**
     * The package is in its place.
     *
     * @param sha256 of the file, computed while it was written; null if that was done by a process that died
     */
    record Sealed(Path file, long sizeBytes, @Nullable Digest sha256) implements Outcome {}

    /** Complete, but no time-stamp authority answers: {@link #finish} tries again. */
    record Waiting(String reason) implements Outcome {}

    /** @param retryable whether another try, here or elsewhere, may end better */
    record Failed(String code, String reason, boolean retryable) implements Outcome {}

    record Cancelled() implements Outcome {}

    /** Hears how a capture goes on. Must return at once. */
    interface Watch {
        void started(String step);

        /** @param outcome {@code ok}, {@code timeout}, {@code error} or {@code skipped} */
        void ended(String step, Duration took, String outcome);

        /** @param bytes gives the bytes recorded so far, whenever asked */
        void traffic(LongSupplier bytes);

        /** @param jpeg the window now */
        void picture(byte[] jpeg);
    }
}
