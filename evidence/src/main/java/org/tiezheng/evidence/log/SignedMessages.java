package org.tiezheng.evidence.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes under each type of signature. Source: C2SP signed-note, "Signatures"; tlog-cosignature, "signed message". */
final class SignedMessages {
    private static final byte[] SUBTREE_LABEL = "subtree/v1\n\0".getBytes(StandardCharsets.US_ASCII);

    private SignedMessages() {}

    /** @param time of a cosignature, in seconds since 1970; the log's own signature has none */
    static byte[] of(SignatureType type, String name, Checkpoint checkpoint, long time) {
        return switch (type) {
            case ED25519 -> checkpoint.body();
            case ED25519_COSIGNATURE -> {
                byte[] head = ("cosignature/v1\ntime " + time + "\n").getBytes(StandardCharsets.US_ASCII);
                byte[] body = checkpoint.body();
                yield ByteBuffer.allocate(head.length + body.length)
                        .put(head)
                        .put(body)
                        .array();
            }
            case ML_DSA_44_COSIGNATURE -> {
                byte[] cosigner = name.getBytes(StandardCharsets.UTF_8);
                byte[] origin = checkpoint.origin().getBytes(StandardCharsets.UTF_8);
                yield ByteBuffer.allocate(SUBTREE_LABEL.length
                                + 1
                                + cosigner.length
                                + Long.BYTES
                                + 1
                                + origin.length
                                + 2 * Long.BYTES
                                + LogHash.SIZE_BYTES)
                        .put(SUBTREE_LABEL)
                        .put((byte) cosigner.length)
                        .put(cosigner)
                        .putLong(time)
                        .put((byte) origin.length)
                        .put(origin)
                        .putLong(0)
                        .putLong(checkpoint.size())
                        .put(checkpoint.root().bytes())
                        .array();
            }
        };
    }
}
