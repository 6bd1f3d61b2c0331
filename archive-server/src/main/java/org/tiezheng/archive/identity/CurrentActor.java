package org.tiezheng.archive.identity;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.tiezheng.archive.audit.Actor;

/**
 * Who is asking, in the form the audit log wants. Works on the thread of the request; hand the {@link Actor} on to
 * other threads.
 */
public final class CurrentActor {
    private CurrentActor() {}

    /** @throws IllegalStateException if nobody is signed in: the endpoint has no rule, or this is no request thread */
    public static Actor get() {
        return find().orElseThrow(() -> new IllegalStateException("nobody is signed in on this thread"));
    }

    /** The actor, if somebody is signed in. */
    public static Optional<Actor> find() {
        return signedIn().map(CurrentActor::of);
    }

    /** The account behind the request, if somebody is signed in. */
    public static Optional<SignedIn> signedIn() {
        @Nullable
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof SignedIn signedIn
                ? Optional.of(signedIn)
                : Optional.empty();
    }

    /** Somebody as actor of the present request. */
    public static Actor of(SignedIn signedIn) {
        return new Actor(
                signedIn.accountId().toString(),
                signedIn.displayName(),
                Accounts.names(signedIn.roles()),
                signedIn.certificateNo(),
                clientIp(),
                signedIn.sessionId() == null ? null : signedIn.sessionId().toString());
    }

    /** Somebody who is not signed in, or not yet. */
    static Actor nobody(@Nullable String clientIp) {
        return new Actor("anonymous", "anonymous", "NONE", null, clientIp, null);
    }

    static @Nullable String clientIp() {
        RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
        return attributes instanceof ServletRequestAttributes servlet
                ? servlet.getRequest().getRemoteAddr()
                : null;
    }
}
