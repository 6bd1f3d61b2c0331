package org.tiezheng.archive.ingest;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Period;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.tiezheng.storage.Retention;

/**
 * Settings {@code tiezheng.ingest.*}; docs/configuration.md explains them.
 *
 * @param trustAnchors PEM files with the roots that signatures and time-stamps must lead to; empty: the root of the embedded
 *     authority in the data folder, which every report then calls embedded
 * @param indeterminate what becomes of a package that is neither VALID nor INVALID
 * @param checkSm3 compare SM3 digests too; the log leaf names one
 * @param deep repeat the derivation of the web archive from the network recording
 * @param retention how long the objects of a package are locked at first; can be lengthened, never shortened
 * @param retentionMode COMPLIANCE, or GOVERNANCE for trials
 * @param maxPackage largest package
 * @param maxOpenUploads uploads that are not at their end
 * @param keepFree bytes that stay free on the disk of the data folder
 * @param idleUploads an upload that gets no byte for so long is given up
 * @param workers packages that are verified and stored at the same time
 * @param retryFirst wait after the first fault of disk, store or database; doubled by every further one
 * @param retryMost longest wait
 */
@ConfigurationProperties(prefix = "tiezheng.ingest", ignoreUnknownFields = false)
public record IngestSettings(
        @DefaultValue({}) List<Path> trustAnchors,
        @DefaultValue("ACCEPT_UNKNOWN_SIGNERS") Indeterminate indeterminate,
        @DefaultValue("true") boolean checkSm3,
        @DefaultValue("false") boolean deep,
        @DefaultValue("P4Y") Period retention,
        @DefaultValue("COMPLIANCE") Retention.Mode retentionMode,
        @DefaultValue("16GB") DataSize maxPackage,
        @DefaultValue("100") int maxOpenUploads,
        @DefaultValue("1GB") DataSize keepFree,
        @DefaultValue("48h") Duration idleUploads,
        @DefaultValue("2") int workers,
        @DefaultValue("5s") Duration retryFirst,
        @DefaultValue("5m") Duration retryMost) {

    /** What becomes of a package that is neither VALID nor INVALID. */
    public enum Indeterminate {
        /** Into the archive, whatever could not be checked. */
        ACCEPT,
        /**
         * Into the archive if all that is open is who signed and who stamped (T06, S04, and T07 and S05 that follow from T06): bytes,
         * digests and signatures were checked and are right, only no root of ours is behind them. Labelled INDETERMINATE; a root
         * that is added later makes it VALID at the next verification.
         */
        ACCEPT_UNKNOWN_SIGNERS,
        /** Into the quarantine. */
        QUARANTINE
    }

    public IngestSettings {
        trustAnchors = List.copyOf(trustAnchors);
        if (retention.isNegative() || retention.isZero()) {
            throw new IllegalArgumentException("tiezheng.ingest.retention must be positive");
        }
        if (maxOpenUploads < 1 || workers < 1 || workers > 64 || maxPackage.toBytes() < 1) {
            throw new IllegalArgumentException("tiezheng.ingest: max-open-uploads, workers and max-package begin at 1");
        }
        if (retryFirst.isNegative() || retryFirst.isZero() || retryMost.compareTo(retryFirst) < 0) {
            throw new IllegalArgumentException("tiezheng.ingest.retry-most must not be less than retry-first");
        }
    }

    /** The defaults, for tests. */
    public static IngestSettings defaults() {
        return new IngestSettings(
                List.of(),
                Indeterminate.ACCEPT_UNKNOWN_SIGNERS,
                true,
                false,
                Period.ofYears(4),
                Retention.Mode.COMPLIANCE,
                DataSize.ofGigabytes(16),
                100,
                DataSize.ofBytes(0),
                Duration.ofDays(2),
                2,
                Duration.ofSeconds(5),
                Duration.ofMinutes(5));
    }
}
