package org.tiezheng.archive.jobs;

/**
 * How a page is to be captured, as far as the inspector chooses.
 *
 * @param profile name of a device profile of the agent: {@code desktop}, {@code laptop}, {@code phone}
 * @param language BCP 47 tag the shop is asked in
 * @param videoSeconds longest screen video, 0 to 600; 0 for none
 * @param timeoutSeconds for all steps of the capture, 10 to 3,600
 */
public record CaptureOptions(String profile, String language, int videoSeconds, int timeoutSeconds) {
    public static final int MOST_VIDEO_SECONDS = 600;

    /** @throws JobRefused if a value is out of its range */
    public CaptureOptions {
        if (!profile.matches("[a-z][a-z0-9-]{0,31}")) {
            throw new JobRefused(JobRefused.Code.OPTION, "profile");
        }
        if (!language.matches("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")) {
            throw new JobRefused(JobRefused.Code.OPTION, "language");
        }
        if (videoSeconds < 0 || videoSeconds > MOST_VIDEO_SECONDS) {
            throw new JobRefused(JobRefused.Code.OPTION, "videoSeconds");
        }
        if (timeoutSeconds < 10 || timeoutSeconds > 3_600) {
            throw new JobRefused(JobRefused.Code.OPTION, "timeoutSeconds");
        }
    }
}
