package org.tiezheng.evidence.log;

import java.util.Locale;

/**
 * Name of a tile: up to {@value #WIDTH} hashes of one level, or entries. Source: C2SP tlog-tiles v0.1.0, "Merkle Tree" and
 * "Log entries".
 *
 * @param level of the tree in steps of eight; {@value #ENTRIES} for a bundle of entries
 * @param index from the left, from 0
 * @param width how many it holds, 1 to {@value #WIDTH}; a full one is never written again
 */
public record Tile(int level, long index, int width) {
    public static final int HEIGHT = 8;
    public static final int WIDTH = 1 << HEIGHT;
    public static final int ENTRIES = -1;

    public Tile {
        if (level < ENTRIES || level > 7 || index < 0 || width < 1 || width > WIDTH) {
            throw new IllegalArgumentException("no tile: level " + level + ", index " + index + ", width " + width);
        }
    }

    public boolean isFull() {
        return width == WIDTH;
    }

    /** {@code tile/0/x001/x234/067}, {@code tile/entries/003.p/17}: below the log's prefix. */
    public String path() {
        StringBuilder number = new StringBuilder(String.format(Locale.ROOT, "%03d", index % 1000));
        for (long rest = index / 1000; rest > 0; rest /= 1000) {
            number.insert(0, String.format(Locale.ROOT, "x%03d/", rest % 1000));
        }
        return "tile/" + (level == ENTRIES ? "entries" : Integer.toString(level)) + "/" + number
                + (isFull() ? "" : ".p/" + width);
    }
}
