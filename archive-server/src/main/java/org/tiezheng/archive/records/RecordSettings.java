package org.tiezheng.archive.records;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Period;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;

/**
 * Settings {@code tiezheng.records.*}; docs/configuration.md explains them.
 *
 * @param every how often packages that were archived since are put into a batch
 * @param most packages in a batch
 * @param alarmAfter a package that waits longer for its record, and a batch that waits longer for a token, is shown as a fault
 * @param renewBefore a batch is renewed when what its token stands on ends within this time
 * @param checkEvery how often it is looked what is due for renewal
 * @param policy algorithm policy file; null: the one that comes with the program
 * @param nextHash digest algorithm of a hash-tree renewal
 */
@ConfigurationProperties(prefix = "tiezheng.records", ignoreUnknownFields = false)
public record RecordSettings(
        @DefaultValue("1h") Duration every,
        @DefaultValue("100000") int most,
        @DefaultValue("6h") Duration alarmAfter,
        @DefaultValue("P1Y") Period renewBefore,
        @DefaultValue("1h") Duration checkEvery,
        @Nullable Path policy,
        @DefaultValue("SHA512") TreeHash nextHash) {
    public RecordSettings {
        if (every.compareTo(Duration.ofMinutes(1)) < 0 || every.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("tiezheng.records.every is 1 minute to 7 days");
        }
        if (most < 1 || most > RecordBatch.MAX_MEMBERS) {
            throw new IllegalArgumentException("tiezheng.records.most is 1 to " + RecordBatch.MAX_MEMBERS);
        }
        if (renewBefore.isNegative() || renewBefore.isZero()) {
            throw new IllegalArgumentException("tiezheng.records.renew-before must be positive");
        }
        if (alarmAfter.compareTo(every) < 0) {
            throw new IllegalArgumentException("tiezheng.records.alarm-after must not be less than every");
        }
        if (checkEvery.compareTo(Duration.ofSeconds(10)) < 0) {
            throw new IllegalArgumentException("tiezheng.records.check-every is 10 seconds or more");
        }
        if (nextHash == TreeHash.SHA256) {
            throw new IllegalArgumentException("tiezheng.records.next-hash is another algorithm than SHA256");
        }
    }

    /** The defaults, for tests. */
    static RecordSettings defaults() {
        return new RecordSettings(
                Duration.ofHours(1),
                100_000,
                Duration.ofHours(6),
                Period.ofYears(1),
                Duration.ofHours(1),
                null,
                TreeHash.SHA512);
    }
}
