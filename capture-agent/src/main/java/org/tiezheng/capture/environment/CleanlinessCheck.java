package org.tiezheng.capture.environment;

import java.time.Instant;
import java.util.Locale;

/**
 * One of the ten cleanliness checks of domain.md C1, row 17.
 *
 * @param evidence what was found, or why nothing could be, English; may name a file of the package
 * @param checkedAt UTC
 */
public record CleanlinessCheck(Item item, Result result, String evidence, Instant checkedAt) {

    /** What is checked, in the order of the record. */
    public enum Item {
        /** Virus scanner and date of its database. */
        ANTIVIRUS,
        /** Nothing that controls, records or changes. */
        PROCESSES,
        /** History, cache and cookies empty; known to the browser part. */
        FRESH_PROFILE,
        NO_PROXY,
        HOSTS_FILE,
        /** All name servers of the machine answer, with public addresses. */
        DNS,
        /** A way out exists. */
        ROUTE,
        /** Chromium's verdict on the certificates; known to the browser part. */
        CERTIFICATE_CHAIN,
        DISK_FREE,
        /** Screen recording ran from the start; known to the browser part. */
        RECORDING_STARTED;

        /** Whether only the browser can tell, once it has run. */
        public boolean ofBrowser() {
            return this == FRESH_PROFILE || this == CERTIFICATE_CHAIN || this == RECORDING_STARTED;
        }

        /** Stable word, such as {@code no-proxy}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** "Could not check" is neither of the others. */
    public enum Result {
        OK,
        NOT_OK,
        NOT_AVAILABLE
    }
}
