package org.tiezheng.archive.ingest;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;

/**
 * A package on its way into the archive, as it is now.
 *
 * @param fileName as announced; for people, never for a path
 * @param sha256 of the whole file, as announced
 * @param offset bytes that are on disk for good
 * @param by who brings it, without address and session
 * @param report of the last verification, JSON as the verifier prints it; null before
 * @param packageId id of capture.json, once it could be read
 * @param evidenceId if ARCHIVED
 * @param reasonCode stable word, see {@link Ingest}: why it is kept apart or rejected
 * @param reason the same for people, in English; texts of the package in it are escaped
 * @param failure why the last attempt did not succeed, if that was a fault of ours; it is tried again at {@code retryAt}
 * @param decision what a person said when adopting or discarding it
 * @param retainUntil lock of its objects; null before they are stored
 */
public record Upload(
        UUID id,
        UploadState state,
        Source source,
        @Nullable Long jobId,
        @Nullable Long jobEpoch,
        String fileName,
        long sizeBytes,
        String sha256,
        long offset,
        Actor by,
        UploadContext context,
        @Nullable String verdict,
        @Nullable String report,
        @Nullable String packageId,
        @Nullable String waczSha256,
        @Nullable UUID evidenceId,
        @Nullable String reasonCode,
        @Nullable String reason,
        int attempts,
        @Nullable String failure,
        @Nullable Instant retryAt,
        @Nullable String decidedByName,
        @Nullable String decision,
        @Nullable Instant retainUntil,
        Instant createdAt,
        Instant changedAt) {

    /** Who brings a package. */
    public enum Source {
        /** An agent, as result of a job. */
        AGENT,
        /** A person. */
        PERSON,
        /** A person who lets in an orphan. */
        ADOPTION
    }
}
