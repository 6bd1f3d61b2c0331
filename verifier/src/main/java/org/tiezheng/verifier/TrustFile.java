package org.tiezheng.verifier;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.Optional;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;

/**
 * A {@code META-INF/trust/<name>.pem}. Nobody signed it, so it may hold nothing but X.509 certificates in PEM: otherwise a
 * page, a program or a message could travel in a package that is VALID. The certificates are never trusted here.
 */
final class TrustFile {
    /** About thirty certificates; a path has three or four. */
    static final int MAX_BYTES = 64 << 10;

    private TrustFile() {}

    /** What is wrong with it; empty if it is certificates only. */
    static Optional<String> problem(CanonicalZipReader zip, Member member) throws IOException {
        Optional<byte[]> content = zip.readSmall(member, MAX_BYTES);
        if (content.isEmpty()) {
            return Optional.of("larger than " + MAX_BYTES + " bytes");
        }
        String pem = new String(content.get(), StandardCharsets.ISO_8859_1);
        try {
            // Written again and compared: readers of PEM pass over text between blocks, headers, and bytes after the
            // DER.
            return withoutLineEnds(TrustAnchors.ofPem(pem).toPem()).equals(withoutLineEnds(pem))
                    ? Optional.empty()
                    : Optional.of("holds more than X.509 certificates in PEM, each once");
        } catch (CertificateException e) {
            return Optional.of("not X.509 certificates in PEM");
        }
    }

    private static String withoutLineEnds(String text) {
        return text.replace("\r", "").replace("\n", "");
    }
}
