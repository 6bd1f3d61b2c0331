package org.tiezheng.archive.evidencepage.screenshot;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.tiezheng.evidence.png.PngData;
import org.tiezheng.evidence.png.PngHeader;

/**
 * Reads a PNG row by row with two rows of memory: 8 bits a channel, grey or RGB with or without alpha, not interlaced,
 * which is what browsers' screenshots are. Alpha is dropped. Source: W3C PNG, sections 5, 9 and 11.
 *
 * <p>Hostile bytes end in an {@link UnsupportedPictureException}; a picture says its size first, so a bomb is refused unread.
 */
final class PngRows implements Closeable {
    static final int MAX_WIDTH = 16_384;
    static final int MAX_HEIGHT = 200_000;

    private final DataInputStream in;
    private final int width;
    private final int height;
    private final int channels;
    private final Inflater inflater = new Inflater();
    private final InputStream pixels;
    private byte[] row;
    private byte[] above;
    private int next;

    /** Reads the header; {@code png} is closed with this. */
    PngRows(InputStream png) throws IOException, UnsupportedPictureException {
        in = new DataInputStream(new BufferedInputStream(png, 1 << 16));
        try {
            PngHeader header = PngHeader.read(in).orElseThrow(() -> new UnsupportedPictureException("not a PNG"));
            width = header.width();
            height = header.height();
            channels = header.channels();
            if (width < 1 || width > MAX_WIDTH || height < 1 || height > MAX_HEIGHT) {
                throw new UnsupportedPictureException("a picture of " + width + " x " + height);
            }
            if (header.bitDepth() != 8
                    || channels == 0
                    || header.compression() != 0
                    || header.filter() != 0
                    || header.interlace() != 0) {
                throw new UnsupportedPictureException("a PNG of another kind");
            }
        } catch (EOFException e) {
            throw new UnsupportedPictureException("not a PNG");
        }
        row = new byte[1 + width * channels];
        above = new byte[1 + width * channels];
        pixels = new InflaterInputStream(new PngData(in), inflater, 1 << 16);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /**
     * Reads the next row.
     *
     * @param rgb gets red, green, blue of each pixel, from index 0
     * @return false behind the last row
     */
    boolean read(byte[] rgb) throws IOException, UnsupportedPictureException {
        if (next == height) {
            return false;
        }
        byte[] swap = above;
        above = row;
        row = swap;
        try {
            if (pixels.readNBytes(row, 0, row.length) != row.length) {
                throw new UnsupportedPictureException("the PNG ends after " + next + " rows");
            }
        } catch (EOFException | ZipException e) {
            throw new UnsupportedPictureException("the PNG is damaged after " + next + " rows");
        }
        unfilter();
        next++;
        if (channels == 3) {
            System.arraycopy(row, 1, rgb, 0, width * 3);
        } else {
            boolean grey = channels < 3;
            for (int x = 0, from = 1, to = 0; x < width; x++, from += channels, to += 3) {
                rgb[to] = row[from];
                rgb[to + 1] = row[grey ? from : from + 1];
                rgb[to + 2] = row[grey ? from : from + 2];
            }
        }
        return true;
    }

    private void unfilter() throws UnsupportedPictureException {
        byte[] now = row;
        byte[] up = above;
        if (next == 0) {
            java.util.Arrays.fill(up, (byte) 0);
        }
        switch (now[0]) {
            case 0 -> {
                // as it is
            }
            case 1 -> {
                for (int i = 1 + channels; i < now.length; i++) {
                    now[i] += now[i - channels];
                }
            }
            case 2 -> {
                for (int i = 1; i < now.length; i++) {
                    now[i] += up[i];
                }
            }
            case 3 -> {
                for (int i = 1; i < now.length; i++) {
                    int left = i > channels ? now[i - channels] & 0xff : 0;
                    now[i] += (byte) ((left + (up[i] & 0xff)) / 2);
                }
            }
            case 4 -> {
                for (int i = 1; i < now.length; i++) {
                    int left = i > channels ? now[i - channels] & 0xff : 0;
                    int corner = i > channels ? up[i - channels] & 0xff : 0;
                    now[i] += (byte) paeth(left, up[i] & 0xff, corner);
                }
            }
            default -> throw new UnsupportedPictureException("the PNG has an unknown filter");
        }
    }

    private static int paeth(int left, int up, int corner) {
        int p = left + up - corner;
        int toLeft = Math.abs(p - left);
        int toUp = Math.abs(p - up);
        int toCorner = Math.abs(p - corner);
        if (toLeft <= toUp && toLeft <= toCorner) {
            return left;
        }
        return toUp <= toCorner ? up : corner;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
