package org.tiezheng.evidence.wacz;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.util.BigIntegers;
import org.tiezheng.evidence.Digest;

/**
 * WACZ-auth, anonymous form: an ECDSA P-384 signature with SHA-256 over the ASCII text {@code sha256:<hex>}.
 *
 * <p>The key is made for one package and thrown away, so the signature says only that datapackage.json and the signature
 * were made together; who seals is said by the package's CAdES signature. It is here because players show it.
 *
 * <p>Source: webrecorder/specs wacz-auth 0.1.0, section "Anonymous signature"; form of the value: IEEE P1363, r‖s.
 *
 * @param publicKey base64 of the DER SubjectPublicKeyInfo
 * @param signature base64 of r‖s, 96 bytes
 */
record WaczSignature(String publicKey, String signature) {
    private static final ECDomainParameters P384 = new ECDomainParameters(CustomNamedCurves.getByName("P-384"));
    private static final int FIELD_BYTES = 48;

    /** DER of a P-384 SubjectPublicKeyInfo up to the point: id-ecPublicKey, secp384r1, BIT STRING of 97 bytes. */
    private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("3076301006072a8648ce3d020106052b81040022036200");

    private static final int SPKI_BYTES = 23 + 1 + 2 * FIELD_BYTES;

    static WaczSignature sign(Digest datapackage, SecureRandom random) {
        ECKeyPairGenerator generator = new ECKeyPairGenerator();
        generator.init(new ECKeyGenerationParameters(P384, random));
        AsymmetricCipherKeyPair pair = generator.generateKeyPair();
        ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
        signer.init(true, (ECPrivateKeyParameters) pair.getPrivate());
        BigInteger[] value = signer.generateSignature(hashOf(datapackage));
        ByteArrayOutputStream signature = new ByteArrayOutputStream();
        signature.writeBytes(BigIntegers.asUnsignedByteArray(FIELD_BYTES, value[0]));
        signature.writeBytes(BigIntegers.asUnsignedByteArray(FIELD_BYTES, value[1]));
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        key.writeBytes(SPKI_PREFIX);
        key.writeBytes(((ECPublicKeyParameters) pair.getPublic()).getQ().getEncoded(false));
        Base64.Encoder base64 = Base64.getEncoder();
        return new WaczSignature(
                base64.encodeToString(key.toByteArray()), base64.encodeToString(signature.toByteArray()));
    }

    /** Whether this signature is one over {@code datapackage}; false for malformed values too. */
    boolean verifies(Digest datapackage) {
        try {
            byte[] key = Base64.getDecoder().decode(publicKey);
            byte[] value = Base64.getDecoder().decode(signature);
            if (key.length != SPKI_BYTES
                    || value.length != 2 * FIELD_BYTES
                    || !Arrays.equals(SPKI_PREFIX, Arrays.copyOf(key, SPKI_PREFIX.length))) {
                return false;
            }
            byte[] point = Arrays.copyOfRange(key, SPKI_PREFIX.length, key.length);
            ECDSASigner verifier = new ECDSASigner();
            // Throws IllegalArgumentException for a point that is not on the curve.
            verifier.init(false, new ECPublicKeyParameters(P384.getCurve().decodePoint(point), P384));
            return verifier.verifySignature(
                    hashOf(datapackage),
                    new BigInteger(1, value, 0, FIELD_BYTES),
                    new BigInteger(1, value, FIELD_BYTES, FIELD_BYTES));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static byte[] hashOf(Digest datapackage) {
        return Digest.Algorithm.SHA256.start().digest(datapackage.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
