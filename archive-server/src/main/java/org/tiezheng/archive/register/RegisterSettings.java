package org.tiezheng.archive.register;

import java.time.Duration;
import java.time.LocalTime;
import java.time.Period;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings {@code tiezheng.register.*}; docs/configuration.md explains them.
 *
 * @param daily whether one is made every day, besides those that are asked for
 * @param at when, in Beijing
 * @param keep how long each is locked in the store; longer than auditors stay away
 * @param every how often the queue is looked at
 */
@ConfigurationProperties(prefix = "tiezheng.register", ignoreUnknownFields = false)
public record RegisterSettings(
        @DefaultValue("true") boolean daily,
        @DefaultValue("03:40") LocalTime at,
        @DefaultValue("P400D") Period keep,
        @DefaultValue("3s") Duration every) {
    public RegisterSettings {
        if (keep.isNegative() || keep.isZero()) {
            throw new IllegalArgumentException("tiezheng.register.keep must be positive");
        }
        if (every.isNegative() || every.isZero()) {
            throw new IllegalArgumentException("tiezheng.register.every must be positive");
        }
    }
}
