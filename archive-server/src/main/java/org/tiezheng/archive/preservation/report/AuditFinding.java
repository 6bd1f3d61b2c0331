package org.tiezheng.archive.preservation.report;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something a report found wrong.
 *
 * @param code word of it; the sentence is {@code report.finding.<code>} with the arguments
 * @param subject what it is about
 * @param section of the report, 1 to 15
 * @param ownerRole who puts it in order: name of a role
 * @param dueOn day in Beijing
 * @param firstReport number of the report that saw it first
 * @param lastReport number of the report that saw it last
 */
public record AuditFinding(
        long id,
        String code,
        String subject,
        Severity severity,
        int section,
        List<String> arguments,
        String ownerRole,
        LocalDate dueOn,
        UUID firstReportId,
        String firstReport,
        Instant firstSeenAt,
        UUID lastReportId,
        String lastReport,
        Instant lastSeenAt,
        @Nullable Instant closedAt,
        @Nullable String closedByName,
        @Nullable String closingNote) {
    public AuditFinding {
        arguments = List.copyOf(arguments);
    }

    public boolean isOpen() {
        return closedAt == null;
    }
}
