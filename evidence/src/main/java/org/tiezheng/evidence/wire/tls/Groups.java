package org.tiezheng.evidence.wire.tls;

import java.util.HexFormat;

/** Names of key exchange groups, as in IANA's "TLS Supported Groups" registry. */
final class Groups {
    private Groups() {}

    static String nameOf(int group) {
        return switch (group) {
            case 23 -> "secp256r1";
            case 24 -> "secp384r1";
            case 25 -> "secp521r1";
            case 29 -> "x25519";
            case 30 -> "x448";
            case 31 -> "brainpoolP256r1tls13";
            case 32 -> "brainpoolP384r1tls13";
            case 33 -> "brainpoolP512r1tls13";
            case 41 -> "curveSM2";
            case 256 -> "ffdhe2048";
            case 257 -> "ffdhe3072";
            case 258 -> "ffdhe4096";
            case 259 -> "ffdhe6144";
            case 260 -> "ffdhe8192";
            case 512 -> "MLKEM512";
            case 513 -> "MLKEM768";
            case 514 -> "MLKEM1024";
            case 0x11eb -> "SecP256r1MLKEM768";
            case 0x11ec -> "X25519MLKEM768";
            case 0x11ed -> "SecP384r1MLKEM1024";
            case 0x6399 -> "X25519Kyber768Draft00";
            default -> "0x" + HexFormat.of().toHexDigits((short) group);
        };
    }
}
