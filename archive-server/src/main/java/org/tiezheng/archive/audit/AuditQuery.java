package org.tiezheng.archive.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which rows; {@code null} asks for all.
 *
 * @param action the whole action, or its beginning up to a dot: {@code evidence} finds {@code evidence.view}
 * @param from inclusive
 * @param to exclusive
 */
public record AuditQuery(
        @Nullable String actorId,
        @Nullable String action,
        @Nullable String objectType,
        @Nullable String objectId,
        AuditEvent.@Nullable Result result,
        @Nullable Instant from,
        @Nullable Instant to) {
    public static final AuditQuery ALL = new AuditQuery(null, null, null, null, null, null, null);
}
