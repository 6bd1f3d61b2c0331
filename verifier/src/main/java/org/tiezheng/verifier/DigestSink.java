package org.tiezheng.verifier;

import java.security.MessageDigest;
import java.util.zip.CRC32;
import org.tiezheng.evidence.Digest;

/** Digest of one range; with CRC-32 too when asked. Ask for the results after the pass. */
final class DigestSink implements RangeLane.Sink {
    private final Digest.Algorithm algorithm;
    private final MessageDigest digest;
    private final CRC32 crc = new CRC32();
    private final boolean withCrc;

    DigestSink(Digest.Algorithm algorithm, boolean withCrc) {
        this.algorithm = algorithm;
        this.digest = algorithm.start();
        this.withCrc = withCrc;
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
        if (withCrc) {
            crc.update(bytes, offset, length);
        }
    }

    /** May be asked once. */
    Digest digest() {
        return Digest.ofBytes(algorithm, digest.digest());
    }

    long crc32() {
        return crc.getValue();
    }
}
