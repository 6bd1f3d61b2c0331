package org.tiezheng.archive.database;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which database. Without {@code url} the server runs its own PostgreSQL in the data folder.
 *
 * @param url {@code jdbc:postgresql://…} of PostgreSQL 15 or newer, whose administrator has made the roles
 *     {@code tiezheng_owner} (owner of the database) and {@code tiezheng_app}
 * @param ownerPassword of {@code tiezheng_owner}; used while migrating only
 * @param appPassword of {@code tiezheng_app}
 * @param poolSize connections kept for the application
 */
@ConfigurationProperties(prefix = "tiezheng.database", ignoreUnknownFields = false)
public record DatabaseSettings(
        @Nullable String url,
        @DefaultValue("") String ownerPassword,
        @DefaultValue("") String appPassword,
        @DefaultValue("20") int poolSize) {
    public DatabaseSettings {
        if (url != null && !url.isBlank() && !url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("tiezheng.database.url must begin with jdbc:postgresql:");
        }
        if (poolSize < 4 || poolSize > 500) {
            throw new IllegalArgumentException("tiezheng.database.pool-size must be from 4 to 500, not " + poolSize);
        }
    }

    /** True if the server runs its own PostgreSQL. */
    boolean isLocal() {
        return url == null || url.isBlank();
    }

    /** Passwords stay out of logs. */
    @Override
    public String toString() {
        return "DatabaseSettings[url=" + url + ", poolSize=" + poolSize + "]";
    }
}
