package org.tiezheng.evidence.zip;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;

/** Reads a member once and gives its bytes to everything that wants them: CRC-32, SHA-256, SM3 if asked, and others. */
public final class MemberHasher {
    private static final int BUFFER_BYTES = 1 << 17;

    private MemberHasher() {}

    /**
     * What one reading showed.
     *
     * @param sha256 of the bytes read
     * @param sm3 of the bytes read; null if it was not asked for
     * @param findings Z08 if the CRC-32 is not the one of the header; else empty
     */
    public record Result(Digest sha256, @Nullable Digest sm3, List<Finding> findings) {
        public Result {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Reads the whole member.
     *
     * @param subject what a finding is about: the member's name with its container, as the zip's own findings print it
     * @param withSm3 SM3 takes about nine times as long as SHA-256
     * @param others get every byte, in blocks; they are neither flushed nor closed
     * @throws IOException if the file could not be read, or one of {@code others} failed
     */
    public static Result hash(
            CanonicalZipReader zip, Member member, String subject, boolean withSm3, OutputStream... others)
            throws IOException {
        MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        MessageDigest sm3 = withSm3 ? Digest.Algorithm.SM3.start() : null;
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = zip.open(member)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
                sha256.update(buffer, 0, read);
                if (sm3 != null) {
                    sm3.update(buffer, 0, read);
                }
                for (OutputStream other : others) {
                    other.write(buffer, 0, read);
                }
            }
        }
        return new Result(
                Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest()),
                sm3 == null ? null : Digest.ofBytes(Digest.Algorithm.SM3, sm3.digest()),
                crcFinding(member, crc.getValue(), subject));
    }

    private static List<Finding> crcFinding(Member member, long computed, String subject) {
        if (computed == member.crc32()) {
            return List.of();
        }
        return List.of(Finding.invalid(Code.Z08, subject, "CRC-32 differs")
                .with("listed", Long.toHexString(member.crc32()))
                .with("computed", Long.toHexString(computed)));
    }
}
