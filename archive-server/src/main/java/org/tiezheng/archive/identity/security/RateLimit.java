package org.tiezheng.archive.identity.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.archive.web.ProblemWriter;

/** Answers 429 with Retry-After to whoever is too fast. One filter for each place where something is counted. */
abstract class RateLimit extends OncePerRequestFilter {
    private final ProblemWriter problems;

    RateLimit(ProblemWriter problems) {
        this.problems = problems;
    }

    /** Attempts to sign in on the screens, by address. A wait of the account itself is {@code Identity}'s. */
    static RateLimit ofSignIns(Limits limits, ProblemWriter problems) {
        return new RateLimit(problems) {
            @Override
            protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                    throws ServletException, IOException {
                boolean attempt = request.getMethod().equals("POST")
                        && request.getRequestURI().startsWith(request.getContextPath() + Refusals.SIGN_IN_PAGE);
                Duration wait = attempt ? limits.take(Limits.address(request.getRemoteAddr())) : Duration.ZERO;
                goOnOrWait(wait, request, response, chain);
            }
        };
    }

    /** API requests without or with a wrong token, by address: guessing is slow, and so is flooding the log. */
    static RateLimit ofApiRefusals(Limits limits, ProblemWriter problems) {
        return new RateLimit(problems) {
            @Override
            protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                    throws ServletException, IOException {
                String address = Limits.address(request.getRemoteAddr());
                goOnOrWait(limits.look(address), request, response, chain);
                if (response.getStatus() == HttpStatus.UNAUTHORIZED.value()) {
                    limits.spend(address);
                }
            }
        };
    }

    /** API requests of somebody known, by session or token. */
    static RateLimit ofApiRequests(Limits limits, ProblemWriter problems) {
        return new RateLimit(problems) {
            @Override
            protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                    throws ServletException, IOException {
                Optional<String> key = CurrentActor.signedIn()
                        .map(somebody -> String.valueOf(
                                somebody.sessionId() == null ? somebody.accountId() : somebody.sessionId()));
                goOnOrWait(key.map(limits::take).orElse(Duration.ZERO), request, response, chain);
            }
        };
    }

    void goOnOrWait(Duration wait, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (wait.isZero()) {
            chain.doFilter(request, response);
            return;
        }
        int seconds = (int) Math.min(3600, wait.toSeconds() + 1);
        if (ProblemWriter.wantsJson(request)) {
            problems.writeJson(
                    Problem.of(HttpStatus.TOO_MANY_REQUESTS, "too-many").retryAfter(seconds), request, response);
            return;
        }
        response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(seconds));
        response.sendError(HttpStatus.TOO_MANY_REQUESTS.value());
    }
}
