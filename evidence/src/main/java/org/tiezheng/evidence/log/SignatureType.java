package org.tiezheng.evidence.log;

import java.util.Arrays;
import java.util.Optional;

/** What a signature on a checkpoint says, and under which algorithm. Source: C2SP signed-note, tlog-cosignature. */
public enum SignatureType {
    /** The log's own: this is my tree. */
    ED25519(0x01, 32),
    /** A witness's: at that time the largest tree I saw of this log, and consistent with all before. */
    ED25519_COSIGNATURE(0x04, 32),
    /** The same under ML-DSA-44, which quantum computers do not break. */
    ML_DSA_44_COSIGNATURE(0x06, 1312);

    private final int code;
    private final int publicKeyBytes;

    SignatureType(int code, int publicKeyBytes) {
        this.code = code;
        this.publicKeyBytes = publicKeyBytes;
    }

    byte code() {
        return (byte) code;
    }

    int publicKeyBytes() {
        return publicKeyBytes;
    }

    public boolean isCosignature() {
        return this != ED25519;
    }

    static Optional<SignatureType> of(int code) {
        return Arrays.stream(values()).filter(t -> t.code == code).findFirst();
    }
}
