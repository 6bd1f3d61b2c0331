package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * Bounds of a screen video.
 *
 * @param length filming stops after this
 * @param frameGap at least this long between frames, so 100 ms is at most 10 a second
 * @param frameBytes of all frames on disk; filming stops there
 * @param maxWidth of a frame in pixels, larger windows are scaled down
 * @param maxHeight of a frame in pixels
 */
public record VideoLimits(Duration length, Duration frameGap, long frameBytes, int maxWidth, int maxHeight) {
    public static final VideoLimits DEFAULT =
            new VideoLimits(Duration.ofSeconds(60), Duration.ofMillis(100), 256L << 20, 1280, 1280);

    public VideoLimits {
        if (frameGap.isNegative() || length.isNegative() || length.isZero()) {
            throw new IllegalArgumentException("a time below zero");
        }
    }

    public VideoLimits withLength(Duration newLength) {
        return new VideoLimits(newLength, frameGap, frameBytes, maxWidth, maxHeight);
    }
}
