package org.tiezheng.archive.identity.security;

import java.io.Serializable;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.SignInOutcome;
import org.tiezheng.archive.identity.SignInOutcome.Step;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.web.Navigation;

/**
 * Somebody signed in on the screens. What it says stays true as long as the session lives: a change of roles,
 * certificate or state of the account ends its sessions.
 *
 * @param steps what has to be done first; while there are any, no role is in force
 */
public record AccountPrincipal(
        UUID accountId,
        String username,
        String displayName,
        Set<Role> roles,
        @Nullable String certificateNo,
        @Nullable UUID sessionId,
        Set<Step> steps)
        implements SignedIn, Navigation.Person, AuthenticatedPrincipal, Serializable {

    public AccountPrincipal {
        roles = Set.copyOf(roles);
        steps = Set.copyOf(steps);
    }

    static AccountPrincipal of(SignInOutcome.Known known) {
        return new AccountPrincipal(
                known.account().id(),
                known.account().username(),
                known.account().displayName(),
                known.account().roles(),
                known.certificateNo(),
                known.session(),
                known.steps());
    }

    @Override
    public String getName() {
        return username;
    }
}
