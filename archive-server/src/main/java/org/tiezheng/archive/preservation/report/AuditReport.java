package org.tiezheng.archive.preservation.report;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A report that was ordered, and what became of it.
 *
 * @param number as printed: {@code SJ-2026-0007}
 * @param language {@code zh-CN} or {@code en}
 * @param from first instant of the period
 * @param to end of the period, not included; the totals are of this moment
 * @param sample packages read again for it; 0: none
 * @param seed 32 hex digits that chose them
 * @param step word for what is being done; null unless RUNNING
 * @param pages of the PDF
 * @param sha256 of the kept container
 * @param stampedAt time of its first time-stamp
 */
public record AuditReport(
        UUID id,
        String number,
        State state,
        String language,
        Instant from,
        Instant to,
        Scope scope,
        int sample,
        String seed,
        String requestedBy,
        String requestedByName,
        Instant requestedAt,
        @Nullable String step,
        int stepsDone,
        int stepsTotal,
        @Nullable Instant finishedAt,
        @Nullable String failure,
        @Nullable UUID previousId,
        @Nullable Integer findings,
        @Nullable Integer findingsHigh,
        @Nullable Integer pages,
        @Nullable String pdfSha256,
        @Nullable String jsonSha256,
        @Nullable String sha256,
        @Nullable Long sizeBytes,
        @Nullable Instant stampedAt) {
    /** Names are in the database and in REST. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        public boolean isOpen() {
            return this == WAITING || this == RUNNING;
        }
    }

    /** Longest period: what is longer is several reports. */
    static final Duration MOST = Duration.ofDays(3660);

    Locale locale() {
        return Locale.forLanguageTag(language);
    }

    /** 0 to 100. */
    public int percent() {
        return state == State.DONE ? 100 : stepsTotal == 0 ? 0 : Math.min(99, stepsDone * 100 / stepsTotal);
    }
}
