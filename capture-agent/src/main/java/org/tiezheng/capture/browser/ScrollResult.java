package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * How scrolling went.
 *
 * @param reachedPixels lowest edge of the window that was seen, CSS pixels
 * @param heightBefore of the page, CSS pixels
 * @param heightAfter of the page, CSS pixels
 * @param steps of 0.8 viewports
 * @param end {@code BOTTOM}: the end of the page was seen; {@code PIXELS} or {@code TIME}: stopped at that bound
 * @param growing the page grew while we scrolled and was stopped at a bound: endless scrolling
 * @param element what scrolled: {@code document}, or the CSS path of an inner element on pages that scroll one
 * @param took how long it took
 */
public record ScrollResult(
        long reachedPixels,
        long heightBefore,
        long heightAfter,
        int steps,
        End end,
        boolean growing,
        String element,
        Duration took) {
    public enum End {
        BOTTOM,
        PIXELS,
        TIME
    }
}
