package org.tiezheng.archive.filing;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings {@code tiezheng.filing.*}; docs/configuration.md explains them.
 *
 * @param clamd address of ClamAV's clamd, {@code HOST:PORT} or the path of its socket; null: files are not scanned
 * @param clamdTimeout longest wait for the scanner at each block and for its answer
 * @param unscanned what becomes of evidence that no scanner saw
 * @param ffprobe program that decodes videos; where it is not there, a person looks
 * @param ffprobeTimeout longest time for one video
 * @param exportFolder where packages for other archives may be written on this server; null: nowhere
 * @param maxPackages most packages in one task
 * @param maxImport largest file that is taken in
 * @param workers tasks that run at the same time on this server
 * @param lease a server that says nothing for so long has died, and another goes on with its task
 */
@ConfigurationProperties(prefix = "tiezheng.filing", ignoreUnknownFields = false)
public record FilingSettings(
        @Nullable String clamd,
        @DefaultValue("30s") Duration clamdTimeout,
        @DefaultValue("WARN") Unscanned unscanned,
        @DefaultValue("ffprobe") String ffprobe,
        @DefaultValue("2m") Duration ffprobeTimeout,
        @Nullable Path exportFolder,
        @DefaultValue("2000") int maxPackages,
        @DefaultValue("64GB") DataSize maxImport,
        @DefaultValue("1") int workers,
        @DefaultValue("2m") Duration lease) {

    /** What becomes of evidence that no virus scanner saw. */
    public enum Unscanned {
        /** Filed with a reason. */
        WARN,
        /** Not filed. */
        BLOCK
    }

    public FilingSettings {
        if (maxPackages < 1 || maxPackages > 10_000 || workers < 1 || workers > 16 || maxImport.toBytes() < 1) {
            throw new IllegalArgumentException(
                    "tiezheng.filing: max-packages is 1 to 10000, workers 1 to 16, max-import begins at 1");
        }
        if (lease.toSeconds() < 10 || clamdTimeout.toMillis() < 1 || ffprobeTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("tiezheng.filing: lease begins at 10s, timeouts at 1ms");
        }
    }

    /** The defaults, for tests. */
    public static FilingSettings defaults() {
        return new FilingSettings(
                null,
                Duration.ofSeconds(30),
                Unscanned.WARN,
                "ffprobe",
                Duration.ofMinutes(2),
                null,
                2000,
                DataSize.ofGigabytes(64),
                1,
                Duration.ofMinutes(2));
    }
}
