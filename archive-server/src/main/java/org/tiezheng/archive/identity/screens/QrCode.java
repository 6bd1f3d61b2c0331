package org.tiezheng.archive.identity.screens;

import java.nio.charset.StandardCharsets;

/**
 * QR code of a short text: byte mode, error correction level M, versions 1 to 15 (412 bytes), always mask 0.
 *
 * <p>Source: ISO/IEC 18004:2015. The standard picks the mask that looks best to a reader; any mask is read, and this
 * code is shown on a screen, large and clean.
 */
final class QrCode {
    /** Bytes of error correction in a block, level M, by version (table 9). */
    private static final int[] CORRECTION = {0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24};

    /** Blocks the data is cut into, level M, by version (table 9). */
    private static final int[] BLOCKS = {0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10};

    private static final int QUIET = 4;
    /** Level M (00) and mask 0 (000). */
    private static final int FORMAT = 0;

    private final int version;
    private final int size;
    private final boolean[][] dark;
    /** Modules that are no data: finders, timing, alignment, format, version. */
    private final boolean[][] fixed;

    private QrCode(int version) {
        this.version = version;
        this.size = 17 + 4 * version;
        this.dark = new boolean[size][size];
        this.fixed = new boolean[size][size];
    }

    /** @throws IllegalArgumentException if {@code text} has more than 412 bytes in UTF-8 */
    static QrCode of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int version = 1;
        while (version < CORRECTION.length && capacity(version) < bytes.length) {
            version++;
        }
        if (version == CORRECTION.length) {
            throw new IllegalArgumentException(bytes.length + " bytes are too many for this QR code");
        }
        QrCode code = new QrCode(version);
        code.drawFixed();
        code.drawData(withCorrection(data(bytes, version), version));
        return code;
    }

    /** Bytes of text: data bytes without the mode (4 bits) and the length (8 or 16 bits). */
    private static int capacity(int version) {
        return dataBytes(version) - (version < 10 ? 2 : 3);
    }

    private static int dataBytes(int version) {
        return rawModules(version) / 8 - CORRECTION[version] * BLOCKS[version];
    }

    /** Modules left for data and correction. */
    private static int rawModules(int version) {
        int modules = (16 * version + 128) * version + 64;
        if (version >= 2) {
            int alignments = version / 7 + 2;
            modules -= (25 * alignments - 10) * alignments - 55;
            if (version >= 7) {
                modules -= 36;
            }
        }
        return modules;
    }

    private static byte[] data(byte[] text, int version) {
        Bits bits = new Bits(dataBytes(version));
        bits.add(0b0100, 4);
        bits.add(text.length, version < 10 ? 8 : 16);
        for (byte next : text) {
            bits.add(next & 0xff, 8);
        }
        bits.add(0, Math.min(4, bits.left()));
        bits.add(0, -bits.used & 7);
        for (int pad = 0xEC; bits.left() > 0; pad ^= 0xEC ^ 0x11) {
            bits.add(pad, 8);
        }
        return bits.bytes;
    }

    private static final class Bits {
        private final byte[] bytes;
        private int used;

        Bits(int size) {
            this.bytes = new byte[size];
        }

        int left() {
            return bytes.length * 8 - used;
        }

        void add(int value, int count) {
            for (int i = count - 1; i >= 0; i--, used++) {
                bytes[used >> 3] |= (byte) ((value >> i & 1) << (7 - (used & 7)));
            }
        }
    }

    /** Cuts the data into blocks, adds their correction and interleaves all. */
    private static byte[] withCorrection(byte[] data, int version) {
        int blocks = BLOCKS[version];
        int correction = CORRECTION[version];
        int raw = rawModules(version) / 8;
        int shortBlocks = blocks - raw % blocks;
        int shortData = raw / blocks - correction;
        byte[] divisor = divisor(correction);
        byte[][] parts = new byte[blocks][];
        byte[][] corrections = new byte[blocks][];
        for (int block = 0, from = 0; block < blocks; block++) {
            int length = shortData + (block < shortBlocks ? 0 : 1);
            parts[block] = java.util.Arrays.copyOfRange(data, from, from + length);
            corrections[block] = remainder(parts[block], divisor);
            from += length;
        }
        byte[] result = new byte[raw];
        int at = 0;
        for (int i = 0; i <= shortData; i++) {
            for (byte[] part : parts) {
                if (i < part.length) {
                    result[at++] = part[i];
                }
            }
        }
        for (int i = 0; i < correction; i++) {
            for (byte[] part : corrections) {
                result[at++] = part[i];
            }
        }
        return result;
    }

    // ---- Reed-Solomon over GF(256) with x^8 + x^4 + x^3 + x^2 + 1 ------------------------------------------------

    private static byte[] divisor(int degree) {
        byte[] result = new byte[degree];
        result[degree - 1] = 1;
        int root = 1;
        for (int i = 0; i < degree; i++) {
            for (int j = 0; j < degree; j++) {
                result[j] = (byte) multiply(result[j] & 0xff, root);
                if (j + 1 < degree) {
                    result[j] ^= result[j + 1];
                }
            }
            root = multiply(root, 2);
        }
        return result;
    }

    private static byte[] remainder(byte[] data, byte[] divisor) {
        byte[] result = new byte[divisor.length];
        for (byte next : data) {
            int factor = (next ^ result[0]) & 0xff;
            System.arraycopy(result, 1, result, 0, result.length - 1);
            result[result.length - 1] = 0;
            for (int i = 0; i < result.length; i++) {
                result[i] ^= (byte) multiply(divisor[i] & 0xff, factor);
            }
        }
        return result;
    }

    private static int multiply(int one, int other) {
        int product = 0;
        for (int i = 7; i >= 0; i--) {
            product = product << 1 ^ (product >> 7) * 0x11D;
            product ^= (other >> i & 1) * one;
        }
        return product;
    }

    // ---- drawing -------------------------------------------------------------------------------------------------

    private void drawFixed() {
        for (int i = 0; i < size; i++) {
            set(6, i, i % 2 == 0);
            set(i, 6, i % 2 == 0);
        }
        finder(3, 3);
        finder(size - 4, 3);
        finder(3, size - 4);
        int[] centres = alignmentCentres();
        for (int i = 0; i < centres.length; i++) {
            for (int j = 0; j < centres.length; j++) {
                boolean atFinder =
                        i == 0 && j == 0 || i == 0 && j == centres.length - 1 || i == centres.length - 1 && j == 0;
                if (!atFinder) {
                    alignment(centres[i], centres[j]);
                }
            }
        }
        format();
        if (version >= 7) {
            versionNumber();
        }
    }

    private void set(int x, int y, boolean isDark) {
        dark[y][x] = isDark;
        fixed[y][x] = true;
    }

    private void finder(int x, int y) {
        for (int dy = -4; dy <= 4; dy++) {
            for (int dx = -4; dx <= 4; dx++) {
                int distance = Math.max(Math.abs(dx), Math.abs(dy));
                if (x + dx >= 0 && x + dx < size && y + dy >= 0 && y + dy < size) {
                    set(x + dx, y + dy, distance != 2 && distance != 4);
                }
            }
        }
    }

    private void alignment(int x, int y) {
        for (int dy = -2; dy <= 2; dy++) {
            for (int dx = -2; dx <= 2; dx++) {
                set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) != 1);
            }
        }
    }

    private int[] alignmentCentres() {
        if (version == 1) {
            return new int[0];
        }
        int count = version / 7 + 2;
        int step = (version * 8 + count * 3 + 5) / (count * 4 - 4) * 2;
        int[] centres = new int[count];
        centres[0] = 6;
        for (int i = count - 1, at = size - 7; i >= 1; i--, at -= step) {
            centres[i] = at;
        }
        return centres;
    }

    private void format() {
        int remainder = FORMAT;
        for (int i = 0; i < 10; i++) {
            remainder = remainder << 1 ^ (remainder >> 9) * 0x537;
        }
        int bits = (FORMAT << 10 | remainder) ^ 0x5412;
        for (int i = 0; i <= 5; i++) {
            set(8, i, bit(bits, i));
        }
        set(8, 7, bit(bits, 6));
        set(8, 8, bit(bits, 7));
        set(7, 8, bit(bits, 8));
        for (int i = 9; i < 15; i++) {
            set(14 - i, 8, bit(bits, i));
        }
        for (int i = 0; i < 8; i++) {
            set(size - 1 - i, 8, bit(bits, i));
        }
        for (int i = 8; i < 15; i++) {
            set(8, size - 15 + i, bit(bits, i));
        }
        set(8, size - 8, true);
    }

    private void versionNumber() {
        int remainder = version;
        for (int i = 0; i < 12; i++) {
            remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25;
        }
        int bits = version << 12 | remainder;
        for (int i = 0; i < 18; i++) {
            set(size - 11 + i % 3, i / 3, bit(bits, i));
            set(i / 3, size - 11 + i % 3, bit(bits, i));
        }
    }

    /** Two columns at a time from the right, up and down in turn, over what is not fixed. */
    private void drawData(byte[] data) {
        int at = 0;
        for (int right = size - 1; right >= 1; right -= 2) {
            if (right == 6) {
                right = 5;
            }
            boolean upwards = (right + 1 & 2) == 0;
            for (int row = 0; row < size; row++) {
                int y = upwards ? size - 1 - row : row;
                for (int x = right; x > right - 2; x--) {
                    if (!fixed[y][x]) {
                        boolean value = at < data.length * 8 && bit(data[at >> 3], 7 - (at & 7));
                        dark[y][x] = value ^ (x + y) % 2 == 0;
                        at++;
                    }
                }
            }
        }
    }

    private static boolean bit(int value, int index) {
        return (value >> index & 1) != 0;
    }

    /** Width and height without the quiet zone, in modules. */
    int size() {
        return size;
    }

    boolean isDark(int x, int y) {
        return dark[y][x];
    }

    /** As a picture of its own: black on white in dark mode too, or telephones do not read it. */
    String svg() {
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                if (dark[y][x]) {
                    path.append('M')
                            .append(x + QUIET)
                            .append(' ')
                            .append(y + QUIET)
                            .append("h1v1h-1z");
                }
            }
        }
        int all = size + 2 * QUIET;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + all + " " + all
                + "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + all + "v" + all
                + "H0z\"/><path fill=\"#000\" d=\"" + path + "\"/></svg>";
    }
}
