package org.tiezheng.archive.jobs;

import org.jspecify.annotations.Nullable;

/**
 * What can be said about a capture in a request or a form, besides its address; what is missing is as usual.
 *
 * @param profile {@code desktop} unless given
 * @param language {@code zh-CN} unless given
 * @param videoSeconds 60 unless given, 0 for no video
 * @param timeoutSeconds 180 unless given
 * @param secondOfficer account of the second officer
 * @param priority 5 unless given
 */
record SubmissionRequest(
        @Nullable String profile,
        @Nullable String language,
        @Nullable Integer videoSeconds,
        @Nullable Integer timeoutSeconds,
        @Nullable String clueNo,
        @Nullable String caseNo,
        @Nullable String purpose,
        @Nullable String factToProve,
        @Nullable String shop,
        @Nullable String platform,
        @Nullable String secondOfficer,
        @Nullable Integer priority) {

    /** @throws JobRefused if a value is out of its range */
    Submission submission() {
        return new Submission(
                new CaptureOptions(
                        or(profile, "desktop"),
                        or(language, "zh-CN"),
                        videoSeconds == null ? 60 : videoSeconds,
                        timeoutSeconds == null ? 180 : timeoutSeconds),
                context(),
                secondOfficer,
                priority == null ? Submission.USUAL : priority);
    }

    CaptureContext context() {
        return new CaptureContext(clueNo, caseNo, purpose, factToProve, shop, platform);
    }

    /** What a schedule says, to be changed in a form. */
    static SubmissionRequest of(Schedule schedule) {
        CaptureOptions options = schedule.options();
        CaptureContext context = schedule.context();
        return new SubmissionRequest(
                options.profile(),
                options.language(),
                options.videoSeconds(),
                options.timeoutSeconds(),
                context.clueNo(),
                context.caseNo(),
                context.purpose(),
                context.factToProve(),
                context.shop(),
                context.platform(),
                schedule.secondOfficer(),
                schedule.priority());
    }

    private static String or(@Nullable String value, String usual) {
        return value == null || value.isBlank() ? usual : value.strip();
    }
}
