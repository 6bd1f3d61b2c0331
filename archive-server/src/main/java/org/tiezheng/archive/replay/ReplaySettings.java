package org.tiezheng.archive.replay;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings {@code tiezheng.replay.*}.
 *
 * @param port of the connector; 0 takes a free one
 * @param address the connector listens on; that of the main connector if null
 * @param url origin under which browsers reach the connector, such as {@code https://replay.archive.example}; if null it is
 *     scheme and host of the request with the connector's port, which is right without a proxy only
 * @param tokenLifetime how long a page that was opened can go on reading its package
 */
@ConfigurationProperties(prefix = "tiezheng.replay", ignoreUnknownFields = false)
public record ReplaySettings(
        @DefaultValue("0") int port,
        @Nullable String address,
        @Nullable URI url,
        @DefaultValue("30m") Duration tokenLifetime) {

    public ReplaySettings {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("tiezheng.replay.port is " + port);
        }
        if (url != null
                && (url.getHost() == null
                        || (url.getRawPath() != null && url.getRawPath().length() > 1))) {
            throw new IllegalArgumentException(
                    "tiezheng.replay.url must be an origin, such as https://replay.example: " + url);
        }
        if (tokenLifetime.compareTo(Duration.ofMinutes(1)) < 0 || tokenLifetime.compareTo(Duration.ofHours(12)) > 0) {
            throw new IllegalArgumentException("tiezheng.replay.token-lifetime must be 1m to 12h: " + tokenLifetime);
        }
    }
}
