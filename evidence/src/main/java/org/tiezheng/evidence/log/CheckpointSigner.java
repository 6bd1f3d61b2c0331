package org.tiezheng.evidence.log;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;

/**
 * The private key of a log or a witness.
 *
 * <p>Keys are kept as 32-byte seeds, from which both algorithms derive their pair (RFC 8032 section 5.1.5; FIPS 204
 * algorithm 1, whose input is that seed). Safe for use by several threads.
 */
public final class CheckpointSigner {
    public static final int SEED_BYTES = 32;

    private final VerifierKey publicKey;
    private final AsymmetricKeyParameter privateKey;

    private CheckpointSigner(VerifierKey publicKey, AsymmetricKeyParameter privateKey) {
        this.publicKey = publicKey;
        this.privateKey = privateKey;
    }

    /** @throws IllegalArgumentException if the name is not allowed or the seed has not 32 bytes */
    public static CheckpointSigner of(String name, SignatureType type, byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException("a seed has " + SEED_BYTES + " bytes");
        }
        if (type == SignatureType.ML_DSA_44_COSIGNATURE) {
            MLDSAPrivateKeyParameters key = new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_44, seed);
            return new CheckpointSigner(VerifierKey.of(name, type, key.getPublicKey()), key);
        }
        Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(seed);
        return new CheckpointSigner(
                VerifierKey.of(name, type, key.generatePublicKey().getEncoded()), key);
    }

    public VerifierKey verifierKey() {
        return publicKey;
    }

    /** The log's own signature on its tree. @throws IllegalStateException if this is a witness's key */
    public Checkpoint.Line sign(Checkpoint checkpoint) {
        if (publicKey.type().isCosignature()) {
            throw new IllegalStateException("a witness cosigns, and says when");
        }
        return line(signature(checkpoint, 0));
    }

    /** A witness's signature: the largest tree it has seen of this log, at {@code time}, to the second. */
    public Checkpoint.Line cosign(Checkpoint checkpoint, Instant time) {
        if (!publicKey.type().isCosignature()) {
            throw new IllegalStateException("a log signs; it does not cosign");
        }
        long seconds = time.getEpochSecond();
        byte[] signature = signature(checkpoint, seconds);
        return line(ByteBuffer.allocate(Long.BYTES + signature.length)
                .putLong(seconds)
                .put(signature)
                .array());
    }

    private Checkpoint.Line line(byte[] value) {
        return new Checkpoint.Line(publicKey.name(), publicKey.keyId(), value);
    }

    private byte[] signature(Checkpoint checkpoint, long time) {
        byte[] message = SignedMessages.of(publicKey.type(), publicKey.name(), checkpoint, time);
        boolean latticed = publicKey.type() == SignatureType.ML_DSA_44_COSIGNATURE;
        Signer signer = latticed ? new MLDSASigner() : new Ed25519Signer();
        signer.init(true, latticed ? new ParametersWithRandom(privateKey, new SecureRandom()) : privateKey);
        signer.update(message, 0, message.length);
        try {
            return signer.generateSignature();
        } catch (CryptoException e) {
            throw new IllegalStateException("signing with " + publicKey.name(), e);
        }
    }
}
