package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * Where scrolling ends at the latest.
 *
 * @param maxPixels CSS pixels from the top
 * @param maxTime for the whole step
 * @param pause after each 0.8 viewports
 */
public record ScrollBounds(int maxPixels, Duration maxTime, Duration pause) {
    public static final ScrollBounds DEFAULT = new ScrollBounds(60_000, Duration.ofSeconds(20), Duration.ofMillis(80));
}
