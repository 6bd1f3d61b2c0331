package org.tiezheng.archive.filing.check;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads a PNG to its end: every chunk with its CRC, and the picture's data unpacked to exactly as many bytes as its rows have.
 * Nothing is kept, so a screenshot of any height needs no memory. Source: PNG specification, third edition, 5 and 10.
 */
final class PngCheck {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int BLOCK = 1 << 16;

    private final Inflater inflater = new Inflater();
    private final byte[] out = new byte[BLOCK];
    private long expected = -1;
    private long unpacked;
    private boolean interlaced;

    private PngCheck() {}

    /** Empty if it is whole; else what is wrong. */
    static String fault(InputStream in) throws IOException {
        PngCheck check = new PngCheck();
        try {
            return check.read(new DataInputStream(in));
        } catch (EOFException cut) {
            return "ends early";
        } catch (DataFormatException bad) {
            return "data cannot be unpacked";
        } finally {
            check.inflater.end();
        }
    }

    private String read(DataInputStream in) throws IOException, DataFormatException {
        byte[] signature = in.readNBytes(SIGNATURE.length);
        if (!Arrays.equals(signature, SIGNATURE)) {
            return "no PNG signature";
        }
        byte[] buffer = new byte[BLOCK];
        while (true) {
            int length = in.readInt();
            if (length < 0) {
                return "chunk of " + Integer.toUnsignedString(length) + " bytes";
            }
            byte[] type = new byte[4];
            in.readFully(type);
            String name = new String(type, StandardCharsets.ISO_8859_1);
            CRC32 crc = new CRC32();
            crc.update(type);
            if (name.equals("IHDR")) {
                if (length != 13) {
                    return "IHDR of " + length + " bytes";
                }
                in.readFully(buffer, 0, 13);
                crc.update(buffer, 0, 13);
                String fault = header(buffer);
                if (!fault.isEmpty()) {
                    return fault;
                }
            } else {
                if (expected < 0) {
                    return "no IHDR first";
                }
                for (int left = length; left > 0; ) {
                    int count = Math.min(left, BLOCK);
                    in.readFully(buffer, 0, count);
                    crc.update(buffer, 0, count);
                    if (name.equals("IDAT") && !unpack(buffer, count)) {
                        return "more picture data than rows";
                    }
                    left -= count;
                }
            }
            if ((int) crc.getValue() != in.readInt()) {
                return "CRC of chunk " + name.replaceAll("[^A-Za-z]", "?");
            }
            if (name.equals("IEND")) {
                return end(in);
            }
        }
    }

    private String header(byte[] header) {
        long width = number(header, 0);
        long height = number(header, 4);
        int depth = header[8];
        int channels = switch (header[9]) {
            case 0, 3 -> 1;
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 0;
        };
        if (width < 1 || height < 1 || channels == 0 || depth < 1 || depth > 16) {
            return "IHDR";
        }
        interlaced = header[12] != 0;
        expected = height * ((width * channels * depth + 7) / 8 + 1);
        return "";
    }

    private static long number(byte[] bytes, int at) {
        return (bytes[at] & 0xffL) << 24
                | (bytes[at + 1] & 0xffL) << 16
                | (bytes[at + 2] & 0xffL) << 8
                | (bytes[at + 3] & 0xffL);
    }

    /** False if there is more than the header promises: a bomb is stopped at the first byte too many. */
    private boolean unpack(byte[] bytes, int count) throws DataFormatException {
        inflater.setInput(bytes, 0, count);
        while (!inflater.needsInput() && !inflater.finished()) {
            int made = inflater.inflate(out);
            unpacked += made;
            // The rows of the seven passes of an interlaced picture have at most this many filter bytes more.
            if (unpacked > (interlaced ? 2 * expected + BLOCK : expected)) {
                return false;
            }
            if (made == 0 && inflater.needsDictionary()) {
                throw new DataFormatException("dictionary");
            }
        }
        return true;
    }

    private String end(InputStream in) throws IOException {
        if (!inflater.finished() || (!interlaced && unpacked != expected)) {
            return "picture data ends after " + unpacked + " of " + expected + " bytes";
        }
        return in.read() < 0 ? "" : "bytes after the end";
    }
}
