package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * A finished screen video.
 *
 * @param video H.264 in MP4
 * @param frameList {@code screen-frames.json}: time, size and digest of every frame
 * @param frames that were encoded
 * @param length from the first frame to the end of filming
 * @param stopReason {@code asked}, or the bound that ended filming
 * @param codec as ffprobe says; "" without ffprobe
 * @param width as ffprobe says, pixels
 * @param height as ffprobe says, pixels
 * @param probedSeconds as ffprobe says; 0 without it
 * @param command that made it
 */
public record VideoResult(
        StoredFile video,
        StoredFile frameList,
        int frames,
        Duration length,
        String stopReason,
        String codec,
        int width,
        int height,
        double probedSeconds,
        String command) {}
