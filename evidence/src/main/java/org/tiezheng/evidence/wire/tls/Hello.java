package org.tiezheng.evidence.wire.tls;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What decoding needs of ClientHello, ServerHello and EncryptedExtensions.
 *
 * <p>Source: RFC 8446 section 4.1 and 4.2, RFC 5246 section 7.4.1, RFC 6066 section 3 (SNI), RFC 7301 (ALPN).
 */
final class Hello {
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int ENCRYPT_THEN_MAC = 22;
    private static final int PRE_SHARED_KEY = 41;
    private static final int EARLY_DATA = 42;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int KEY_SHARE = 51;

    /** ServerHello.random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3. */
    private static final byte[] RETRY =
            HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    private Hello() {}

    /** @param earlyData the client sends 0-RTT data under a secret of its own */
    record Client(byte[] random, @Nullable String serverName, boolean earlyData) {

        static Client parse(Cursor in) throws TlsException {
            in.u16(); // legacy_version
            byte[] random = in.bytes(32);
            in.part(in.u8()); // session id
            in.part(in.u16()); // cipher suites
            in.part(in.u8()); // compression methods
            Map<Integer, byte[]> extensions = extensions(in);
            in.end("ClientHello");
            return new Client(random, serverNameIn(extensions.get(SERVER_NAME)), extensions.containsKey(EARLY_DATA));
        }
    }

    /**
     * @param retry this is a HelloRetryRequest
     * @param version 0x0303 or 0x0304, or another that cannot be decoded
     * @param group number of the chosen key share; null if none
     * @param preSharedKey the server took a PSK (1.3)
     */
    record Server(
            boolean retry,
            int version,
            byte[] random,
            int suite,
            boolean compressed,
            @Nullable Integer group,
            boolean preSharedKey,
            @Nullable String alpn,
            boolean encryptThenMac) {

        static Server parse(Cursor in) throws TlsException {
            int legacyVersion = in.u16();
            byte[] random = in.bytes(32);
            in.part(in.u8()); // session id
            int suite = in.u16();
            boolean compressed = in.u8() != 0;
            Map<Integer, byte[]> extensions = in.hasMore() ? extensions(in) : Map.of();
            in.end("ServerHello");
            byte[] supported = extensions.get(SUPPORTED_VERSIONS);
            byte[] share = extensions.get(KEY_SHARE);
            return new Server(
                    Arrays.equals(random, RETRY),
                    supported == null ? legacyVersion : new Cursor(supported).u16(),
                    random,
                    suite,
                    compressed,
                    share == null ? null : (Integer) new Cursor(share).u16(),
                    extensions.containsKey(PRE_SHARED_KEY),
                    alpnIn(extensions.get(ALPN)),
                    extensions.containsKey(ENCRYPT_THEN_MAC));
        }
    }

    /** EncryptedExtensions of TLS 1.3. */
    record Encrypted(@Nullable String alpn, boolean earlyDataAccepted) {

        static Encrypted parse(Cursor in) throws TlsException {
            Map<Integer, byte[]> extensions = extensions(in);
            in.end("EncryptedExtensions");
            return new Encrypted(alpnIn(extensions.get(ALPN)), extensions.containsKey(EARLY_DATA));
        }
    }

    private static Map<Integer, byte[]> extensions(Cursor in) throws TlsException {
        Cursor list = in.part(in.u16());
        Map<Integer, byte[]> extensions = new HashMap<>();
        while (list.hasMore()) {
            int type = list.u16();
            extensions.putIfAbsent(type, list.bytes(list.u16()));
        }
        return extensions;
    }

    private static @Nullable String serverNameIn(byte @Nullable [] extension) throws TlsException {
        if (extension == null || extension.length == 0) {
            return null;
        }
        Cursor in = new Cursor(extension);
        Cursor list = in.part(in.u16());
        while (list.hasMore()) {
            int type = list.u8();
            byte[] name = list.bytes(list.u16());
            if (type == 0) {
                return printable(name);
            }
        }
        return null;
    }

    private static @Nullable String alpnIn(byte @Nullable [] extension) throws TlsException {
        if (extension == null) {
            return null;
        }
        Cursor in = new Cursor(extension);
        Cursor list = in.part(in.u16());
        return printable(list.bytes(list.u8()));
    }

    /** These texts come from strangers and go into reports: ASCII, no control characters, no spaces. */
    private static String printable(byte[] bytes) {
        byte[] clean = bytes.clone();
        for (int i = 0; i < clean.length; i++) {
            if (clean[i] <= ' ' || clean[i] == 0x7f) {
                clean[i] = '?';
            }
        }
        return new String(clean, 0, Math.min(clean.length, 255), StandardCharsets.US_ASCII);
    }
}
