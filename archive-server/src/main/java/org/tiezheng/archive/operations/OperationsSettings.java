package org.tiezheng.archive.operations;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Running the server.
 *
 * @param diskNeeded with less free on the disk of the data folder the server is not ready
 * @param diskWanted with less free it says so
 * @param logFormat of the log on standard output: empty for text; {@code ecs}, {@code logstash} or {@code gelf} for JSON
 */
@ConfigurationProperties(prefix = "tiezheng.operations", ignoreUnknownFields = false)
public record OperationsSettings(
        @DefaultValue("1GB") DataSize diskNeeded,
        @DefaultValue("10GB") DataSize diskWanted,
        @DefaultValue("") String logFormat) {
    private static final List<String> FORMATS = List.of("", "ecs", "logstash", "gelf");

    public OperationsSettings {
        if (diskWanted.compareTo(diskNeeded) < 0) {
            throw new IllegalArgumentException("tiezheng.operations.disk-wanted must not be less than disk-needed");
        }
        if (!FORMATS.contains(logFormat)) {
            throw new IllegalArgumentException("tiezheng.operations.log-format must be empty, ecs, logstash or gelf");
        }
    }
}
