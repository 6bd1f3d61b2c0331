package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, by whom and why.
 *
 * @param url as typed
 * @param receivedAt when the agent took the request, UTC
 * @param captureType {@code web} (domain row 11); other kinds come later
 * @param accessMode {@code public}: no account was used (domain row 21)
 * @param device name of the device profile: {@code desktop}, {@code laptop}, {@code phone}
 * @param language BCP 47 tag asked of the browser
 * @param timezone IANA name asked of the browser
 * @param timeoutSeconds bound on the whole capture, without sealing
 * @param videoSeconds longest screen video; 0 if none was asked for
 * @param maxBytes bound on the bytes relayed
 * @param maxHeightPx bound on the page height that is scrolled and shot, CSS pixels
 * @param allowedHosts names and addresses exempt from the egress policy
 * @param trustedSpki base64 SHA-256 of public keys that Chromium was told to accept
 * @param recordInvalidTls whether pages with a bad certificate were let through (the verdict on it is in {@code tls})
 * @param timestampAuthorities labels of the authorities configured, in order
 * @param caseNo case or clue number, if given
 * @param purpose why the capture was made, in the requester's words, if given
 * @param officers as typed by the requester; the agent does not check identities
 */
public record Request(
        String url,
        Instant receivedAt,
        String captureType,
        String accessMode,
        String device,
        String language,
        String timezone,
        long timeoutSeconds,
        long videoSeconds,
        long maxBytes,
        int maxHeightPx,
        List<String> allowedHosts,
        List<String> trustedSpki,
        boolean recordInvalidTls,
        List<String> timestampAuthorities,
        @Nullable String caseNo,
        @Nullable String purpose,
        List<String> officers) {

    public Request {
        allowedHosts = List.copyOf(allowedHosts);
        trustedSpki = List.copyOf(trustedSpki);
        timestampAuthorities = List.copyOf(timestampAuthorities);
        officers = List.copyOf(officers);
    }
}
