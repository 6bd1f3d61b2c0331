package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Outside bounds on when the capture was made. The lower bound is here: a token that did not exist before its
 * genTime. The upper bound is the time-stamp of the seal, outside this file.
 *
 * @param notBefore absent if no authority answered before the capture; {@code failures} then says why
 * @param failures one entry for each authority that gave none
 */
public record TimeBracket(@Nullable NotBefore notBefore, List<Failure> failures) {

    public TimeBracket {
        failures = List.copyOf(failures);
    }

    /**
     * @param nonce 32 random bytes, lower-case hex; made by this capture, so the token cannot have been kept in stock
     * @param token base64 DER of the RFC 3161 token over SHA-256 of the nonce bytes
     * @param genTime of the token, UTC
     * @param authority label of the authority
     * @param embedded whether it is the agent's own authority, which convinces no outsider
     */
    public record NotBefore(String nonce, String token, Instant genTime, String authority, boolean embedded) {
        private static final Pattern NONCE = Pattern.compile("[0-9a-f]{64}");

        public NotBefore {
            if (!NONCE.matcher(nonce).matches()) {
                throw new IllegalArgumentException("expected 64 lower-case hex digits, got \"" + nonce + "\"");
            }
        }
    }

    public record Failure(String authority, String reason) {}
}
