package org.tiezheng.archive.jobs;

import org.jspecify.annotations.Nullable;

/**
 * What a capture is for. All of it may be missing and be linked later; blank is the same as missing.
 *
 * @param clueNo number of the clue (线索), at most 100 characters
 * @param caseNo number of the case (案件), at most 100
 * @param purpose why the page is captured (事由), at most 1,000
 * @param factToProve 证明对象, at most 1,000
 * @param shop name of the shop, at most 200
 * @param platform name of the platform, at most 200
 */
public record CaptureContext(
        @Nullable String clueNo,
        @Nullable String caseNo,
        @Nullable String purpose,
        @Nullable String factToProve,
        @Nullable String shop,
        @Nullable String platform) {
    public static final CaptureContext NONE = new CaptureContext(null, null, null, null, null, null);

    /** @throws JobRefused if a text is too long or holds control characters */
    public CaptureContext {
        clueNo = text("clueNo", clueNo, 100);
        caseNo = text("caseNo", caseNo, 100);
        purpose = text("purpose", purpose, 1_000);
        factToProve = text("factToProve", factToProve, 1_000);
        shop = text("shop", shop, 200);
        platform = text("platform", platform, 200);
    }

    private static @Nullable String text(String field, @Nullable String value, int most) {
        if (value == null || value.isBlank()) {
            return null;
        }
        String text = value.strip();
        if (text.length() > most
                || text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')) {
            throw new JobRefused(JobRefused.Code.TEXT, field);
        }
        return text;
    }
}
