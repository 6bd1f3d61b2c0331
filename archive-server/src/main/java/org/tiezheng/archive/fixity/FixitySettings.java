package org.tiezheng.archive.fixity;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings {@code tiezheng.fixity.*}; docs/configuration.md explains them.
 *
 * @param enabled whether this server checks; others on the same database may
 * @param rate bytes per second that this server reads for checks, until somebody sets another on the screen
 * @param listingEvery how often the stores are listed for objects that the catalogue does not know
 * @param batch copies claimed at a time
 */
@ConfigurationProperties(prefix = "tiezheng.fixity", ignoreUnknownFields = false)
public record FixitySettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("50MB") DataSize rate,
        @DefaultValue("7d") Duration listingEvery,
        @DefaultValue("200") int batch) {
    public FixitySettings {
        if (rate.toBytes() < 1) {
            throw new IllegalArgumentException("tiezheng.fixity.rate must be positive");
        }
        if (listingEvery.toMillis() < 1) {
            throw new IllegalArgumentException("tiezheng.fixity.listing-every must be positive");
        }
        if (batch < 1 || batch > 10_000) {
            throw new IllegalArgumentException("tiezheng.fixity.batch must be 1 to 10000");
        }
    }

    /** As without configuration. */
    public static FixitySettings defaults() {
        return new FixitySettings(true, DataSize.ofMegabytes(50), Duration.ofDays(7), 200);
    }
}
