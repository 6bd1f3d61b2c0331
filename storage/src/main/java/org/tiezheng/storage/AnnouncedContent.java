package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Passes on bytes whose size and digest were announced, and throws {@link ContentMismatchException} instead of delivering
 * the last of them if they are others.
 *
 * <p>So whoever stores what it reads from here cannot complete a wrong object: the exception comes before the end, and a
 * locked object that is wrong could never be taken away. Looks one byte past the announced size for the same reason.
 */
final class AnnouncedContent extends InputStream {
    private final InputStream source;
    private final long sizeBytes;
    private final String sha256;
    private final boolean closesSource;
    private final MessageDigest digest = sha256();
    private long seen;
    private boolean checked;
    private String wrong = "";

    /** @param sha256 64 lower-case hex digits; empty to check the size only */
    AnnouncedContent(InputStream source, long sizeBytes, String sha256, boolean closesSource) {
        this.source = source;
        this.sizeBytes = sizeBytes;
        this.sha256 = sha256;
        this.closesSource = closesSource;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int count = read(one, 0, 1);
        return count < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (seen == sizeBytes) {
            // Reached with bytes only when the object is empty: otherwise the check came with the last of them.
            check();
            return -1;
        }
        int count = source.read(buffer, offset, (int) Math.min(length, sizeBytes - seen));
        if (count < 0) {
            throw new ContentMismatchException("announced " + sizeBytes + " bytes, got " + seen);
        }
        digest.update(buffer, offset, count);
        seen += count;
        if (seen == sizeBytes) {
            check();
        }
        return count;
    }

    /** Reads to the end and checks; for whoever may not have asked for the last byte. */
    void finish() throws IOException {
        byte[] buffer = new byte[1 << 16];
        int count;
        do {
            count = read(buffer, 0, buffer.length);
        } while (count >= 0);
    }

    private void check() throws IOException {
        if (!checked) {
            checked = true;
            if (source.read() >= 0) {
                wrong = "announced " + sizeBytes + " bytes, got more";
            } else {
                String computed = HexFormat.of().formatHex(digest.digest());
                if (!sha256.isEmpty() && !computed.equals(sha256)) {
                    wrong = "announced SHA-256 " + sha256 + ", got " + computed;
                }
            }
        }
        if (!wrong.isEmpty()) {
            throw new ContentMismatchException(wrong);
        }
    }

    @Override
    public void close() throws IOException {
        if (closesSource) {
            source.close();
        }
    }
}
