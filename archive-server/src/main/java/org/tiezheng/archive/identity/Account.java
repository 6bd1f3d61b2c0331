package org.tiezheng.archive.identity;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who can sign in. Never deleted, only disabled: evidence and audit name the id for as long as they exist.
 *
 * @param id never used again for somebody else
 * @param username lower case, {@code [a-z0-9][a-z0-9._@-]*}, 2 to 64 characters
 * @param displayName name as people know it
 * @param language {@code zh-CN}, {@code en} or none chosen
 * @param local whether there is a password here; otherwise the identity provider vouches
 * @param passwordChangedAt when the password was chosen, null if never
 * @param oneTimeUntil end of a one-time password that has to be replaced at sign-in, null for a chosen one
 * @param secondFactor whether a confirmed one-time code generator guards the account
 * @param failedSignIns refusals in a row
 * @param lockedUntil end of the wait those earned, null if none
 */
public record Account(
        UUID id,
        String username,
        String displayName,
        State state,
        Set<Role> roles,
        @Nullable String language,
        boolean local,
        @Nullable Instant passwordChangedAt,
        @Nullable Instant oneTimeUntil,
        boolean secondFactor,
        int failedSignIns,
        @Nullable Instant lockedUntil,
        Instant createdAt,
        @Nullable Instant lastSignInAt) {

    public Account {
        roles = Set.copyOf(roles);
    }

    public boolean lockedAt(Instant now) {
        return lockedUntil != null && lockedUntil.isAfter(now);
    }

    /** Whether the account can be used at all. */
    public enum State {
        ACTIVE,
        DISABLED
    }
}
