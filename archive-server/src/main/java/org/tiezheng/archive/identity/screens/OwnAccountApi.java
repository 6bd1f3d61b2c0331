package org.tiezheng.archive.identity.screens;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;
import org.tiezheng.archive.identity.SecondFactors;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.identity.WebSessions;
import org.tiezheng.archive.web.Problem;

/**
 * REST twin of "My account": by session, or by a token of the scope {@code admin}. What weighs asks for the present password, as
 * the page does; a wrong one counts as at a sign-in.
 */
@RestController
@RequestMapping("/api/v1/me")
@PreAuthorize(Access.SIGNED_IN)
class OwnAccountApi {
    private final Accounts accounts;
    private final SecondFactors secondFactors;
    private final WebSessions sessions;
    private final Identity identity;
    private final IdentitySettings settings;

    OwnAccountApi(
            Accounts accounts,
            SecondFactors secondFactors,
            WebSessions sessions,
            Identity identity,
            IdentitySettings settings) {
        this.accounts = accounts;
        this.secondFactors = secondFactors;
        this.sessions = sessions;
        this.identity = identity;
        this.settings = settings;
    }

    record PasswordWanted(
            @Nullable String present, @Nullable String wanted) {
        @Override
        public String toString() {
            return "PasswordWanted[]";
        }
    }

    record Proof(@Nullable String password) {
        @Override
        public String toString() {
            return "Proof[]";
        }
    }

    record Code(@Nullable String code) {}

    record LanguageWanted(@Nullable String language) {}

    /** Shown once, as on the page. */
    record RecoveryCodes(List<String> recoveryCodes) {}

    /**
     * @param key for an authenticator that cannot read {@code uri}; shown until a first code has come
     */
    record SecondFactor(
            boolean active,
            boolean required,
            int recoveryCodesLeft,
            @Nullable String uri,
            @Nullable String key) {
        @Override
        public String toString() {
            return "SecondFactor[active=" + active + "]";
        }
    }

    private static SignedIn somebody() {
        return CurrentActor.signedIn().orElseThrow(() -> Problem.of(HttpStatus.UNAUTHORIZED, "unauthorized"));
    }

    private static String text(@Nullable String given, String name) {
        if (given == null || given.isEmpty()) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request");
        }
        return given;
    }

    private void prove(UUID account, @Nullable Proof proof) {
        if (!identity.prove(account, text(proof == null ? null : proof.password(), "password"))) {
            throw new RuleBrokenException(Rule.WRONG_PASSWORD);
        }
    }

    /** Changes the password and signs out on other devices. */
    @PutMapping("/password")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void password(@RequestBody PasswordWanted body) {
        SignedIn somebody = somebody();
        String present = text(body.present(), "present");
        String wanted = text(body.wanted(), "wanted");
        if (!identity.prove(somebody.accountId(), present)) {
            throw new RuleBrokenException(Rule.WRONG_PASSWORD);
        }
        accounts.changePassword(somebody.accountId(), present, wanted, somebody.sessionId(), CurrentActor.get());
    }

    @GetMapping("/second-factor")
    SecondFactor secondFactor() {
        Account account = accounts.get(somebody().accountId());
        return new SecondFactor(
                account.secondFactor(), required(account), secondFactors.recoveryCodesLeft(account.id()), null, null);
    }

    private boolean required(Account account) {
        return account.roles().stream().anyMatch(settings.secondFactorRequired()::contains);
    }

    /** Begins, or goes on with what was begun: the secret for the authenticator. It is in force once a code has come. */
    @PostMapping("/second-factor")
    SecondFactor begin() {
        Account account = accounts.get(somebody().accountId());
        if (account.secondFactor()) {
            throw Problem.of(HttpStatus.CONFLICT, "conflict");
        }
        SecondFactors.Enrolment enrolment =
                secondFactors.begun(account.id()).orElseGet(() -> secondFactors.begin(account.id()));
        return new SecondFactor(false, required(account), 0, enrolment.uri(), enrolment.key());
    }

    /** The first code of the authenticator. */
    @PutMapping("/second-factor")
    RecoveryCodes confirm(@RequestBody Code body) {
        return new RecoveryCodes(
                secondFactors.confirm(somebody().accountId(), text(body.code(), "code"), CurrentActor.get()));
    }

    @PostMapping("/second-factor/remove")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@RequestBody Proof body) {
        UUID id = somebody().accountId();
        if (required(accounts.get(id))) {
            throw new RuleBrokenException(Rule.SECOND_FACTOR_REQUIRED);
        }
        prove(id, body);
        secondFactors.remove(id, CurrentActor.get());
    }

    /** New recovery codes; the old ones are void. */
    @PostMapping("/recovery-codes")
    RecoveryCodes recoveryCodes(@RequestBody Proof body) {
        UUID id = somebody().accountId();
        prove(id, body);
        return new RecoveryCodes(secondFactors.renewRecoveryCodes(id, CurrentActor.get()));
    }

    @GetMapping("/sessions")
    List<WebSessions.Session> sessions() {
        return sessions.ofAccount(somebody().accountId());
    }

    @DeleteMapping("/sessions/{session}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void endSession(@PathVariable UUID session) {
        sessions.end(somebody().accountId(), session, CurrentActor.get());
    }

    /** All but the one that asks. */
    @PostMapping("/sessions/end-others")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void endOthers() {
        SignedIn somebody = somebody();
        sessions.endAll(somebody.accountId(), somebody.sessionId(), CurrentActor.get());
    }

    /** {@code zh-CN} or {@code en}, for the screens. */
    @PutMapping("/language")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void language(@RequestBody LanguageWanted body) {
        String wanted = text(body.language(), "language");
        if (!wanted.equals("en") && !wanted.equals("zh-CN")) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request");
        }
        accounts.setLanguage(somebody().accountId(), wanted);
    }
}
