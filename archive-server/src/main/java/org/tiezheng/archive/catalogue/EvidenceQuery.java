package org.tiezheng.archive.catalogue;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;

/**
 * What to look for; every condition that is not null must hold. Texts are matched as {@link SearchWords} splits them: Chinese
 * anywhere in a run, other words from their beginning, without regard to case or width.
 *
 * @param text in title, addresses, page text and all links
 * @param clueNo exact
 * @param caseNo exact
 * @param factToProve words of it
 * @param shop words of it
 * @param platform words of it
 * @param address words of the asked or final address
 * @param officerId account that had a part in the capture
 * @param capturedFrom captures that began then or later
 * @param capturedTo captures that began before
 * @param completeness one of the words of {@link Evidence#completeness}
 * @param confirmed whether two officers have confirmed
 * @param awaitsReview automatic captures that no person has looked at, or all others
 * @param archivalCode how the archival code begins
 * @param filed whether it has an archival code
 * @param held whether a legal hold is on
 */
public record EvidenceQuery(
        @Nullable String text,
        @Nullable String clueNo,
        @Nullable String caseNo,
        @Nullable String factToProve,
        @Nullable String shop,
        @Nullable String platform,
        @Nullable String address,
        @Nullable String officerId,
        @Nullable Instant capturedFrom,
        @Nullable Instant capturedTo,
        @Nullable Verdict verdict,
        @Nullable String completeness,
        @Nullable Boolean confirmed,
        @Nullable Boolean awaitsReview,
        @Nullable String archivalCode,
        @Nullable Boolean filed,
        @Nullable Boolean held) {

    /** Without a condition on filing or holds. */
    public EvidenceQuery(
            @Nullable String text,
            @Nullable String clueNo,
            @Nullable String caseNo,
            @Nullable String factToProve,
            @Nullable String shop,
            @Nullable String platform,
            @Nullable String address,
            @Nullable String officerId,
            @Nullable Instant capturedFrom,
            @Nullable Instant capturedTo,
            @Nullable Verdict verdict,
            @Nullable String completeness,
            @Nullable Boolean confirmed,
            @Nullable Boolean awaitsReview) {
        this(
                text,
                clueNo,
                caseNo,
                factToProve,
                shop,
                platform,
                address,
                officerId,
                capturedFrom,
                capturedTo,
                verdict,
                completeness,
                confirmed,
                awaitsReview,
                null,
                null,
                null);
    }

    /** The same with conditions on filing: how the archival code begins, and whether there is one. */
    public EvidenceQuery filing(@Nullable String codeBegins, @Nullable Boolean isFiled) {
        return with(codeBegins, isFiled, held);
    }

    /** The same with a condition on legal holds. */
    public EvidenceQuery held(@Nullable Boolean isHeld) {
        return with(archivalCode, filed, isHeld);
    }

    private EvidenceQuery with(@Nullable String code, @Nullable Boolean isFiled, @Nullable Boolean isHeld) {
        return new EvidenceQuery(
                text,
                clueNo,
                caseNo,
                factToProve,
                shop,
                platform,
                address,
                officerId,
                capturedFrom,
                capturedTo,
                verdict,
                completeness,
                confirmed,
                awaitsReview,
                code,
                isFiled,
                isHeld);
    }

    /** Everything. */
    public static final EvidenceQuery ALL =
            new EvidenceQuery(null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** Only the text. */
    public static EvidenceQuery text(String text) {
        return new EvidenceQuery(text, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** Only what is linked to a case. */
    public static EvidenceQuery ofCase(String caseNo) {
        return new EvidenceQuery(null, null, caseNo, null, null, null, null, null, null, null, null, null, null, null);
    }
}
