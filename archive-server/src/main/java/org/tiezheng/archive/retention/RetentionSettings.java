package org.tiezheng.archive.retention;

import java.time.Duration;
import java.time.Period;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings {@code tiezheng.retention.*}; docs/configuration.md explains them.
 *
 * @param horizon how far ahead objects are locked whose period has no end: permanent classes, open cases
 * @param extendBefore such a lock is extended when less than this is left
 * @param turnEvery how often holds, extensions and disposals that wait are worked on
 * @param checkEvery how often locks and holds of all objects in all copies are compared with class and catalogue
 */
@ConfigurationProperties(prefix = "tiezheng.retention", ignoreUnknownFields = false)
public record RetentionSettings(
        @DefaultValue("P10Y") Period horizon,
        @DefaultValue("P2Y") Period extendBefore,
        @DefaultValue("15s") Duration turnEvery,
        @DefaultValue("7d") Duration checkEvery) {
    public RetentionSettings {
        if (horizon.isNegative() || horizon.isZero() || extendBefore.isNegative()) {
            throw new IllegalArgumentException(
                    "tiezheng.retention.horizon must be positive, extend-before not negative");
        }
        if (days(extendBefore) >= days(horizon)) {
            throw new IllegalArgumentException("tiezheng.retention.extend-before must be shorter than horizon");
        }
        if (turnEvery.toMillis() < 1 || checkEvery.toMillis() < 1) {
            throw new IllegalArgumentException("tiezheng.retention.turn-every and check-every must be positive");
        }
    }

    private static long days(Period period) {
        return period.toTotalMonths() * 30 + period.getDays();
    }

    /** The defaults, for tests. */
    public static RetentionSettings defaults() {
        return new RetentionSettings(Period.ofYears(10), Period.ofYears(2), Duration.ofSeconds(15), Duration.ofDays(7));
    }
}
