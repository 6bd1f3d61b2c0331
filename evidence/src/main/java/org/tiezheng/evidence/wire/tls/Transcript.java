package org.tiezheng.evidence.wire.tls;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Running hash of the handshake messages. Which hash it is shows only in ServerHello; until then the messages are kept.
 *
 * <p>Source: RFC 8446 section 4.4.1.
 */
final class Transcript {
    private static final byte MESSAGE_HASH = (byte) 254;

    private ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private @Nullable MessageDigest digest;

    void add(byte[] message) {
        if (digest == null) {
            kept.writeBytes(message);
        } else {
            digest.update(message);
        }
    }

    /** The hash is known now; later calls change nothing. */
    void start(KeySchedule schedule) {
        if (digest == null) {
            digest = schedule.newHash();
            digest.update(kept.toByteArray());
            kept = new ByteArrayOutputStream();
        }
    }

    /** After a HelloRetryRequest the first ClientHello counts as a message that holds its hash. */
    void retry(KeySchedule schedule) {
        byte[] firstHello = hash();
        digest = schedule.newHash();
        digest.update(new byte[] {MESSAGE_HASH, 0, 0, (byte) firstHello.length});
        digest.update(firstHello);
    }

    /** The hash of everything so far; adding may go on. */
    byte[] hash() {
        if (digest == null) {
            throw new IllegalStateException("no hash before start");
        }
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-2 can be cloned", e);
        }
    }
}
