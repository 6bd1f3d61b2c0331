package org.tiezheng.archive.evidencepage.screenshot;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes one strip: an RGB PNG whose rows come one by one. Pixels wait compressed, since the header names the height. */
final class PngStrip {
    private final int width;
    private final ByteArrayOutputStream packed = new ByteArrayOutputStream(1 << 16);
    private final DeflaterOutputStream deflater;
    private final byte[] line;
    private final byte[] above;
    private int rows;

    /** @param packer of the caller, who ends it; used by one strip at a time */
    PngStrip(int width, Deflater packer) {
        this.width = width;
        packer.reset();
        deflater = new DeflaterOutputStream(packed, packer, 1 << 14);
        line = new byte[1 + width * 3];
        above = new byte[width * 3];
    }

    int rows() {
        return rows;
    }

    void add(byte[] rgb) throws IOException {
        // Filter 2, Up: pages are mostly rows like the one above.
        line[0] = 2;
        for (int i = 0; i < above.length; i++) {
            line[i + 1] = (byte) (rgb[i] - above[i]);
        }
        System.arraycopy(rgb, 0, above, 0, above.length);
        deflater.write(line);
        rows++;
    }

    /** Writes the file beside {@code file} and moves it there: a file of that name is always whole. */
    void finish(Path file) throws IOException {
        deflater.finish();
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
            DataOutputStream data = new DataOutputStream(out);
            data.writeLong(0x89504E470D0A1A0AL);
            ByteArrayOutputStream header = new ByteArrayOutputStream();
            DataOutputStream fields = new DataOutputStream(header);
            fields.writeInt(width);
            fields.writeInt(rows);
            fields.write(new byte[] {8, 2, 0, 0, 0});
            chunk(data, "IHDR", header.toByteArray());
            chunk(data, "IDAT", packed.toByteArray());
            chunk(data, "IEND", new byte[0]);
        }
        Files.move(part, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private static void chunk(DataOutputStream out, String type, byte[] content) throws IOException {
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
