package org.tiezheng.archive.preservation.report;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;

/**
 * What a section needs to know of its report.
 *
 * @param now when the figures are read
 * @param previous the report before, of the same scope, with the totals it printed
 * @param progress for sections that take long; tells when the report was cancelled
 */
record ReportContext(AuditReport report, Instant now, Optional<Previous> previous, Progress progress) {
    /** @param totals by name, as that report's JSON has them */
    record Previous(AuditReport report, Map<String, Long> totals) {}

    /** Says how far the work is. */
    @FunctionalInterface
    interface Progress {
        /** @throws CancelledException if nobody wants the report any more */
        void at(String step) throws CancelledException;
    }

    /** The report was cancelled, or another server has it now. */
    static final class CancelledException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    OffsetDateTime from() {
        return report.from().atOffset(ZoneOffset.UTC);
    }

    OffsetDateTime to() {
        return report.to().atOffset(ZoneOffset.UTC);
    }
}
