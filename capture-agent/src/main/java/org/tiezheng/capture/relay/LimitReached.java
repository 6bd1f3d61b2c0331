package org.tiezheng.capture.relay;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RelayLimits limit} ended the recording of something: the capture cannot be complete.
 *
 * @param limit stable word: {@code capture-bytes}, {@code connection-bytes}, {@code connections}, {@code connection-idle}
 * @param allowed the limit: bytes, connections or seconds
 * @param connection {@link ConnectionRecord#number()}; null if the whole capture is meant
 * @param at UTC
 */
public record LimitReached(
        String limit, long allowed, @Nullable Integer connection, Instant at) {}
