package org.tiezheng.archive.identity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A token as its owner sees it in a list; the secret itself is shown once and kept nowhere.
 *
 * @param owner user name of the account it acts as
 * @param name what its owner calls it
 * @param lastUsedAt to the minute, null if never
 */
public record ApiToken(
        UUID id,
        UUID accountId,
        String owner,
        String name,
        Set<Scope> scopes,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt) {

    public ApiToken {
        scopes = Set.copyOf(scopes);
    }

    public boolean usableAt(Instant now) {
        return revokedAt == null && expiresAt.isAfter(now);
    }
}
