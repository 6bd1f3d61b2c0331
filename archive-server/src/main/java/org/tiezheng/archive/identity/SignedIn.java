package org.tiezheng.archive.identity;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whoever a request was accepted from: the principal of every authentication this package makes. */
public interface SignedIn {
    UUID accountId();

    String username();

    String displayName();

    Set<Role> roles();

    /** Number of the officer's certificate when he signed in, null for who is no officer. */
    @Nullable
    String certificateNo();

    /** Row of the session or of the token, as the audit log names it; never the cookie or the token itself. */
    @Nullable
    UUID sessionId();
}
