package org.tiezheng.archive.preservation.report;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Period;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings {@code tiezheng.reports.*}; docs/configuration.md explains them.
 *
 * @param keep how long a report is locked in the store
 * @param dueHigh days in which a finding of severity HIGH is to be put in order, and so on
 * @param fonts TrueType files for characters the bundled font does not have
 * @param every how often the queue is looked at
 */
@ConfigurationProperties(prefix = "tiezheng.reports", ignoreUnknownFields = false)
public record ReportSettings(
        @DefaultValue("P30Y") Period keep,
        @DefaultValue("7d") Duration dueHigh,
        @DefaultValue("30d") Duration dueMedium,
        @DefaultValue("90d") Duration dueLow,
        @DefaultValue List<Path> fonts,
        @DefaultValue("3s") Duration every) {
    public ReportSettings {
        fonts = List.copyOf(fonts);
        if (keep.isNegative() || keep.isZero()) {
            throw new IllegalArgumentException("tiezheng.reports.keep must be positive");
        }
        if (every.isNegative() || every.isZero()) {
            throw new IllegalArgumentException("tiezheng.reports.every must be positive");
        }
    }

    /** Days a finding may stay open. */
    long dueDays(Severity severity) {
        Duration due = switch (severity) {
            case HIGH -> dueHigh;
            case MEDIUM -> dueMedium;
            case LOW -> dueLow;
        };
        return due.toDays();
    }
}
