package org.tiezheng.evidence.wire.tls;

/** Names of fatal alerts, as in IANA's "TLS Alerts" registry. */
final class Alerts {
    private Alerts() {}

    /** Number and name, {@code 48 (unknown_ca)}; the number alone if it is a rare one. */
    static String nameOf(int description) {
        String name = switch (description) {
            case 10 -> "unexpected_message";
            case 20 -> "bad_record_mac";
            case 40 -> "handshake_failure";
            case 42 -> "bad_certificate";
            case 43 -> "unsupported_certificate";
            case 44 -> "certificate_revoked";
            case 45 -> "certificate_expired";
            case 46 -> "certificate_unknown";
            case 47 -> "illegal_parameter";
            case 48 -> "unknown_ca";
            case 49 -> "access_denied";
            case 50 -> "decode_error";
            case 51 -> "decrypt_error";
            case 70 -> "protocol_version";
            case 71 -> "insufficient_security";
            case 80 -> "internal_error";
            case 86 -> "inappropriate_fallback";
            case 109 -> "missing_extension";
            case 112 -> "unrecognized_name";
            case 116 -> "certificate_required";
            case 120 -> "no_application_protocol";
            default -> "";
        };
        return name.isEmpty() ? String.valueOf(description) : description + " (" + name + ")";
    }
}
