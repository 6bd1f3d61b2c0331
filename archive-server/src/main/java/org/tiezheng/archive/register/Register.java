package org.tiezheng.archive.register;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A register: what was asked for and what came of it.
 *
 * @param rowsDone packages written so far, of {@code rowsTotal}
 * @param failure why it failed last; null if it did not
 * @param entries of the log at its moment; null until it is DONE, and so the rest
 * @param events last number of the audit chain at its moment
 * @param sha256 of the file: what its entry in the log names
 */
public record Register(
        UUID id,
        long number,
        State state,
        String requestedByName,
        Instant requestedAt,
        long rowsDone,
        long rowsTotal,
        @Nullable Instant finishedAt,
        @Nullable String failure,
        @Nullable Long entries,
        @Nullable Long events,
        @Nullable String sha256,
        @Nullable Long sizeBytes) {
    /** Where it stands; names are keys of texts, {@code register.state.<name>}. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        public boolean isOpen() {
            return this == WAITING || this == RUNNING;
        }
    }

    /** Name of its file. */
    public String fileName() {
        return "register-" + number + ".jsonl.gz";
    }
}
