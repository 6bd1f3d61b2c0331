package org.tiezheng.archive.retention;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.web.Format;

/**
 * What the rules in force say about one evidence.
 *
 * @param begins last day before the period; null while a case is open
 */
public record Assessment(
        CaseType caseType,
        RetentionRule rule,
        RetentionClass klass,
        @Nullable LocalDate begins) {
    /** End of the period; null if it does not run, or never ends. */
    public @Nullable Instant endsAt() {
        return endOf(begins, klass.years());
    }

    /** Begin of the first day, in Beijing, that is no longer in a period of {@code years} after {@code begins}. */
    static @Nullable Instant endOf(@Nullable LocalDate begins, @Nullable Integer years) {
        return begins == null || years == null
                ? null
                : begins.plusDays(1)
                        .plusYears(years)
                        .atStartOfDay(Format.BEIJING)
                        .toInstant();
    }
}
