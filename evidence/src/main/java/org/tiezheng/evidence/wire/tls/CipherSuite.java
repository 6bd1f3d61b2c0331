package org.tiezheng.evidence.wire.tls;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The cipher suites that can be decoded, named as in IANA's registry.
 *
 * <p>For TLS 1.2 they are those with which Chromium and OpenSSL meet servers: AES-GCM, ChaCha20-Poly1305 and AES-CBC, with
 * any key exchange.
 */
enum CipherSuite {
    TLS_AES_128_GCM_SHA256(0x1301, Protection.GCM, 16, "SHA-256"),
    TLS_AES_256_GCM_SHA384(0x1302, Protection.GCM, 32, "SHA-384"),
    TLS_CHACHA20_POLY1305_SHA256(0x1303, Protection.CHACHA20, 32, "SHA-256"),

    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256(0xc02b, Protection.GCM, 16, "SHA-256"),
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384(0xc02c, Protection.GCM, 32, "SHA-384"),
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256(0xc02f, Protection.GCM, 16, "SHA-256"),
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384(0xc030, Protection.GCM, 32, "SHA-384"),
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256(0xcca8, Protection.CHACHA20, 32, "SHA-256"),
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256(0xcca9, Protection.CHACHA20, 32, "SHA-256"),
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256(0xccaa, Protection.CHACHA20, 32, "SHA-256"),
    TLS_DHE_RSA_WITH_AES_128_GCM_SHA256(0x009e, Protection.GCM, 16, "SHA-256"),
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384(0x009f, Protection.GCM, 32, "SHA-384"),
    TLS_RSA_WITH_AES_128_GCM_SHA256(0x009c, Protection.GCM, 16, "SHA-256"),
    TLS_RSA_WITH_AES_256_GCM_SHA384(0x009d, Protection.GCM, 32, "SHA-384"),

    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA(0xc009, Protection.CBC, 16, "SHA-256", "HmacSHA1", 20),
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA(0xc00a, Protection.CBC, 32, "SHA-256", "HmacSHA1", 20),
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA(0xc013, Protection.CBC, 16, "SHA-256", "HmacSHA1", 20),
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA(0xc014, Protection.CBC, 32, "SHA-256", "HmacSHA1", 20),
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256(0xc023, Protection.CBC, 16, "SHA-256", "HmacSHA256", 32),
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384(0xc024, Protection.CBC, 32, "SHA-384", "HmacSHA384", 48),
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256(0xc027, Protection.CBC, 16, "SHA-256", "HmacSHA256", 32),
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384(0xc028, Protection.CBC, 32, "SHA-384", "HmacSHA384", 48),
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA(0x0033, Protection.CBC, 16, "SHA-256", "HmacSHA1", 20),
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA(0x0039, Protection.CBC, 32, "SHA-256", "HmacSHA1", 20),
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA256(0x0067, Protection.CBC, 16, "SHA-256", "HmacSHA256", 32),
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA256(0x006b, Protection.CBC, 32, "SHA-256", "HmacSHA256", 32),
    TLS_RSA_WITH_AES_128_CBC_SHA(0x002f, Protection.CBC, 16, "SHA-256", "HmacSHA1", 20),
    TLS_RSA_WITH_AES_256_CBC_SHA(0x0035, Protection.CBC, 32, "SHA-256", "HmacSHA1", 20),
    TLS_RSA_WITH_AES_128_CBC_SHA256(0x003c, Protection.CBC, 16, "SHA-256", "HmacSHA256", 32),
    TLS_RSA_WITH_AES_256_CBC_SHA256(0x003d, Protection.CBC, 32, "SHA-256", "HmacSHA256", 32);

    /** How records are protected. */
    enum Protection {
        GCM,
        CHACHA20,
        CBC
    }

    private final int id;
    final Protection protection;
    final int keyBytes;
    /** Hash of the transcript, HKDF or PRF. */
    final String hash;
    /** HMAC of CBC records; empty for AEAD. */
    final String mac;

    final int macBytes;

    CipherSuite(int id, Protection protection, int keyBytes, String hash) {
        this(id, protection, keyBytes, hash, "", 0);
    }

    CipherSuite(int id, Protection protection, int keyBytes, String hash, String mac, int macBytes) {
        this.id = id;
        this.protection = protection;
        this.keyBytes = keyBytes;
        this.hash = hash;
        this.mac = mac;
        this.macBytes = macBytes;
    }

    boolean isTls13() {
        return id >> 8 == 0x13;
    }

    /** ECDHE by the ServerKeyExchange of RFC 8422; the others of RFC 5246. */
    boolean isEcdhe() {
        return name().startsWith("TLS_ECDHE");
    }

    /** @return null if records of this suite cannot be decoded */
    static @Nullable CipherSuite of(int id) {
        for (CipherSuite suite : values()) {
            if (suite.id == id) {
                return suite;
            }
        }
        return null;
    }

    /** The registry name if known here, else the number as {@code 0xc0ac}. */
    static String nameOf(int id) {
        CipherSuite suite = of(id);
        return suite == null ? "0x" + HexFormat.of().toHexDigits((short) id) : suite.name();
    }
}
