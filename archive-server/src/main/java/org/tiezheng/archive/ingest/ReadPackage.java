package org.tiezheng.archive.ingest;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceFile;

/**
 * What the catalogue needs of a package that was verified. Texts come from the package: signed, but not to be trusted as
 * text.
 *
 * @param sm3 of capture.wacz, as the sealed SM3SUMS lists it
 * @param capturedFrom begin of the first step of the capture
 * @param capturedTo end of the last one
 * @param officers names that the request carried when the agent got it
 * @param pageText beginning of the page's visible text; empty if the package has none
 */
record ReadPackage(
        UUID id,
        String sha256,
        String sm3,
        List<Member> members,
        List<EvidenceFile> files,
        String targetUrl,
        @Nullable String finalUrl,
        @Nullable String title,
        Instant capturedFrom,
        Instant capturedTo,
        @Nullable String caseNo,
        @Nullable String purpose,
        List<String> officers,
        String pageText) {

    ReadPackage {
        members = List.copyOf(members);
        files = List.copyOf(files);
        officers = List.copyOf(officers);
    }

    /**
     * A member of the container.
     *
     * @param offset first byte of the content in the package file
     * @param sm3 as SM3SUMS lists it
     */
    record Member(
            String name,
            long offset,
            long sizeBytes,
            long crc32,
            String sha256,
            @Nullable String sm3) {}

    /** Size of capture.wacz. */
    long waczBytes() {
        return members.stream()
                .filter(member -> member.name().equals(org.tiezheng.evidence.asic.AsicNames.WACZ))
                .findFirst()
                .orElseThrow()
                .sizeBytes();
    }
}
