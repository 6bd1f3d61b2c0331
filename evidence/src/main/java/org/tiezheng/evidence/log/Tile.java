package org.tiezheng.evidence.log;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern PATH =
            Pattern.compile("tile/(entries|[0-7])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/([1-9][0-9]{0,2}))?");

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

    /** The tile of that path; empty if it is none. */
    public static Optional<Tile> ofPath(String path) {
        Matcher parts = PATH.matcher(path);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int level = parts.group(1).equals("entries") ? ENTRIES : Integer.parseInt(parts.group(1));
        long index = Long.parseLong(parts.group(2).replaceAll("[x/]", ""));
        int width = parts.group(3) == null ? WIDTH : Integer.parseInt(parts.group(3));
        if (width > WIDTH) {
            return Optional.empty();
        }
        // One name for each tile: not x000/005, not .p/256.
        return Optional.of(new Tile(level, index, width))
                .filter(tile -> tile.path().equals(path));
    }
}
