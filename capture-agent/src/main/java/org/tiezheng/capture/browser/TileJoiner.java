package org.tiezheng.capture.browser;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.InflaterInputStream;
import org.tiezheng.evidence.png.PngData;
import org.tiezheng.evidence.png.PngHeader;

/**
 * Joins the tiles of a full-page screenshot into one PNG, row by row, with a few rows of memory.
 *
 * <p>PNG rows are filtered against the row above (W3C PNG, section 9). Inside a tile that row is the same in the joined
 * image, so the filtered bytes are copied as they are; only the first row of a tile, which was filtered against
 * nothing, is written anew without a filter.
 */
public final class TileJoiner {
    private static final int MAX_WIDTH = 100_000;
    private static final int OUT_CHUNK_BYTES = 1 << 16;

    private TileJoiner() {}

    /**
     * Writes the joined image.
     *
     * @param tiles PNG files of equal width and pixel format, 8 bits per channel, from top to bottom
     * @throws IOException if a tile is not such a PNG, tiles differ, or reading or writing fails
     */
    public static void join(List<Path> tiles, OutputStream out) throws IOException {
        if (tiles.isEmpty()) {
            throw new IllegalArgumentException("no tiles");
        }
        PngHeader first = null;
        long height = 0;
        for (Path tile : tiles) {
            try (DataInputStream in = open(tile)) {
                PngHeader header = header(in, tile);
                if (first == null) {
                    first = header;
                } else if (!joins(first, header)) {
                    throw new IOException(tile.getFileName() + " is " + header + ", the first tile is " + first);
                }
                height += header.height();
            }
        }
        if (first == null || height > Integer.MAX_VALUE) {
            throw new IOException("joined image of " + height + " rows");
        }
        DataOutputStream data = new DataOutputStream(out);
        data.writeLong(PngHeader.SIGNATURE);
        writeChunk(data, "IHDR", ihdr(first, (int) height));
        Packer packer = new Packer(data);
        try {
            for (Path tile : tiles) {
                try (DataInputStream in = open(tile)) {
                    copyRows(in, tile, packer);
                }
            }
            packer.finish();
        } finally {
            packer.end();
        }
        writeChunk(data, "IEND", new byte[0]);
        data.flush();
    }

    private static DataInputStream open(Path tile) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(tile), 1 << 16));
    }

    private static PngHeader header(DataInputStream in, Path tile) throws IOException {
        PngHeader header = PngHeader.read(in).orElseThrow(() -> new IOException(tile.getFileName() + " is not a PNG"));
        if (header.width() < 1
                || header.width() > MAX_WIDTH
                || header.height() < 1
                || header.bitDepth() != 8
                || header.compression() != 0
                || header.filter() != 0
                || header.interlace() != 0) {
            throw new IOException(tile.getFileName() + ": unsupported PNG " + header);
        }
        return header;
    }

    /** Whether the rows of both are alike. */
    private static boolean joins(PngHeader one, PngHeader other) {
        return one.width() == other.width()
                && one.bitDepth() == other.bitDepth()
                && one.colorType() == other.colorType();
    }

    private static void copyRows(DataInputStream in, Path tile, Packer packer) throws IOException {
        PngHeader header = header(in, tile);
        int bytesPerPixel = header.channels();
        if (bytesPerPixel == 0) {
            throw new IOException("PNG colour type " + header.colorType() + " is not supported");
        }
        byte[] row = new byte[1 + header.width() * bytesPerPixel];
        try (InflaterInputStream pixels = new InflaterInputStream(new PngData(in))) {
            for (int y = 0; y < header.height(); y++) {
                if (pixels.readNBytes(row, 0, row.length) != row.length) {
                    throw new EOFException(tile.getFileName() + " ends after " + y + " rows");
                }
                if (row[0] < 0 || row[0] > 4) {
                    throw new IOException(tile.getFileName() + ": filter type " + row[0]);
                }
                if (y == 0) {
                    unfilterFirst(row, bytesPerPixel);
                }
                packer.write(row);
            }
            if (pixels.read() != -1) {
                throw new IOException(tile.getFileName() + " has more than " + header.height() + " rows");
            }
        }
    }

    /** Undoes the filter of a row that has nothing but zeros above it. */
    private static void unfilterFirst(byte[] row, int bytesPerPixel) {
        switch (row[0]) {
            case 1, 4 -> { // Sub; Paeth with zeros above predicts the left pixel
                for (int i = 1 + bytesPerPixel; i < row.length; i++) {
                    row[i] += row[i - bytesPerPixel];
                }
            }
            case 3 -> { // Average of left and 0
                for (int i = 1 + bytesPerPixel; i < row.length; i++) {
                    row[i] += (byte) ((row[i - bytesPerPixel] & 0xff) / 2);
                }
            }
            default -> {
                // None, and Up of zeros, change nothing
            }
        }
        row[0] = 0;
    }

    /** Deflates rows into IDAT chunks of a moderate size. */
    private static final class Packer {
        private final DataOutputStream out;
        private final Deflater deflater = new Deflater(6);
        private final byte[] chunk = new byte[OUT_CHUNK_BYTES];
        private int used;

        Packer(DataOutputStream out) {
            this.out = out;
        }

        void write(byte[] row) throws IOException {
            deflater.setInput(row);
            drain();
        }

        private void drain() throws IOException {
            while (!deflater.needsInput()) {
                take();
            }
        }

        private void take() throws IOException {
            used += deflater.deflate(chunk, used, chunk.length - used);
            if (used == chunk.length) {
                flush();
            }
        }

        private void flush() throws IOException {
            byte[] full = java.util.Arrays.copyOf(chunk, used);
            writeChunk(out, "IDAT", full);
            used = 0;
        }

        void finish() throws IOException {
            deflater.finish();
            while (!deflater.finished()) {
                take();
            }
            if (used > 0) {
                flush();
            }
        }

        void end() {
            deflater.end();
        }
    }

    private static byte[] ihdr(PngHeader header, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(header.width());
        data.writeInt(height);
        data.writeByte(header.bitDepth());
        data.writeByte(header.colorType());
        data.writeByte(0);
        data.writeByte(0);
        data.writeByte(0);
        return bytes.toByteArray();
    }

    private static void writeChunk(DataOutputStream out, String type, byte[] content) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(content);
        out.writeInt(content.length);
        out.write(name);
        out.write(content);
        out.writeInt((int) crc.getValue());
    }
}
