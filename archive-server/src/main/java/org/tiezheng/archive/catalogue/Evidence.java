package org.tiezheng.archive.catalogue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;

/**
 * One archived package, as the catalogue knows it. Texts that come from the package (addresses, title) are hostile: escape
 * them.
 *
 * @param id of capture.json
 * @param number order of archiving, never reused
 * @param jobId null if no job of this server stands behind it
 * @param sha256 of capture.wacz: the identity of the package
 * @param sm3 of capture.wacz
 * @param sizeBytes of capture.wacz
 * @param packageSha256 of the whole {@code <id>.asice} as it arrived, and as it is given out
 * @param packageBytes size of the whole {@code <id>.asice}
 * @param targetUrl address the capture was asked for
 * @param finalUrl address that was reached; null if none was
 * @param capturedFrom first step of the capture by the agent's clock, UTC
 * @param sealedAt time of the earliest seal token; null if the package has none that could be read
 * @param completeness {@code COMPLETE}, {@code PARTIAL}, {@code BLOCKED}, {@code LOGIN_REQUIRED}, {@code EMPTY} or {@code FAILED}
 * @param completenessReasons codes, see docs/capture.md
 * @param verdict of the latest verification on this server
 * @param embeddedAuthority whether signature or time-stamps rest on a root that the operator runs himself
 * @param automatic made by a schedule or batch; {@code reviewedAt} null then means that no person has looked yet
 * @param officerIds accounts that had a part in the capture
 * @param officerNames their names when they captured, in the same order
 * @param retainUntil end of the lock the objects were stored with, or of the longest one since
 * @param confirmedAt when the second of two distinct officers confirmed; null: does not count as complete
 * @param archivalCode under which it was filed (档号); null: not filed
 * @param held a legal hold is on it: nothing of it may be deleted
 * @param disposedAt when its objects were destroyed; null: they are there
 * @param disposalId the disposal that destroyed them
 * @param version grows with every change: the ETag
 */
public record Evidence(
        UUID id,
        long number,
        @Nullable Long jobId,
        Digest sha256,
        Digest sm3,
        long sizeBytes,
        Digest packageSha256,
        long packageBytes,
        String targetUrl,
        @Nullable String finalUrl,
        @Nullable String title,
        Instant capturedFrom,
        Instant capturedTo,
        @Nullable Instant sealedAt,
        Instant archivedAt,
        String completeness,
        List<String> completenessReasons,
        Verdict verdict,
        Instant verifiedAt,
        boolean embeddedAuthority,
        Origin origin,
        boolean automatic,
        @Nullable Instant reviewedAt,
        List<String> officerIds,
        List<String> officerNames,
        String archivedBy,
        String archivedByName,
        @Nullable String purpose,
        Instant retainUntil,
        @Nullable String clueNo,
        @Nullable String caseNo,
        @Nullable String factToProve,
        @Nullable String shop,
        @Nullable String platform,
        @Nullable Instant confirmedAt,
        @Nullable String archivalCode,
        boolean held,
        @Nullable Instant disposedAt,
        @Nullable UUID disposalId,
        long version) {

    /** How it came here. */
    public enum Origin {
        /** Captured by a job of this server. */
        JOB,
        /** Brought by a person. */
        UPLOAD,
        /** A result that came too late for its job, let in by a person. */
        ORPHAN
    }

    public Evidence {
        completenessReasons = List.copyOf(completenessReasons);
        officerIds = List.copyOf(officerIds);
        officerNames = List.copyOf(officerNames);
    }

    /** Name under which the package is given out. */
    public String fileName() {
        return id + ".asice";
    }

    /** An automatic capture that no person has looked at: may not be used in a decision. */
    public boolean awaitsReview() {
        return automatic && reviewedAt == null;
    }
}
