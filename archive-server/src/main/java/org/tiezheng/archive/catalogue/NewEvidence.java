package org.tiezheng.archive.catalogue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;

/**
 * What {@link CatalogueWriter#insert} needs to know; fields as in {@link Evidence}.
 *
 * @param reportJson report of the verification, as the verifier prints it
 * @param pageText visible text of the page, for the search
 * @param links made at submission; recorded as the first links
 */
public record NewEvidence(
        UUID id,
        @Nullable Long jobId,
        String sha256,
        String sm3,
        long sizeBytes,
        String packageSha256,
        long packageBytes,
        String targetUrl,
        @Nullable String finalUrl,
        @Nullable String title,
        Instant capturedFrom,
        Instant capturedTo,
        @Nullable Instant sealedAt,
        String completeness,
        List<String> completenessReasons,
        Verdict verdict,
        Instant verifiedAt,
        boolean embeddedAuthority,
        String reportJson,
        Evidence.Origin origin,
        boolean automatic,
        List<String> officerIds,
        List<String> officerNames,
        @Nullable String purpose,
        Instant retainUntil,
        InitialLinks links,
        String pageText,
        List<EvidenceObject> objects,
        List<EvidenceFile> files) {

    /** Links that the job or the person who brought the package gave. */
    public record InitialLinks(
            @Nullable String clueNo,
            @Nullable String caseNo,
            @Nullable String factToProve,
            @Nullable String shop,
            @Nullable String platform) {
        public static final InitialLinks NONE = new InitialLinks(null, null, null, null, null);
    }

    public NewEvidence {
        completenessReasons = List.copyOf(completenessReasons);
        officerIds = List.copyOf(officerIds);
        officerNames = List.copyOf(officerNames);
        objects = List.copyOf(objects);
        files = List.copyOf(files);
    }
}
