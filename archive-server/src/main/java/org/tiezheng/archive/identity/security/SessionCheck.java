package org.tiezheng.archive.identity.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.identity.WebSessions;

/** Ends the HTTP session whose row in the database has ended: signed out elsewhere, roles changed, too old. */
final class SessionCheck extends OncePerRequestFilter {
    private final WebSessions sessions;

    SessionCheck(WebSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication != null
                && authentication.getPrincipal() instanceof SignedIn signedIn
                && (signedIn.sessionId() == null || !sessions.alive(signedIn.sessionId()))) {
            HttpSession session = request.getSession(false);
            if (session != null) {
                session.invalidate();
            }
            SecurityContextHolder.clearContext();
        }
        chain.doFilter(request, response);
    }

    /** A request that waits (server-sent events) was checked when it came. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return true;
    }
}
