package org.tiezheng.archive.identity.security;

import org.springframework.security.access.AccessDeniedException;
import org.tiezheng.archive.identity.CurrentActor;

/** The person in front of the screen. */
public final class People {
    private People() {}

    /** @throws AccessDeniedException if the request comes from a token or from nobody: this is for people */
    public static AccountPrincipal current() {
        return CurrentActor.signedIn()
                .filter(AccountPrincipal.class::isInstance)
                .map(AccountPrincipal.class::cast)
                .orElseThrow(() -> new AccessDeniedException("for signed-in people only"));
    }
}
