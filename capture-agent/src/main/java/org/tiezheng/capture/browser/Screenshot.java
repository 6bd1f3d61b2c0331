package org.tiezheng.capture.browser;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole page as one image or as tiles from top to bottom.
 *
 * @param tiles in order; one when the page was small enough
 * @param manifest {@code screenshot-tiles.json}; null for a single image
 * @param width of the whole, device pixels
 * @param height of the whole, device pixels
 * @param pageHeight of the document, CSS pixels
 * @param cut the page was higher or wider than the limit: its rest is missing
 * @param deviceReset taking it had undone the device emulation, which was set again
 */
public record Screenshot(
        List<Tile> tiles,
        @Nullable StoredFile manifest,
        int width,
        int height,
        double pageHeight,
        boolean cut,
        boolean deviceReset) {

    /**
     * One image.
     *
     * @param stored the file
     * @param top offset from the top of the page, device pixels
     * @param width device pixels, as in the file's header
     * @param height device pixels, as in the file's header
     */
    public record Tile(StoredFile stored, int top, int width, int height) {}

    public Screenshot {
        tiles = List.copyOf(tiles);
    }
}
