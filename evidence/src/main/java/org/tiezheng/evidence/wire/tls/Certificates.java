package org.tiezheng.evidence.wire.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;

/**
 * Certificate chains, leaf first, as the server sent them.
 *
 * <p>Source: RFC 8446 section 4.4.2, RFC 5246 section 7.4.2, RFC 8879.
 */
final class Certificates {
    private static final int MAX_UNCOMPRESSED = 1 << 18;
    private static final int MAX_CHAIN = 64;
    private static final int ZLIB = 1;
    private static final int BROTLI = 2;

    private Certificates() {}

    static List<X509Certificate> tls12(Cursor in) throws TlsException {
        Cursor list = in.part(in.u24());
        in.end("Certificate");
        List<X509Certificate> chain = new ArrayList<>();
        while (list.hasMore()) {
            add(chain, list.bytes(list.u24()));
        }
        return chain;
    }

    static List<X509Certificate> tls13(Cursor in) throws TlsException {
        in.part(in.u8()); // request context
        Cursor list = in.part(in.u24());
        in.end("Certificate");
        List<X509Certificate> chain = new ArrayList<>();
        while (list.hasMore()) {
            add(chain, list.bytes(list.u24()));
            list.part(list.u16()); // extensions of the entry: OCSP response, SCTs
        }
        return chain;
    }

    static List<X509Certificate> compressed(Cursor in) throws TlsException {
        int algorithm = in.u16();
        int length = in.u24();
        byte[] compressed = in.bytes(in.u24());
        in.end("CompressedCertificate");
        if (length > MAX_UNCOMPRESSED) {
            throw new TlsException(TlsException.HANDSHAKE, "certificates of " + length + " bytes");
        }
        if (algorithm != ZLIB && algorithm != BROTLI) {
            throw new TlsException(TlsException.HANDSHAKE, "certificates compressed by algorithm " + algorithm);
        }
        InputStream packed = new ByteArrayInputStream(compressed);
        try (InputStream plain = algorithm == ZLIB ? new InflaterInputStream(packed) : new BrotliInputStream(packed)) {
            byte[] message = plain.readNBytes(length + 1);
            if (message.length != length) {
                throw new TlsException(TlsException.HANDSHAKE, "compressed certificates of another length than said");
            }
            return tls13(new Cursor(message));
        } catch (IOException e) {
            throw new TlsException(TlsException.HANDSHAKE, "certificates that do not decompress");
        }
    }

    private static void add(List<X509Certificate> chain, byte[] der) throws TlsException {
        if (chain.size() == MAX_CHAIN) {
            throw new TlsException(TlsException.HANDSHAKE, "more than " + MAX_CHAIN + " certificates");
        }
        try {
            Certificate certificate =
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
            // The factory also takes PEM and bytes behind the certificate, which are no X.509 here.
            if (certificate instanceof X509Certificate x509 && Arrays.equals(x509.getEncoded(), der)) {
                chain.add(x509);
                return;
            }
        } catch (CertificateException | RuntimeException e) {
            // The JDK's DER reader is known to throw unchecked exceptions for some broken input.
        }
        throw new TlsException(TlsException.HANDSHAKE, "a certificate that cannot be parsed");
    }
}
