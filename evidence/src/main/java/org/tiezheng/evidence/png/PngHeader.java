package org.tiezheng.evidence.png;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a PNG says of itself first. Nothing is checked but that it is one: whoever goes on decides what he can read.
 *
 * <p>Source: W3C PNG, sections 5.2 and 11.2.1.
 *
 * @param width pixels; negative if the file says 2^31 or more
 * @param height pixels; negative if the file says 2^31 or more
 * @param compression 0 in every PNG there is
 * @param filter 0 in every PNG there is
 */
public record PngHeader(
        int width, int height, int bitDepth, int colorType, int compression, int filter, int interlace) {
    /** The first eight bytes of every PNG. */
    public static final long SIGNATURE = 0x89504E470D0A1A0AL;

    private static final int BYTES = 13;

    /**
     * Reads signature and header; what follows are the other chunks.
     *
     * @return empty if it is no PNG
     * @throws java.io.EOFException if it ends within
     */
    public static Optional<PngHeader> read(DataInputStream in) throws IOException {
        if (in.readLong() != SIGNATURE
                || in.readInt() != BYTES
                || !chunkType(in).equals("IHDR")) {
            return Optional.empty();
        }
        PngHeader header = new PngHeader(
                in.readInt(),
                in.readInt(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readUnsignedByte());
        in.readInt(); // CRC
        return Optional.of(header);
    }

    /** Bytes of a pixel with 8 bits a channel: 1 to 4; 0 for palettes and colour types that do not exist. */
    public int channels() {
        return switch (colorType) {
            case 0 -> 1;
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 0;
        };
    }

    static String chunkType(DataInputStream in) throws IOException {
        byte[] name = new byte[4];
        in.readFully(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
