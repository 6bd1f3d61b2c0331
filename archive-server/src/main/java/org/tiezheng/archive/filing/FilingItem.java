package org.tiezheng.archive.filing;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One package of a task.
 *
 * @param reason stable word, then more; null where the state says it all
 * @param runId the check that was made of it
 * @param uploadId how it came in, of an import
 * @param sizeBytes to {@code tag}: of {@code <id>.asice} in a package for another archive; null until they are known
 * @param tag of the exported bytes, {@code EvidenceExport.Exported.tag}
 */
public record FilingItem(
        UUID taskId,
        int position,
        UUID evidenceId,
        State state,
        @Nullable String reason,
        @Nullable UUID runId,
        @Nullable UUID uploadId,
        @Nullable Long sizeBytes,
        @Nullable String sha256,
        @Nullable String sha512,
        @Nullable Long crc32,
        @Nullable String tag) {
    private static final int MAX_REASON = 1000;

    /** The same package, further on; a reason that is too long for its column is cut. */
    FilingItem at(State now, @Nullable String why, @Nullable UUID run) {
        return new FilingItem(
                taskId,
                position,
                evidenceId,
                now,
                why == null || why.length() <= MAX_REASON ? why : why.substring(0, MAX_REASON),
                run,
                uploadId,
                sizeBytes,
                sha256,
                sha512,
                crc32,
                tag);
    }

    /** How far it is. */
    public enum State {
        QUEUED,
        /** It has its archival code. */
        FILED,
        /** The check does not let it be filed. */
        BLOCKED,
        /** A person has to answer, or to give a reason. */
        OPEN,
        /** It may not be filed: {@code reason} is a {@link Filing.Refusal}. */
        REFUSED,
        /** Checked, and nothing more was asked for. */
        CHECKED,
        /** A fault of ours; see {@code reason}. */
        FAILED,
        /** Its bytes were read and their digests are known. */
        READY,
        /** On its way through ingest. */
        SENT,
        /** Not taken in: {@code reason} names what stands against it. */
        CONFLICT,
        /** The archive has it already, under this code. */
        PRESENT,
        CANCELLED
    }
}
