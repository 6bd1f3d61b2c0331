package org.tiezheng.archive.filing.aip;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One package of an archival package, with all that is said of it: what eep.xml holds.
 *
 * @param file its bytes, {@code data/<id>.asice}
 * @param elements DA/T 46 elements by their Chinese names, in order
 * @param retentionYears null: for ever
 * @param links by kind: CASE, CLUE, FACT, SHOP, PLATFORM, PURPOSE
 * @param officers who confirmed
 * @param reportName file of the check's report in the package; null if there is none
 */
public record AipItem(
        UUID evidenceId,
        AipFile file,
        String waczSha256,
        String waczSm3,
        String archivalCode,
        String fondsNo,
        @Nullable AipVolume volume,
        String category,
        String organisation,
        int year,
        int itemNo,
        String retentionClass,
        @Nullable Integer retentionYears,
        String title,
        String responsible,
        LocalDate documentDate,
        String documentType,
        @Nullable String pageNo,
        @Nullable String reason,
        Instant filedAt,
        String filedByName,
        Map<String, String> elements,
        Map<String, String> links,
        List<Officer> officers,
        @Nullable String reportName) {
    public AipItem {
        elements = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(elements));
        links = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(links));
        officers = List.copyOf(officers);
    }

    /** Who confirmed, as it was then. */
    public record Officer(String name, String unit, String certificateNo) {}

    /** A volume as the archive that made it named it. */
    public record AipVolume(String archivalCode, int volumeNo, String caseNo, String title) {}

    /** A file of the payload. */
    public record AipFile(String name, long sizeBytes, String sha256, String sha512) {}
}
