package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.SecondFactors;
import org.tiezheng.archive.identity.WebSessions;
import org.tiezheng.archive.identity.security.AccountPrincipal;
import org.tiezheng.archive.identity.security.People;

/** "My account": password, one-time codes, sessions, tokens, language. */
@Controller
@PreAuthorize(Access.SIGNED_IN)
class AccountController {
    private static final String HERE = "redirect:/account";

    private final Accounts accounts;
    private final Officers officers;
    private final SecondFactors secondFactors;
    private final WebSessions sessions;
    private final ApiTokens tokens;
    private final Identity identity;
    private final IdentitySettings settings;
    private final Words words;
    private final Clock clock;

    AccountController(
            Accounts accounts,
            Officers officers,
            SecondFactors secondFactors,
            WebSessions sessions,
            ApiTokens tokens,
            Identity identity,
            IdentitySettings settings,
            Words words,
            Clock clock) {
        this.accounts = accounts;
        this.officers = officers;
        this.secondFactors = secondFactors;
        this.sessions = sessions;
        this.tokens = tokens;
        this.identity = identity;
        this.settings = settings;
        this.words = words;
        this.clock = clock;
    }

    @GetMapping("/account")
    String page(Model model) {
        AccountPrincipal principal = People.current();
        UUID id = principal.accountId();
        Account account = accounts.get(id);
        model.addAttribute("account", account);
        model.addAttribute("officer", officers.find(id).orElse(null));
        model.addAttribute("sessions", sessions.ofAccount(id));
        model.addAttribute("thisSession", principal.sessionId());
        model.addAttribute("tokens", tokens.ofAccount(id));
        model.addAttribute("now", clock.instant());
        model.addAttribute("codesLeft", secondFactors.recoveryCodesLeft(id));
        model.addAttribute("factorRequired", factorRequired(account));
        model.addAttribute(
                "scopes",
                Arrays.stream(Scope.values())
                        .filter(scope -> scope != Scope.AGENT)
                        .toList());
        model.addAttribute("longestDays", settings.tokenLongest().toDays());
        model.addAttribute("minimumLength", settings.passwordMinimumLength());
        return "identity/account";
    }

    private boolean factorRequired(Account account) {
        return account.roles().stream().anyMatch(settings.secondFactorRequired()::contains);
    }

    @PostMapping("/account/password")
    String password(
            @RequestParam String present,
            @RequestParam String wanted,
            @RequestParam String repeated,
            RedirectAttributes flash) {
        AccountPrincipal principal = People.current();
        if (!wanted.equals(repeated)) {
            flash.addFlashAttribute("different", true);
            return HERE + "#password";
        }
        return attempt(flash, "identity.account.passwordChanged", "#password", () -> {
            if (!identity.prove(principal.accountId(), present)) {
                throw new RuleBrokenException(Rule.WRONG_PASSWORD);
            }
            accounts.changePassword(principal.accountId(), present, wanted, principal.sessionId(), CurrentActor.get());
        });
    }

    @GetMapping("/account/second-factor")
    String secondFactor(Model model) {
        UUID id = People.current().accountId();
        if (accounts.get(id).secondFactor()) {
            return HERE;
        }
        model.addAttribute("enrolment", secondFactors.begun(id).orElseGet(() -> secondFactors.begin(id)));
        return "identity/second-factor";
    }

    @PostMapping("/account/second-factor")
    String confirmSecondFactor(@RequestParam String code, Model model) {
        try {
            model.addAttribute("codes", secondFactors.confirm(People.current().accountId(), code, CurrentActor.get()));
        } catch (RuleBrokenException broken) {
            model.addAttribute("fault", words.of(broken));
            return secondFactor(model);
        }
        model.addAttribute("next", "/account");
        return "identity/recovery-codes";
    }

    @PostMapping("/account/second-factor/remove")
    String removeSecondFactor(@RequestParam String password, RedirectAttributes flash) {
        UUID id = People.current().accountId();
        return attempt(flash, "identity.account.factorRemoved", "#second-factor", () -> {
            if (factorRequired(accounts.get(id))) {
                throw new RuleBrokenException(Rule.SECOND_FACTOR_REQUIRED);
            }
            if (!identity.prove(id, password)) {
                throw new RuleBrokenException(Rule.WRONG_PASSWORD);
            }
            secondFactors.remove(id, CurrentActor.get());
        });
    }

    @PostMapping("/account/recovery-codes")
    String recoveryCodes(@RequestParam String password, Model model, RedirectAttributes flash) {
        UUID id = People.current().accountId();
        if (!identity.prove(id, password)) {
            flash.addFlashAttribute("fault", words.of(new RuleBrokenException(Rule.WRONG_PASSWORD)));
            return HERE + "#second-factor";
        }
        model.addAttribute("codes", secondFactors.renewRecoveryCodes(id, CurrentActor.get()));
        model.addAttribute("next", "/account");
        return "identity/recovery-codes";
    }

    @PostMapping("/account/sessions/{session}/end")
    String endSession(@PathVariable UUID session, RedirectAttributes flash) {
        return attempt(
                flash,
                "identity.account.sessionEnded",
                "#sessions",
                () -> sessions.end(People.current().accountId(), session, CurrentActor.get()));
    }

    @PostMapping("/account/sessions/end-others")
    String endOthers(RedirectAttributes flash) {
        AccountPrincipal principal = People.current();
        return attempt(
                flash,
                "identity.account.othersEnded",
                "#sessions",
                () -> sessions.endAll(principal.accountId(), principal.sessionId(), CurrentActor.get()));
    }

    @PostMapping("/account/tokens")
    String createToken(
            @RequestParam String name,
            @RequestParam(defaultValue = "") List<String> scopes,
            @RequestParam(defaultValue = "90") int days,
            RedirectAttributes flash) {
        UUID id = People.current().accountId();
        Set<Scope> wanted = EnumSet.noneOf(Scope.class);
        for (String scope : scopes) {
            Scope.of(scope).filter(known -> known != Scope.AGENT).ifPresent(wanted::add);
        }
        return attempt(flash, "identity.tokens.created", "#tokens", () -> {
            ApiTokens.Created created =
                    tokens.create(id, name, wanted, Duration.ofDays(Math.max(0, days)), CurrentActor.get());
            flash.addFlashAttribute("secret", created.secret());
        });
    }

    @PostMapping("/account/tokens/{token}/revoke")
    String revokeToken(@PathVariable UUID token, RedirectAttributes flash) {
        UUID id = People.current().accountId();
        return attempt(flash, "identity.tokens.revoked", "#tokens", () -> {
            if (!tokens.get(token).accountId().equals(id)) {
                throw new RuleBrokenException(Rule.UNKNOWN_TOKEN);
            }
            tokens.revoke(token, CurrentActor.get());
        });
    }

    /** The choice goes with the account from now on, and with this browser's cookie at once. */
    @PostMapping("/account/language")
    String language(@RequestParam String language, HttpServletResponse response) {
        String chosen = language.equals("en") ? "en" : "zh-CN";
        accounts.setLanguage(People.current().accountId(), chosen);
        response.addHeader(HttpHeaders.SET_COOKIE, languageCookie(chosen).toString());
        return HERE;
    }

    static ResponseCookie languageCookie(String language) {
        return ResponseCookie.from("lang", language.equals("en") ? "en" : "zh")
                .path("/")
                .maxAge(Duration.ofDays(365))
                .httpOnly(true)
                .sameSite("Lax")
                .build();
    }

    private String attempt(RedirectAttributes flash, String done, String anchor, Runnable act) {
        try {
            act.run();
            flash.addFlashAttribute("done", done);
        } catch (RuleBrokenException broken) {
            flash.addFlashAttribute("fault", words.of(broken));
        }
        return HERE + anchor;
    }
}
