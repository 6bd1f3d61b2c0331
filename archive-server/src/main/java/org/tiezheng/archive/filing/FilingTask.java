package org.tiezheng.archive.filing;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import tools.jackson.databind.JsonNode;

/**
 * Work that takes long.
 *
 * @param title for people: what was chosen
 * @param node the one server whose disk has the bytes; null: any
 * @param done packages that are at their end, of {@code total}
 * @param doneBytes of {@code totalBytes}, 0 of 0 where nothing is counted in bytes
 * @param attempts how often it was begun again after a fault or a crash
 * @param requestedBy without address and session
 */
public record FilingTask(
        UUID id,
        Kind kind,
        State state,
        String title,
        JsonNode parameters,
        @Nullable String node,
        int done,
        int total,
        long doneBytes,
        long totalBytes,
        int attempts,
        @Nullable String cancelledByName,
        @Nullable String failure,
        Actor requestedBy,
        Instant createdAt,
        @Nullable Instant finishedAt) {
    /** What is done. */
    public enum Kind {
        /** Check, and file what may be filed. */
        FILE,
        /** Check only. */
        CHECK,
        /** Make a package for another archive. */
        EXPORT,
        /** Take in a package of another archive. */
        IMPORT
    }

    /** How far it is. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        public boolean isFinal() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }

    /** 0 to 100. */
    public int percent() {
        if (state == State.DONE) {
            return 100;
        }
        if (totalBytes > 0) {
            return (int) Math.min(99, doneBytes * 100 / totalBytes);
        }
        return total == 0 ? 0 : Math.min(99, done * 100 / total);
    }
}
