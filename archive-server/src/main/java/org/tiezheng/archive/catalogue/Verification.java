package org.tiezheng.archive.catalogue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;

/**
 * A verification of archived evidence on this server, under way or done.
 *
 * @param options {@code sm3}, {@code deep}
 * @param bytesRead so far; of another server's as of its last word, some seconds old
 * @param verdict if DONE
 * @param report if DONE: JSON as the verifier prints it
 * @param failure if FAILED: what stood in the way; says nothing about the evidence
 */
public record Verification(
        UUID id,
        UUID evidenceId,
        State state,
        String requestedByName,
        List<String> options,
        Instant startedAt,
        @Nullable Instant finishedAt,
        long bytesTotal,
        long bytesRead,
        @Nullable Verdict verdict,
        @Nullable String report,
        @Nullable String failure) {

    /** How it stands. */
    public enum State {
        RUNNING,
        DONE,
        CANCELLED,
        FAILED
    }

    /**
     * One thing a check saw.
     *
     * @param code of the format, such as {@code M03}
     */
    public record Check(String code, Verdict verdict, String subject, Map<String, String> details) {}

    public Verification {
        options = List.copyOf(options);
    }

    /** Whole per cent of the bytes. */
    public int percent() {
        return state == State.DONE ? 100 : (int) (bytesTotal == 0 ? 0 : bytesRead * 100 / bytesTotal);
    }
}
