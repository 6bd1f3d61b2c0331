package org.tiezheng.archive.log;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The transparency log.
 *
 * @param origin name of the log, for ever: an address-like word without {@code https://}, such as {@code
 *     archive.example.gov.cn/log}. It is also the name of its key
 * @param every how often new entries are taken in and a checkpoint is signed; packages wait so long for their proof
 * @param batch most entries taken in at once
 */
@ConfigurationProperties(prefix = "tiezheng.log", ignoreUnknownFields = false)
public record LogSettings(
        @DefaultValue("tiezheng.localhost/log") String origin,
        @DefaultValue("2s") Duration every,
        @DefaultValue("1000") int batch) {

    public LogSettings {
        if (every.compareTo(Duration.ofMillis(100)) < 0 || every.compareTo(Duration.ofSeconds(10)) > 0) {
            throw new IllegalArgumentException(
                    "tiezheng.log.every is 100ms to 10s: a checkpoint follows a seal so soon");
        }
        if (batch < 1 || batch > 10_000) {
            throw new IllegalArgumentException("tiezheng.log.batch is 1 to 10000");
        }
    }
}
