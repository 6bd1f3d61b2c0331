package org.tiezheng.evidence;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/**
 * Computes SHA-256 and SM3 of the bytes while they pass, SM3 in a thread beside the caller's where there is much of it. Not
 * for use by several threads.
 *
 * <p>Closing it closes the stream beneath; {@link #digests()} may be asked once, after the last byte.
 */
public final class DigestingOutputStream extends FilterOutputStream {
    private final MessageDigest sha256 = Digest.Algorithm.SHA256.start();
    private final BackgroundDigest sm3 = new BackgroundDigest(Digest.Algorithm.SM3.start());
    private long sizeBytes;

    public DigestingOutputStream(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        sha256.update(bytes, offset, length);
        sm3.update(bytes, offset, length);
        sizeBytes += length;
    }

    /** Ends the digests; later writes would start new ones, so do not write any more. */
    public Digests digests() {
        return new Digests(
                Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest()),
                Digest.ofBytes(Digest.Algorithm.SM3, sm3.digest()),
                sizeBytes);
    }
}
