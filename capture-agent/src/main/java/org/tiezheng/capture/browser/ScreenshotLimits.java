package org.tiezheng.capture.browser;

/**
 * Sizes of full-page screenshots, in device pixels.
 *
 * @param singleHeight highest page taken as one image
 * @param tileHeight height of a tile above that
 * @param maxHeight the page is cut there
 * @param maxWidth the page is cut there
 */
public record ScreenshotLimits(int singleHeight, int tileHeight, int maxHeight, int maxWidth) {
    public static final ScreenshotLimits DEFAULT = new ScreenshotLimits(16_000, 8_000, 60_000, 3_840);

    public ScreenshotLimits {
        if (singleHeight < 100 || tileHeight < 100 || maxHeight < 100 || maxWidth < 100) {
            throw new IllegalArgumentException("limits below 100 pixels");
        }
    }
}
