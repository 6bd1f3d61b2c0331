package org.tiezheng.capture;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How captures are made; the same for all addresses of one command.
 *
 * @param device name of a device profile
 * @param language BCP 47 tag
 * @param timezone IANA name
 * @param timeout for all steps of one capture, without assembly and sealing
 * @param video longest screen video; zero for none
 * @param maxBytes recorded on the wire, both directions
 * @param maxHeightPx page height that is scrolled and shot, CSS pixels
 * @param allowedHosts exceptions to the egress policy, {@code HOST[:PORT]}
 * @param trustedSpki base64 SHA-256 of public keys Chromium accepts whatever their certificate
 * @param recordInvalidTls let pages with a bad certificate through, with the verdict on record
 * @param browserUser account for Chromium when we are root; null for the default
 * @param ntpHosts asked for the time; empty for the default servers
 */
record CaptureSettings(
        String device,
        String language,
        String timezone,
        Duration timeout,
        Duration video,
        long maxBytes,
        int maxHeightPx,
        List<String> allowedHosts,
        List<String> trustedSpki,
        boolean recordInvalidTls,
        @Nullable String browserUser,
        List<String> ntpHosts,
        @Nullable String caseNo,
        @Nullable String purpose,
        List<String> officers) {
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(180);
    static final Duration DEFAULT_VIDEO = Duration.ofSeconds(60);
    static final long DEFAULT_MAX_BYTES = 200L << 20;
    static final int DEFAULT_MAX_HEIGHT = 60_000;

    CaptureSettings {
        if (timeout.isNegative() || timeout.isZero() || video.isNegative() || maxBytes <= 0 || maxHeightPx <= 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
        allowedHosts = List.copyOf(allowedHosts);
        trustedSpki = List.copyOf(trustedSpki);
        ntpHosts = List.copyOf(ntpHosts);
        officers = List.copyOf(officers);
    }

    /** Desktop, Chinese, Shanghai, 180 s, video of at most 60 s, 200 MiB, 60,000 px. */
    static CaptureSettings defaults() {
        return new CaptureSettings(
                "desktop",
                "zh-CN",
                "Asia/Shanghai",
                DEFAULT_TIMEOUT,
                DEFAULT_VIDEO,
                DEFAULT_MAX_BYTES,
                DEFAULT_MAX_HEIGHT,
                List.of(),
                List.of(),
                false,
                null,
                List.of(),
                null,
                null,
                List.of());
    }
}
