package org.tiezheng.archive.identity.screens;

import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;
import org.tiezheng.archive.identity.SecondFactors;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.web.Cursor;

/** User administration. The auditor may look; the system administrator changes. */
@Controller
class UsersController {
    private static final int PAGE = 50;
    private static final String LIST = "accounts";

    private final Accounts accounts;
    private final Officers officers;
    private final SecondFactors secondFactors;
    private final ApiTokens tokens;
    private final Cursor cursors;
    private final Words words;
    private final Clock clock;

    UsersController(
            Accounts accounts,
            Officers officers,
            SecondFactors secondFactors,
            ApiTokens tokens,
            Cursor cursors,
            Words words,
            Clock clock) {
        this.accounts = accounts;
        this.officers = officers;
        this.secondFactors = secondFactors;
        this.tokens = tokens;
        this.cursors = cursors;
        this.words = words;
        this.clock = clock;
    }

    @GetMapping("/users")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    String list(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(required = false) @Nullable String cursor,
            Model model) {
        List<String> position = cursors.decode(LIST, cursor, 1);
        String text = q.strip();
        List<Account> found = accounts.list(text, position == null ? "" : position.get(0), PAGE + 1);
        model.addAttribute("page", cursors.page(LIST, found, PAGE, account -> List.of(account.username())));
        model.addAttribute("first", position == null);
        model.addAttribute("q", text);
        model.addAttribute("now", clock.instant());
        model.addAttribute("mayChange", mayChange());
        model.addAttribute("allRoles", Role.values());
        return "identity/users";
    }

    @PostMapping("/users")
    @PreAuthorize(Access.ADMINISTER)
    String create(
            @RequestParam String username,
            @RequestParam String displayName,
            @RequestParam(defaultValue = "") List<String> roles,
            RedirectAttributes flash) {
        try {
            Accounts.Created created = accounts.create(
                    new NewAccount(username.strip(), displayName, roles(roles), null), CurrentActor.get());
            flash.addFlashAttribute("oneTimePassword", created.oneTimePassword());
            return "redirect:/users/" + created.account().id();
        } catch (RuleBrokenException broken) {
            flash.addFlashAttribute("fault", words.of(broken));
            flash.addFlashAttribute("username", username);
            flash.addFlashAttribute("displayName", displayName);
            return "redirect:/users#new";
        }
    }

    @GetMapping("/users/{id}")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    String detail(@PathVariable UUID id, Model model) {
        Account account = accounts.get(id);
        model.addAttribute("account", account);
        model.addAttribute("officer", officers.find(id).orElse(null));
        model.addAttribute("tokens", tokens.ofAccount(id));
        model.addAttribute("allRoles", Role.values());
        model.addAttribute("now", clock.instant());
        model.addAttribute("mayChange", mayChange());
        model.addAttribute("own", CurrentActor.get().id().equals(id.toString()));
        model.addAttribute("service", id.equals(Accounts.AGENTS));
        return "identity/user";
    }

    @PostMapping("/users/{id}/name")
    @PreAuthorize(Access.ADMINISTER)
    String rename(@PathVariable UUID id, @RequestParam String displayName, RedirectAttributes flash) {
        return attempt(id, flash, () -> accounts.rename(id, displayName, CurrentActor.get()));
    }

    @PostMapping("/users/{id}/roles")
    @PreAuthorize(Access.ADMINISTER)
    String setRoles(
            @PathVariable UUID id, @RequestParam(defaultValue = "") List<String> roles, RedirectAttributes flash) {
        return attempt(id, flash, () -> accounts.setRoles(id, roles(roles), CurrentActor.get()));
    }

    @PostMapping("/users/{id}/officer")
    @PreAuthorize(Access.ADMINISTER)
    String setOfficer(
            @PathVariable UUID id,
            @RequestParam String unit,
            @RequestParam String certificateNo,
            @RequestParam String validFrom,
            @RequestParam String validTo,
            RedirectAttributes flash) {
        return attempt(
                id,
                flash,
                () -> officers.set(id, unit, certificateNo.strip(), day(validFrom), day(validTo), CurrentActor.get()));
    }

    @PostMapping("/users/{id}/officer/remove")
    @PreAuthorize(Access.ADMINISTER)
    String removeOfficer(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(id, flash, () -> officers.remove(id, CurrentActor.get()));
    }

    @PostMapping("/users/{id}/disable")
    @PreAuthorize(Access.ADMINISTER)
    String disable(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(id, flash, () -> accounts.setState(id, Account.State.DISABLED, CurrentActor.get()));
    }

    @PostMapping("/users/{id}/enable")
    @PreAuthorize(Access.ADMINISTER)
    String enable(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(id, flash, () -> accounts.setState(id, Account.State.ACTIVE, CurrentActor.get()));
    }

    @PostMapping("/users/{id}/unlock")
    @PreAuthorize(Access.ADMINISTER)
    String unlock(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(id, flash, () -> accounts.unlock(id, CurrentActor.get()));
    }

    @PostMapping("/users/{id}/reset-password")
    @PreAuthorize(Access.ADMINISTER)
    String resetPassword(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(
                id,
                flash,
                () -> flash.addFlashAttribute("oneTimePassword", accounts.resetPassword(id, CurrentActor.get())));
    }

    @PostMapping("/users/{id}/remove-second-factor")
    @PreAuthorize(Access.ADMINISTER)
    String removeSecondFactor(@PathVariable UUID id, RedirectAttributes flash) {
        return attempt(id, flash, () -> secondFactors.remove(id, CurrentActor.get()));
    }

    /** All open tokens, and the making of agents'. */
    @GetMapping("/tokens")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    String tokens(Model model) {
        model.addAttribute("tokens", tokens.open());
        model.addAttribute("now", clock.instant());
        model.addAttribute("mayChange", mayChange());
        return "identity/tokens";
    }

    @PostMapping("/tokens/agents")
    @PreAuthorize(Access.ADMINISTER)
    String createAgentToken(
            @RequestParam String name, @RequestParam(defaultValue = "365") int days, RedirectAttributes flash) {
        try {
            ApiTokens.Created created =
                    tokens.createForAgent(name, Duration.ofDays(Math.max(0, days)), CurrentActor.get());
            flash.addFlashAttribute("secret", created.secret());
        } catch (RuleBrokenException broken) {
            flash.addFlashAttribute("fault", words.of(broken));
        }
        return "redirect:/tokens";
    }

    @PostMapping("/tokens/{id}/revoke")
    @PreAuthorize(Access.ADMINISTER)
    String revoke(@PathVariable UUID id, RedirectAttributes flash) {
        tokens.revoke(id, CurrentActor.get());
        flash.addFlashAttribute("done", "identity.tokens.revoked");
        return "redirect:/tokens";
    }

    private static boolean mayChange() {
        return CurrentActor.signedIn()
                .map(SignedIn::roles)
                .filter(roles -> roles.contains(Role.SYSTEM_ADMINISTRATOR))
                .isPresent();
    }

    private String attempt(UUID id, RedirectAttributes flash, Runnable act) {
        try {
            act.run();
            flash.addFlashAttribute("done", "identity.users.saved");
        } catch (RuleBrokenException broken) {
            if (broken.rule() == Rule.UNKNOWN_ACCOUNT) {
                throw broken;
            }
            flash.addFlashAttribute("fault", words.of(broken));
        }
        return "redirect:/users/" + id;
    }

    /** Roles by their names; what is none is left out, as an unknown field of a form is. */
    static Set<Role> roles(List<String> names) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Role role : Role.values()) {
            if (names.contains(role.name())) {
                roles.add(role);
            }
        }
        return roles;
    }

    static LocalDate day(String text) {
        try {
            return LocalDate.parse(text.strip());
        } catch (DateTimeParseException e) {
            throw new RuleBrokenException(Rule.CERTIFICATE_DATES);
        }
    }
}
