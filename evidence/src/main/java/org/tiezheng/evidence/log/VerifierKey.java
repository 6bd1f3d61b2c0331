package org.tiezheng.evidence.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.tiezheng.evidence.Digest;

/**
 * The public key of a log or a witness, with its name: {@code name+keyid+base64}, a "vkey".
 *
 * <p>Source: C2SP signed-note v1.0.0, "Verifier keys"; tlog-cosignature, "Format". Immutable.
 */
public final class VerifierKey {
    private static final int MAX_NAME_CHARS = 255;

    private final String name;
    private final SignatureType type;
    private final byte[] publicKey;
    private final int keyId;

    private VerifierKey(String name, SignatureType type, byte[] publicKey) {
        this.name = name;
        this.type = type;
        this.publicKey = publicKey;
        this.keyId = keyId(name, type, publicKey);
    }

    /** @throws IllegalArgumentException if the name is not allowed or the key has another length */
    public static VerifierKey of(String name, SignatureType type, byte[] publicKey) {
        if (!isName(name) || publicKey.length != type.publicKeyBytes()) {
            throw new IllegalArgumentException("no key name or no public key of " + type);
        }
        return new VerifierKey(name, type, publicKey.clone());
    }

    /** Names stand between spaces on a line, and before a plus in a vkey. */
    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_CHARS
                && name.codePoints().noneMatch(c -> c == '+' || Character.isWhitespace(c) || Character.isISOControl(c));
    }

    private static int keyId(String name, SignatureType type, byte[] publicKey) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(type.code());
        return ByteBuffer.wrap(digest.digest(publicKey)).getInt();
    }

    /** @throws MalformedLogException if {@code vkey} is none, of a type we do not know, or its key id is wrong */
    public static VerifierKey parse(String vkey) throws MalformedLogException {
        String[] parts = vkey.split("\\+", 3);
        if (parts.length != 3 || !isName(parts[0])) {
            throw new MalformedLogException("a verifier key is name+keyid+base64");
        }
        byte[] key;
        try {
            key = Base64.getDecoder().decode(parts[2]);
        } catch (IllegalArgumentException e) {
            throw new MalformedLogException("the key of " + parts[0] + " is not base64", e);
        }
        SignatureType type = key.length == 0 ? null : SignatureType.of(key[0]).orElse(null);
        if (type == null || key.length != 1 + type.publicKeyBytes()) {
            throw new MalformedLogException("the key of " + parts[0] + " is of a type we do not know");
        }
        VerifierKey parsed = new VerifierKey(parts[0], type, Arrays.copyOfRange(key, 1, key.length));
        if (!parsed.toString().equals(vkey)) {
            throw new MalformedLogException("the key id of " + parts[0] + " is not that of its key");
        }
        return parsed;
    }

    public String name() {
        return name;
    }

    public SignatureType type() {
        return type;
    }

    int keyId() {
        return keyId;
    }

    /** Whether both wrap the same public key, whatever their names. */
    boolean hasSameKeyAs(VerifierKey other) {
        return Arrays.equals(publicKey, other.publicKey);
    }

    /** Whether {@code signature} of a line is right for {@code checkpoint}; the line's name and id are the caller's. */
    boolean verifies(Checkpoint checkpoint, byte[] signature) {
        byte[] value = signature;
        long time = 0;
        if (type.isCosignature()) {
            if (signature.length < Long.BYTES) {
                return false;
            }
            time = ByteBuffer.wrap(signature).getLong();
            value = Arrays.copyOfRange(signature, Long.BYTES, signature.length);
            if (time < 0) {
                return false;
            }
        }
        byte[] message = SignedMessages.of(type, name, checkpoint, time);
        try {
            Signer verifier = type == SignatureType.ML_DSA_44_COSIGNATURE ? new MLDSASigner() : new Ed25519Signer();
            verifier.init(
                    false,
                    type == SignatureType.ML_DSA_44_COSIGNATURE
                            ? new MLDSAPublicKeyParameters(MLDSAParameters.ml_dsa_44, publicKey)
                            : new Ed25519PublicKeyParameters(publicKey));
            verifier.update(message, 0, message.length);
            return verifier.verifySignature(value);
        } catch (RuntimeException malformed) {
            // Bouncy Castle refuses some keys and signatures of wrong length or form this way.
            return false;
        }
    }

    /** The vkey. */
    @Override
    public String toString() {
        byte[] typed = new byte[1 + publicKey.length];
        typed[0] = type.code();
        System.arraycopy(publicKey, 0, typed, 1, publicKey.length);
        return name + "+" + HexFormat.of().toHexDigits(keyId) + "+"
                + Base64.getEncoder().encodeToString(typed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifierKey key && toString().equals(key.toString());
    }

    @Override
    public int hashCode() {
        return keyId;
    }
}
