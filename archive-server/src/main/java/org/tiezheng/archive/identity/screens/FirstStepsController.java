package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.SecondFactors;
import org.tiezheng.archive.identity.SignInOutcome.Step;
import org.tiezheng.archive.identity.security.AccountPrincipal;
import org.tiezheng.archive.identity.security.People;
import org.tiezheng.archive.identity.security.SessionSignIn;

/** What has to be done right after a sign-in: choose a password, set up one-time codes. Until then no role counts. */
@Controller
@PreAuthorize(Access.SIGNED_IN_WITHOUT_ROLE)
class FirstStepsController {
    private static final String HERE = "redirect:/account/first-steps";

    private final Accounts accounts;
    private final SecondFactors secondFactors;
    private final SessionSignIn session;
    private final Words words;

    FirstStepsController(Accounts accounts, SecondFactors secondFactors, SessionSignIn session, Words words) {
        this.accounts = accounts;
        this.secondFactors = secondFactors;
        this.session = session;
        this.words = words;
    }

    @GetMapping("/account/first-steps")
    String page(HttpServletRequest request, HttpServletResponse response, Model model) {
        AccountPrincipal principal = People.current();
        if (principal.steps().contains(Step.CHOOSE_PASSWORD)) {
            return "identity/first-password";
        }
        if (principal.steps().contains(Step.SET_UP_SECOND_FACTOR)) {
            model.addAttribute(
                    "enrolment",
                    secondFactors
                            .begun(principal.accountId())
                            .orElseGet(() -> secondFactors.begin(principal.accountId())));
            return "identity/first-second-factor";
        }
        return "redirect:" + session.wantedPage(request, response);
    }

    /** The secret being set up, as a QR code; nothing once it guards the account. */
    @GetMapping("/account/first-steps/qr.svg")
    ResponseEntity<String> qrCode() {
        return secondFactors
                .begun(People.current().accountId())
                .map(enrolment -> ResponseEntity.ok()
                        .contentType(MediaType.valueOf("image/svg+xml"))
                        .cacheControl(CacheControl.noStore())
                        .body(QrCode.of(enrolment.uri()).svg()))
                .orElseGet(() -> ResponseEntity.notFound().build());
    }

    @PostMapping("/account/first-steps/password")
    String password(
            @RequestParam String present,
            @RequestParam String wanted,
            @RequestParam String repeated,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        AccountPrincipal principal = People.current();
        if (!wanted.equals(repeated)) {
            model.addAttribute("different", true);
            return page(request, response, model);
        }
        try {
            accounts.changePassword(principal.accountId(), present, wanted, principal.sessionId(), CurrentActor.get());
        } catch (RuleBrokenException broken) {
            model.addAttribute("fault", words.of(broken));
            return page(request, response, model);
        }
        session.done(principal, Step.CHOOSE_PASSWORD, request, response);
        return HERE;
    }

    @PostMapping("/account/first-steps/second-factor")
    String secondFactor(
            @RequestParam String code, HttpServletRequest request, HttpServletResponse response, Model model) {
        AccountPrincipal principal = People.current();
        List<String> recovery;
        try {
            recovery = secondFactors.confirm(principal.accountId(), code, CurrentActor.get());
        } catch (RuleBrokenException broken) {
            model.addAttribute("fault", words.of(broken));
            return page(request, response, model);
        }
        session.done(principal, Step.SET_UP_SECOND_FACTOR, request, response);
        model.addAttribute("codes", recovery);
        model.addAttribute("next", "/account/first-steps");
        return "identity/recovery-codes";
    }
}
