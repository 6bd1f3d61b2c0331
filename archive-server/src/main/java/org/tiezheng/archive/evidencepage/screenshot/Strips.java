package org.tiezheng.archive.evidencepage.screenshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a picture into strips over its whole width, at full size and at every half of that, in one pass from top to bottom.
 *
 * <p>Strip {@code n} of level {@code l} holds rows {@code n * ROWS} onwards of the picture at {@code 1 / 2^l} of its size;
 * files are called {@code l-n.png}. Memory: two rows and one compressed strip for each level.
 */
final class Strips {
    /** Rows of a strip; the last one of a level has fewer. */
    static final int ROWS = 512;

    private Strips() {}

    /** One PNG file of the picture. */
    interface Source {
        InputStream open() throws IOException;
    }

    /** Told of each strip that is ready, in no particular order of levels. */
    interface Listener {
        void ready(int level, int strip);
    }

    /** How many levels a picture of this size has: the smallest fits a screen. */
    static int levels(int width, int height) {
        int levels = 1;
        long longer = Math.max(width, height);
        while (longer > 1024 && levels < 10) {
            longer = (longer + 1) / 2;
            levels++;
        }
        return levels;
    }

    /** Size at a level, pixels: halves, rounded up. */
    static int at(int level, int pixels) {
        int size = pixels;
        for (int i = 0; i < level; i++) {
            size = (size + 1) / 2;
        }
        return size;
    }

    /**
     * Cuts the picture made of {@code parts}, from top to bottom.
     *
     * @throws UnsupportedPictureException if a part is no PNG, or they do not make up {@code width} x {@code height}
     * @throws IOException if reading or writing fails
     */
    static void cut(List<Source> parts, int width, int height, Path folder, Listener listener)
            throws IOException, UnsupportedPictureException {
        Level first = null;
        List<Level> levels = new ArrayList<>();
        try {
            for (int l = levels(width, height) - 1; l >= 0; l--) {
                first = new Level(l, at(l, width), folder, listener, first);
                levels.add(first);
            }
            if (first == null) {
                throw new IllegalStateException("every picture has a level");
            }
            byte[] rgb = new byte[width * 3];
            int rows = 0;
            for (Source part : parts) {
                try (PngRows png = new PngRows(part.open())) {
                    if (png.width() != width || png.height() > height - rows) {
                        throw new UnsupportedPictureException("the parts of the picture do not join");
                    }
                    while (png.read(rgb)) {
                        first.add(rgb);
                        rows++;
                    }
                }
            }
            if (rows != height) {
                throw new UnsupportedPictureException("the picture has " + rows + " rows instead of " + height);
            }
            first.end();
        } finally {
            levels.forEach(level -> level.packer.end());
        }
    }

    private static final class Level {
        private final int level;
        private final int width;
        private final Path folder;
        private final Listener listener;
        private final @Nullable Level smaller;
        private final Deflater packer = new Deflater(3);
        private final byte[] kept;
        private final byte[] half;
        private PngStrip strip;
        private boolean keeping;
        private int strips;

        Level(int level, int width, Path folder, Listener listener, @Nullable Level smaller) {
            this.level = level;
            this.width = width;
            this.folder = folder;
            this.listener = listener;
            this.smaller = smaller;
            kept = new byte[width * 3];
            half = new byte[(width + 1) / 2 * 3];
            strip = new PngStrip(width, packer);
        }

        void add(byte[] rgb) throws IOException {
            strip.add(rgb);
            if (strip.rows() == ROWS) {
                flush();
            }
            if (smaller == null) {
                return;
            }
            if (keeping) {
                halve(kept, rgb);
                smaller.add(half);
                keeping = false;
            } else {
                System.arraycopy(rgb, 0, kept, 0, width * 3);
                keeping = true;
            }
        }

        /** Each pixel of {@code half} is the mean of four. */
        private void halve(byte[] upper, byte[] lower) {
            for (int x = 0, to = 0; x < width; x += 2) {
                int a = x * 3;
                int b = x + 1 < width ? a + 3 : a;
                for (int c = 0; c < 3; c++) {
                    half[to++] = (byte) (((upper[a + c] & 0xff)
                                    + (upper[b + c] & 0xff)
                                    + (lower[a + c] & 0xff)
                                    + (lower[b + c] & 0xff)
                                    + 2)
                            >> 2);
                }
            }
        }

        void end() throws IOException {
            if (strip.rows() > 0) {
                flush();
            }
            if (smaller != null) {
                if (keeping) {
                    halve(kept, kept);
                    smaller.add(half);
                }
                smaller.end();
            }
        }

        private void flush() throws IOException {
            strip.finish(folder.resolve(level + "-" + strips + ".png"));
            listener.ready(level, strips);
            strips++;
            strip = new PngStrip(width, packer);
        }
    }
}
