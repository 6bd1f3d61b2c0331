package org.tiezheng.evidence.wire.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Set;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.Nullable;

/**
 * Checks the signature that ties the server's certificate to this very handshake.
 *
 * <p>Source: RFC 8446 section 4.4.3 and 4.2.3, RFC 5246 section 7.4.3, RFC 8422 section 5.4.
 */
final class HandshakeProof {
    private static final byte[] CONTEXT = context();
    /** PKCS #1 and SHA-1, which a TLS 1.3 handshake must not be signed with. */
    private static final Set<Integer> NOT_IN_TLS13 = Set.of(0x0201, 0x0203, 0x0401, 0x0501, 0x0601);

    private static final BouncyCastleProvider BC = new BouncyCastleProvider();

    private HandshakeProof() {}

    /**
     * CertificateVerify of a TLS 1.3 server.
     *
     * @param transcriptHash of everything up to the Certificate message
     * @return null if the scheme is not known here
     * @throws TlsException if the message has another form
     */
    static @Nullable Boolean tls13(PublicKey key, byte[] transcriptHash, Cursor in) throws TlsException {
        int scheme = in.u16();
        byte[] signature = in.bytes(in.u16());
        in.end("CertificateVerify");
        if (NOT_IN_TLS13.contains(scheme)) {
            return false;
        }
        return verify(scheme, key, signature, CONTEXT, transcriptHash);
    }

    /** Signature at the end of a TLS 1.2 ServerKeyExchange over both randoms and the parameters before it. */
    static @Nullable Boolean tls12(
            PublicKey key, byte[] clientRandom, byte[] serverRandom, byte[] parameters, Cursor in) throws TlsException {
        int scheme = in.u16();
        byte[] signature = in.bytes(in.u16());
        in.end("ServerKeyExchange");
        return verify(scheme, key, signature, clientRandom, serverRandom, parameters);
    }

    private static @Nullable Boolean verify(int scheme, PublicKey key, byte[] signature, byte[]... signed) {
        try {
            Signature verifier = verifier(scheme);
            if (verifier == null) {
                return null;
            }
            verifier.initVerify(key);
            for (byte[] part : signed) {
                verifier.update(part);
            }
            return verifier.verify(signature);
        } catch (GeneralSecurityException | RuntimeException e) {
            // A key of another kind, or a signature that is no DER: not proved. Providers also throw
            // unchecked exceptions for hostile keys.
            return false;
        }
    }

    private static @Nullable Signature verifier(int scheme) throws GeneralSecurityException {
        return switch (scheme) {
            case 0x0201 -> Signature.getInstance("SHA1withRSA");
            case 0x0401 -> Signature.getInstance("SHA256withRSA");
            case 0x0501 -> Signature.getInstance("SHA384withRSA");
            case 0x0601 -> Signature.getInstance("SHA512withRSA");
            case 0x0203 -> Signature.getInstance("SHA1withECDSA", BC);
            case 0x0403 -> Signature.getInstance("SHA256withECDSA", BC);
            case 0x0503 -> Signature.getInstance("SHA384withECDSA", BC);
            case 0x0603 -> Signature.getInstance("SHA512withECDSA", BC);
            case 0x0804, 0x0809 -> pss("SHA-256", MGF1ParameterSpec.SHA256, 32);
            case 0x0805, 0x080a -> pss("SHA-384", MGF1ParameterSpec.SHA384, 48);
            case 0x0806, 0x080b -> pss("SHA-512", MGF1ParameterSpec.SHA512, 64);
            case 0x0807 -> Signature.getInstance("Ed25519");
            case 0x0808 -> Signature.getInstance("Ed448");
            default -> null;
        };
    }

    private static Signature pss(String hash, MGF1ParameterSpec mask, int saltBytes) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("RSASSA-PSS");
        verifier.setParameter(new PSSParameterSpec(hash, "MGF1", mask, saltBytes, 1));
        return verifier;
    }

    private static byte[] context() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(" ".repeat(64).getBytes(StandardCharsets.US_ASCII));
        out.writeBytes("TLS 1.3, server CertificateVerify".getBytes(StandardCharsets.US_ASCII));
        out.write(0);
        return out.toByteArray();
    }
}
