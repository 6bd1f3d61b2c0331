package org.tiezheng.archive.operations;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Running the server.
 *
 * @param diskNeeded with less free on the disk of the data folder the server is not ready
 * @param diskWanted with less free it says so
 */
@ConfigurationProperties(prefix = "tiezheng.operations", ignoreUnknownFields = false)
public record OperationsSettings(
        @DefaultValue("1GB") DataSize diskNeeded,
        @DefaultValue("10GB") DataSize diskWanted) {
    public OperationsSettings {
        if (diskWanted.compareTo(diskNeeded) < 0) {
            throw new IllegalArgumentException("tiezheng.operations.disk-wanted must not be less than disk-needed");
        }
    }
}
