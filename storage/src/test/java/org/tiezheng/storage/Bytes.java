package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Test data: digests, and streams of any size that need no memory. */
public final class Bytes {
    private Bytes() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(AnnouncedContent.sha256().digest(bytes));
    }

    /** Digest of what {@link #pattern} delivers. */
    public static String sha256OfPattern(long sizeBytes, int seed) throws IOException {
        var digest = AnnouncedContent.sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = pattern(sizeBytes, seed)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** {@code sizeBytes} bytes that differ from megabyte to megabyte and from seed to seed. */
    public static InputStream pattern(long sizeBytes, int seed) {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                return position >= sizeBytes ? -1 : at(position++) & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (position >= sizeBytes) {
                    return length == 0 ? 0 : -1;
                }
                int count = (int) Math.min(length, sizeBytes - position);
                for (int i = 0; i < count; i++) {
                    buffer[offset + i] = at(position + i);
                }
                position += count;
                return count;
            }

            private byte at(long index) {
                return (byte) (index * 31 + (index >>> 16) * 7 + (index >>> 20) + seed);
            }
        };
    }
}
