package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.util.UriComponentsBuilder;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Client;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.SignInOutcome;
import org.tiezheng.archive.identity.SignInOutcome.CodeNeeded;
import org.tiezheng.archive.identity.SignInOutcome.Known;
import org.tiezheng.archive.identity.SignInOutcome.Refusal;
import org.tiezheng.archive.identity.SignInOutcome.Refused;
import org.tiezheng.archive.identity.WebSessions;
import org.tiezheng.archive.identity.security.SessionSignIn;

/** Signing in with a password, then perhaps a one-time code, and out. */
@Controller
@PreAuthorize(Access.ANYBODY)
class SignInController {
    /** The first half of a sign-in, until the code comes. */
    private static final String FIRST_HALF = "tiezheng.first-half";

    private final Identity identity;
    private final Accounts accounts;
    private final SessionSignIn session;
    private final WebSessions sessions;
    private final IdentitySettings settings;

    SignInController(
            Identity identity,
            Accounts accounts,
            SessionSignIn session,
            WebSessions sessions,
            IdentitySettings settings) {
        this.identity = identity;
        this.accounts = accounts;
        this.session = session;
        this.sessions = sessions;
        this.settings = settings;
    }

    @GetMapping("/sign-in")
    String page(
            @RequestParam(required = false) @Nullable String ended,
            @RequestParam(required = false) @Nullable String refused,
            @RequestParam(name = "not-admitted", required = false) @Nullable String notAdmitted,
            @RequestParam(name = "provider-failed", required = false) @Nullable String providerFailed,
            Model model) {
        if (ended != null) {
            model.addAttribute("notice", "identity.signIn.ended");
        } else if (notAdmitted != null) {
            model.addAttribute("notice", "identity.signIn.notAdmitted");
        } else if (providerFailed != null) {
            model.addAttribute("notice", "identity.signIn.providerFailed");
        }
        if (refused != null) {
            model.addAttribute("refusal", Refusal.WRONG);
        }
        model.addAttribute(
                "provider", settings.oidc() == null ? null : settings.oidc().name());
        return "identity/sign-in";
    }

    @PostMapping("/sign-in")
    String password(
            @RequestParam String username,
            @RequestParam String password,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        SignInOutcome outcome = identity.signIn(username.strip(), password, Client.of(request));
        if (outcome instanceof CodeNeeded half) {
            request.getSession().setAttribute(FIRST_HALF, half);
            return "redirect:/sign-in/code";
        }
        if (outcome instanceof Known known) {
            return welcome(known, request, response);
        }
        model.addAttribute("username", username.strip());
        model.addAttribute("refusal", ((Refused) outcome).refusal());
        response.setStatus(HttpStatus.UNAUTHORIZED.value());
        return page(null, null, null, null, model);
    }

    @GetMapping("/sign-in/code")
    String codePage(HttpServletRequest request) {
        return firstHalf(request) == null ? "redirect:/sign-in" : "identity/sign-in-code";
    }

    @PostMapping("/sign-in/code")
    String code(@RequestParam String code, HttpServletRequest request, HttpServletResponse response, Model model) {
        CodeNeeded half = firstHalf(request);
        if (half == null) {
            return "redirect:/sign-in?ended";
        }
        SignInOutcome outcome = identity.signIn(half, code, Client.of(request));
        if (outcome instanceof Known known) {
            return welcome(known, request, response);
        }
        Refusal refusal = outcome instanceof Refused refused ? refused.refusal() : Refusal.CODE_MISSING;
        if (refusal != Refusal.WRONG && refusal != Refusal.CODE_MISSING) {
            request.getSession().removeAttribute(FIRST_HALF);
            return "redirect:/sign-in?" + (refusal == Refusal.TOO_LATE ? "ended" : "refused");
        }
        model.addAttribute("refusal", refusal);
        response.setStatus(HttpStatus.UNAUTHORIZED.value());
        return "identity/sign-in-code";
    }

    @PostMapping("/logout")
    String signOut(HttpServletRequest request) {
        CurrentActor.signedIn().ifPresent(signedIn -> {
            if (signedIn.sessionId() != null) {
                sessions.signOut(signedIn.sessionId(), CurrentActor.of(signedIn));
            }
        });
        String next = leave();
        session.end(request);
        return "redirect:" + next;
    }

    /** Where somebody goes who signs out: the provider he came from has a session of its own to end. */
    private String leave() {
        IdentitySettings.Oidc oidc = settings.oidc();
        boolean throughProvider = CurrentActor.signedIn()
                .flatMap(signedIn -> accounts.find(signedIn.accountId()))
                .filter(account -> !account.local())
                .isPresent();
        return oidc == null || oidc.endSessionUri() == null || !throughProvider
                ? "/sign-in"
                : UriComponentsBuilder.fromUri(oidc.endSessionUri())
                        .queryParam("client_id", "{client}")
                        .encode()
                        .buildAndExpand(oidc.clientId())
                        .toUriString();
    }

    private String welcome(Known known, HttpServletRequest request, HttpServletResponse response) {
        session.begin(known, request, response);
        String language = known.account().language();
        if (language != null) {
            response.addHeader(
                    HttpHeaders.SET_COOKIE,
                    AccountController.languageCookie(language).toString());
        }
        return known.steps().isEmpty()
                ? "redirect:" + session.wantedPage(request, response)
                : "redirect:/account/first-steps";
    }

    private static @Nullable CodeNeeded firstHalf(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session != null && session.getAttribute(FIRST_HALF) instanceof CodeNeeded half ? half : null;
    }
}
