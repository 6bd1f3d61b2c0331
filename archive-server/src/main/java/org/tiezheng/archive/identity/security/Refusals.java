package org.tiezheng.archive.identity.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.csrf.CsrfException;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.archive.web.ProblemWriter;

/**
 * Answers requests that are not allowed: problem+json below {@code /api}, elsewhere the sign-in page or a page that
 * says in plain words what is missing. A refusal of somebody who is signed in is an audit event.
 */
final class Refusals {
    static final String SIGN_IN_PAGE = "/sign-in";
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final ProblemWriter problems;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final RequestCache requests;

    Refusals(ProblemWriter problems, TransactionTemplate transactions, AuditLog audit, RequestCache requests) {
        this.problems = problems;
        this.transactions = transactions;
        this.audit = audit;
        this.requests = requests;
    }

    void apiWithoutSignIn(HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
            throws IOException {
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        problems.writeJson(Problem.of(HttpStatus.UNAUTHORIZED, "unauthorized"), request, response);
    }

    void apiDenied(HttpServletRequest request, HttpServletResponse response, AccessDeniedException why)
            throws IOException {
        if (why instanceof CsrfException) {
            problems.writeJson(Problem.of(HttpStatus.FORBIDDEN, "csrf"), request, response);
            return;
        }
        record(request);
        problems.writeJson(Problem.of(HttpStatus.FORBIDDEN, "forbidden"), request, response);
    }

    void screenWithoutSignIn(HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
            throws IOException {
        signIn(request, response);
    }

    void screenDenied(HttpServletRequest request, HttpServletResponse response, AccessDeniedException why)
            throws IOException {
        SignedIn signedIn = CurrentActor.signedIn().orElse(null);
        if (signedIn == null) {
            // A form from before the session ended: its token is gone with the session.
            signIn(request, response);
            return;
        }
        if (signedIn instanceof AccountPrincipal principal && !principal.steps().isEmpty()) {
            redirect(request, response, "/account/first-steps");
            return;
        }
        if (!(why instanceof CsrfException)) {
            record(request);
        }
        if (!response.isCommitted()) {
            // The error page says it in plain words.
            response.sendError(HttpStatus.FORBIDDEN.value());
        }
    }

    private void signIn(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean page = request.getMethod().equals("GET") && request.getHeader("HX-Request") == null;
        if (page) {
            requests.saveRequest(request, response);
        }
        redirect(request, response, SIGN_IN_PAGE + (page ? "" : "?ended"));
    }

    /** For htmx a header: it would put the sign-in page where a piece of the old page was. */
    private static void redirect(HttpServletRequest request, HttpServletResponse response, String path)
            throws IOException {
        if (request.getHeader("HX-Request") != null) {
            response.setStatus(HttpStatus.UNAUTHORIZED.value());
            response.setHeader("HX-Redirect", request.getContextPath() + path);
            return;
        }
        response.sendRedirect(request.getContextPath() + path);
    }

    private void record(HttpServletRequest request) {
        Actor actor = CurrentActor.find().orElse(null);
        if (actor == null) {
            return;
        }
        try {
            transactions.executeWithoutResult(status -> audit.append(AuditEvent.refused(
                    actor,
                    "access.refused",
                    "page",
                    request.getMethod() + " " + request.getRequestURI(),
                    "the role does not allow it")));
        } catch (RuntimeException e) {
            // The answer is "no" all the same; that it could not be written down is the operator's business.
            LOG.error("refusal of {} not audited", request.getRequestURI(), e);
        }
    }
}
