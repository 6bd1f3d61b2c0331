package org.tiezheng.verifier;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;

/**
 * What the package says about itself, and what of it was proved. Texts that come from the package are
 * hostile: escape them before printing ({@code Printable}).
 *
 * @param fileName name of the file, without folders
 * @param sizeBytes size of the file
 * @param packageId {@code id} of capture.json, if that could be read
 * @param waczSha256 computed digest of {@code wacz/capture.wacz}: the identity of the package
 * @param waczSm3 computed SM3 digest of the same bytes; null unless asked for
 * @param after genTime of the token over the nonce in capture.json: the capture was made after it
 * @param before genTime of the earliest validated seal token, else of the earliest one
 * @param targetUrl address the capture was asked for
 * @param completeness the capture's own verdict on its completeness, such as {@code COMPLETE}
 * @param completenessReasons codes of the reasons, at most 50
 * @param tokens all time-stamp tokens that could be parsed
 * @param signer subject of the signing certificate
 * @param signatureAnchor subject of the anchor the signer's path ends in; null if none
 */
public record Facts(
        String fileName,
        long sizeBytes,
        @Nullable String packageId,
        @Nullable Digest waczSha256,
        @Nullable Digest waczSm3,
        @Nullable Bound after,
        @Nullable Bound before,
        @Nullable String targetUrl,
        @Nullable String completeness,
        List<String> completenessReasons,
        List<Token> tokens,
        @Nullable String signer,
        @Nullable String signatureAnchor) {

    public Facts {
        completenessReasons = List.copyOf(completenessReasons);
        tokens = List.copyOf(tokens);
    }

    /**
     * One end of the time bracket.
     *
     * @param proved whether every check of the token was VALID; if not, the time is only claimed
     */
    public record Bound(Instant genTime, boolean proved) {}

    /**
     * A time-stamp token.
     *
     * @param subject member that holds it, as in findings
     * @param genTime time in the token
     * @param authority subject of the TSA certificate, or empty if the token carries none
     * @param anchor subject of the trust anchor its path ends in; null if there is none
     * @param embedded whether the certificate marks itself as one of an embedded authority
     * @param verdict worst of the token's checks
     */
    public record Token(
            String subject,
            Instant genTime,
            String authority,
            @Nullable String anchor,
            boolean embedded,
            Verdict verdict) {}
}
