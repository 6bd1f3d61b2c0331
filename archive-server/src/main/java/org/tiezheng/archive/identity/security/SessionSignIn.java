package org.tiezheng.archive.identity.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.Set;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.security.web.savedrequest.SavedRequest;
import org.tiezheng.archive.identity.SignInOutcome;
import org.tiezheng.archive.identity.SignInOutcome.Step;

/** Puts somebody whom {@code Identity} let in into the HTTP session, and takes him out. */
public final class SessionSignIn {
    private final SecurityContextRepository contexts;
    private final SessionAuthenticationStrategy strategy;
    private final RequestCache requests;

    /** @param strategy gives the session a new id and a new CSRF token: what was known before is worth nothing */
    SessionSignIn(SecurityContextRepository contexts, SessionAuthenticationStrategy strategy, RequestCache requests) {
        this.contexts = contexts;
        this.strategy = strategy;
        this.requests = requests;
    }

    /** Begins the session; a session that was there before keeps nothing but its wish for a page. */
    public void begin(SignInOutcome.Known known, HttpServletRequest request, HttpServletResponse response) {
        HttpSession session = request.getSession();
        for (String name : java.util.Collections.list(session.getAttributeNames())) {
            if (!name.startsWith("SPRING_SECURITY_SAVED_REQUEST") && !name.contains("CsrfToken")) {
                session.removeAttribute(name);
            }
        }
        Authentication authentication = authentication(AccountPrincipal.of(known));
        strategy.onAuthentication(authentication, request, response);
        save(authentication, request, response);
    }

    /** Takes {@code done} off the steps of whoever is signed in; with the last of them his roles come into force. */
    public void done(AccountPrincipal principal, Step done, HttpServletRequest request, HttpServletResponse response) {
        Set<Step> left = new java.util.HashSet<>(principal.steps());
        left.remove(done);
        Authentication authentication = authentication(new AccountPrincipal(
                principal.accountId(),
                principal.username(),
                principal.displayName(),
                principal.roles(),
                principal.certificateNo(),
                principal.sessionId(),
                left));
        strategy.onAuthentication(authentication, request, response);
        save(authentication, request, response);
    }

    public void end(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        SecurityContextHolder.clearContext();
    }

    /** Path inside this server that was asked for before the sign-in, {@code /} if none. */
    public String wantedPage(HttpServletRequest request, HttpServletResponse response) {
        SavedRequest wanted = requests.getRequest(request, response);
        requests.removeRequest(request, response);
        if (wanted == null || !wanted.getMethod().equals("GET")) {
            return "/";
        }
        // Only path and query: the saved address holds the Host header of that request.
        java.net.URI address;
        try {
            address = java.net.URI.create(wanted.getRedirectUrl());
        } catch (IllegalArgumentException e) {
            return "/";
        }
        String path = address.getRawPath();
        if (path == null || !path.startsWith("/") || path.startsWith("//")) {
            return "/";
        }
        return path + (address.getRawQuery() == null ? "" : "?" + address.getRawQuery());
    }

    static Authentication authentication(AccountPrincipal principal) {
        List<GrantedAuthority> authorities = principal.steps().isEmpty()
                ? principal.roles().stream()
                        .map(role -> (GrantedAuthority) new SimpleGrantedAuthority(role.authority()))
                        .toList()
                : List.of();
        return UsernamePasswordAuthenticationToken.authenticated(principal, null, authorities);
    }

    private void save(Authentication authentication, HttpServletRequest request, HttpServletResponse response) {
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(authentication);
        SecurityContextHolder.setContext(context);
        contexts.saveContext(context, request, response);
    }
}
