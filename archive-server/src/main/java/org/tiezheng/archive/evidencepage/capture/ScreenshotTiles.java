package org.tiezheng.archive.evidencepage.capture;

import static org.tiezheng.archive.evidencepage.capture.ViewJson.list;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code evidence/screenshot-tiles.json}: the PNG files a long page was shot in, from top to bottom.
 *
 * @param cut whether the page went on below the last tile
 */
public record ScreenshotTiles(int width, int height, boolean cut, List<Tile> tiles) {
    public static final String PATH = "evidence/screenshot-tiles.json";
    private static final Pattern NAME = Pattern.compile("screenshot-[0-9]{3}\\.png");

    public ScreenshotTiles(int width, int height, boolean cut, @Nullable List<Tile> tiles) {
        this.width = width;
        this.height = height;
        this.cut = cut;
        this.tiles = list(tiles, 999);
    }

    /** One file; {@code top} is its first row in the whole picture. */
    public record Tile(String file, int top, int width, int height) {
        public Tile {
            file = ViewJson.text(file);
        }
    }

    /** Reads screenshot-tiles.json; closes {@code in}. */
    public static ScreenshotTiles read(InputStream in) throws UnreadableFileException, IOException {
        ScreenshotTiles read = ViewJson.read(in, "screenshot-tiles.json", ScreenshotTiles.class);
        int top = 0;
        for (Tile tile : read.tiles) {
            if (!NAME.matcher(tile.file()).matches()
                    || tile.top() != top
                    || tile.height() < 1
                    || tile.width() != read.width) {
                throw new UnreadableFileException("screenshot-tiles.json: the tiles do not join");
            }
            top = Math.addExact(top, Math.min(tile.height(), 1 << 20));
        }
        if (read.tiles.isEmpty() || top != read.height) {
            throw new UnreadableFileException("screenshot-tiles.json: the tiles are not the whole picture");
        }
        return read;
    }
}
