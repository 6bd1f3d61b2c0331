package org.tiezheng.archive.identity.screens;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainCheck;
import org.tiezheng.archive.audit.ChainChecks;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiToken;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Officer;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.SecondFactors;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.identity.security.AccountPrincipal;
import org.tiezheng.archive.identity.security.TokenPrincipal;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.ETags;
import org.tiezheng.archive.web.Format;
import org.tiezheng.archive.web.Problem;

/** REST twins of the pages of users, tokens and audit. Times are ISO 8601, in UTC. */
@RestController
@RequestMapping("/api/v1")
class IdentityApi {
    private static final int LONGEST_PAGE = 500;

    private final Accounts accounts;
    private final Officers officers;
    private final SecondFactors secondFactors;
    private final ApiTokens tokens;
    private final AuditLog audit;
    private final ChainState chain;
    private final Cursor cursors;
    private final Clock clock;

    IdentityApi(
            Accounts accounts,
            Officers officers,
            SecondFactors secondFactors,
            ApiTokens tokens,
            AuditLog audit,
            ChainState chain,
            Cursor cursors,
            Clock clock) {
        this.accounts = accounts;
        this.officers = officers;
        this.secondFactors = secondFactors;
        this.tokens = tokens;
        this.audit = audit;
        this.chain = chain;
        this.cursors = cursors;
        this.clock = clock;
    }

    // ---- who am I ------------------------------------------------------------------------------------------------

    record Me(
            UUID id,
            String username,
            String displayName,
            Set<Role> roles,
            @Nullable String certificateNo,
            @Nullable Set<String> scopes) {}

    /** Who is asking, and for a token its scopes. */
    @GetMapping("/me")
    @PreAuthorize(Access.SIGNED_IN)
    Me me() {
        SignedIn somebody =
                CurrentActor.signedIn().orElseThrow(() -> Problem.of(HttpStatus.UNAUTHORIZED, "unauthorized"));
        return new Me(
                somebody.accountId(),
                somebody.username(),
                somebody.displayName(),
                somebody.roles(),
                somebody.certificateNo(),
                somebody instanceof TokenPrincipal token ? texts(token.scopes()) : null);
    }

    /** Officers whose certificate is in force today, to choose a second one from. */
    @GetMapping("/officers")
    @PreAuthorize(Access.CAPTURE)
    List<Officer> officers() {
        return officers.inForceOn(LocalDate.ofInstant(clock.instant(), Format.BEIJING));
    }

    // ---- accounts ------------------------------------------------------------------------------------------------

    record AccountList(List<Account> accounts, @Nullable String next) {}

    record AccountDetail(Account account, @Nullable Officer officer) {}

    record AccountWanted(
            @Nullable String username,
            @Nullable String displayName,
            @Nullable Set<Role> roles) {}

    record AccountMade(Account account, @Nullable String oneTimePassword) {}

    record OneTimePassword(String oneTimePassword) {}

    record NameWanted(@Nullable String displayName) {}

    record RolesWanted(@Nullable Set<Role> roles) {}

    record StateWanted(Account.@Nullable State state) {}

    record OfficerWanted(
            @Nullable String unit,
            @Nullable String certificateNo,
            @Nullable LocalDate validFrom,
            @Nullable LocalDate validTo) {}

    /** @throws Problem 400 naming the field that is not there */
    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw Problem.invalid(field, "required");
        }
        return value;
    }

    @GetMapping("/accounts")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    AccountList accounts(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "50") int limit) {
        int shown = Math.max(1, Math.min(limit, LONGEST_PAGE));
        List<String> position = cursors.decode("accounts", cursor, 1);
        Cursor.Page<Account> page = cursors.page(
                "accounts",
                accounts.list(q.strip(), position == null ? "" : position.get(0), shown + 1),
                shown,
                account -> List.of(account.username()));
        return new AccountList(page.rows(), page.next());
    }

    @PostMapping("/accounts")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.ADMINISTER)
    AccountMade create(@RequestBody AccountWanted wanted) {
        Accounts.Created made = accounts.create(
                new NewAccount(
                        required("username", wanted.username()),
                        required("displayName", wanted.displayName()),
                        wanted.roles() == null ? Set.of() : wanted.roles(),
                        null),
                CurrentActor.get());
        return new AccountMade(made.account(), made.oneTimePassword());
    }

    @GetMapping("/accounts/{id}")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    @Nullable
    AccountDetail account(@PathVariable UUID id, HttpServletRequest request, HttpServletResponse response) {
        AccountDetail detail = detail(id);
        return ETags.isUnchanged(tag(detail), request, response) ? null : detail;
    }

    @PutMapping("/accounts/{id}/name")
    @PreAuthorize(Access.ADMINISTER)
    AccountDetail rename(@PathVariable UUID id, @RequestBody NameWanted wanted, HttpServletRequest request) {
        ETags.requireMatch(request, tag(detail(id)));
        accounts.rename(id, required("displayName", wanted.displayName()), CurrentActor.get());
        return detail(id);
    }

    @PutMapping("/accounts/{id}/roles")
    @PreAuthorize(Access.ADMINISTER)
    AccountDetail setRoles(@PathVariable UUID id, @RequestBody RolesWanted wanted, HttpServletRequest request) {
        ETags.requireMatch(request, tag(detail(id)));
        accounts.setRoles(id, required("roles", wanted.roles()), CurrentActor.get());
        return detail(id);
    }

    @PutMapping("/accounts/{id}/state")
    @PreAuthorize(Access.ADMINISTER)
    AccountDetail setState(@PathVariable UUID id, @RequestBody StateWanted wanted, HttpServletRequest request) {
        ETags.requireMatch(request, tag(detail(id)));
        accounts.setState(id, required("state", wanted.state()), CurrentActor.get());
        return detail(id);
    }

    @PutMapping("/accounts/{id}/officer")
    @PreAuthorize(Access.ADMINISTER)
    AccountDetail setOfficer(@PathVariable UUID id, @RequestBody OfficerWanted wanted, HttpServletRequest request) {
        ETags.requireMatch(request, tag(detail(id)));
        officers.set(
                id,
                required("unit", wanted.unit()),
                required("certificateNo", wanted.certificateNo()),
                required("validFrom", wanted.validFrom()),
                required("validTo", wanted.validTo()),
                CurrentActor.get());
        return detail(id);
    }

    @DeleteMapping("/accounts/{id}/officer")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.ADMINISTER)
    void removeOfficer(@PathVariable UUID id) {
        officers.remove(id, CurrentActor.get());
    }

    @PostMapping("/accounts/{id}/unlock")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.ADMINISTER)
    void unlock(@PathVariable UUID id) {
        accounts.unlock(id, CurrentActor.get());
    }

    @PostMapping("/accounts/{id}/password-reset")
    @PreAuthorize(Access.ADMINISTER)
    OneTimePassword resetPassword(@PathVariable UUID id) {
        return new OneTimePassword(accounts.resetPassword(id, CurrentActor.get()));
    }

    @DeleteMapping("/accounts/{id}/second-factor")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.ADMINISTER)
    void removeSecondFactor(@PathVariable UUID id) {
        accounts.get(id);
        secondFactors.remove(id, CurrentActor.get());
    }

    private AccountDetail detail(UUID id) {
        return new AccountDetail(accounts.get(id), officers.find(id).orElse(null));
    }

    private static String tag(AccountDetail detail) {
        return ETags.of(detail.account(), detail.officer());
    }

    // ---- tokens --------------------------------------------------------------------------------------------------

    record TokenView(
            UUID id,
            UUID accountId,
            String owner,
            String name,
            Set<String> scopes,
            Instant createdAt,
            Instant expiresAt,
            @Nullable Instant lastUsedAt,
            @Nullable Instant revokedAt) {
        static TokenView of(ApiToken token) {
            return new TokenView(
                    token.id(),
                    token.accountId(),
                    token.owner(),
                    token.name(),
                    texts(token.scopes()),
                    token.createdAt(),
                    token.expiresAt(),
                    token.lastUsedAt(),
                    token.revokedAt());
        }
    }

    record TokenWanted(@Nullable String name, @Nullable Set<String> scopes, int days) {}

    record AgentTokenWanted(@Nullable String name, int days) {}

    record TokenMade(TokenView token, String secret) {}

    /** One's own tokens. */
    @GetMapping("/tokens")
    @PreAuthorize(Access.SIGNED_IN)
    List<TokenView> ownTokens() {
        return tokens.ofAccount(ownAccount()).stream().map(TokenView::of).toList();
    }

    /** A token of one's own. Needs a session: a token that could make tokens would never end. */
    @PostMapping("/tokens")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.SIGNED_IN)
    TokenMade createToken(@RequestBody TokenWanted wanted) {
        if (!(CurrentActor.signedIn().orElse(null) instanceof AccountPrincipal)) {
            throw Problem.of(HttpStatus.FORBIDDEN, "forbidden");
        }
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String text : required("scopes", wanted.scopes())) {
            scopes.add(Scope.of(text)
                    .filter(scope -> scope != Scope.AGENT)
                    .orElseThrow(() -> Problem.invalid("scopes", "invalid")));
        }
        ApiTokens.Created made = tokens.create(
                ownAccount(),
                required("name", wanted.name()),
                scopes,
                Duration.ofDays(wanted.days()),
                CurrentActor.get());
        return new TokenMade(TokenView.of(made.token()), made.secret());
    }

    /** Ends a token: one's own, or anybody's for a system administrator. */
    @DeleteMapping("/tokens/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.SIGNED_IN)
    void revokeToken(@PathVariable UUID id) {
        SignedIn somebody =
                CurrentActor.signedIn().orElseThrow(() -> Problem.of(HttpStatus.UNAUTHORIZED, "unauthorized"));
        if (!tokens.get(id).accountId().equals(somebody.accountId())
                && !somebody.roles().contains(Role.SYSTEM_ADMINISTRATOR)) {
            // As if it were not there: whose tokens exist is nobody's business.
            throw new RuleBrokenException(Rule.UNKNOWN_TOKEN);
        }
        tokens.revoke(id, CurrentActor.get());
    }

    /** All tokens that have not ended. */
    @GetMapping("/tokens/all")
    @PreAuthorize(Access.VIEW_ACCOUNTS)
    List<TokenView> allTokens() {
        return tokens.open().stream().map(TokenView::of).toList();
    }

    @PostMapping("/tokens/agents")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.ADMINISTER)
    TokenMade createAgentToken(@RequestBody AgentTokenWanted wanted) {
        ApiTokens.Created made = tokens.createForAgent(
                required("name", wanted.name()), Duration.ofDays(wanted.days()), CurrentActor.get());
        return new TokenMade(TokenView.of(made.token()), made.secret());
    }

    private static UUID ownAccount() {
        return CurrentActor.signedIn()
                .map(SignedIn::accountId)
                .orElseThrow(() -> Problem.of(HttpStatus.UNAUTHORIZED, "unauthorized"));
    }

    private static Set<String> texts(Set<Scope> scopes) {
        return scopes.stream().map(Scope::text).collect(Collectors.toUnmodifiableSet());
    }

    // ---- audit ---------------------------------------------------------------------------------------------------

    record AuditList(List<AuditEntry> entries, @Nullable String next) {}

    /**
     * State of the audit chain.
     *
     * @param running whether this server verifies it now
     * @param verifiedAt when the newest check ended; null while there was none
     * @param intact null while nothing was verified, or it could not be
     * @param checks the last ones, newest first
     */
    record ChainView(
            long rows,
            String head,
            boolean running,
            @Nullable Instant verifiedAt,
            @Nullable Boolean intact,
            List<ChainCheck> checks) {}

    @GetMapping("/audit")
    @PreAuthorize(Access.READ_AUDIT)
    AuditList audit(
            @ModelAttribute AuditFilter filter,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit) {
        int shown = Math.max(1, Math.min(limit, LONGEST_PAGE));
        List<String> position = cursors.decode(AuditController.LIST, cursor, 1);
        long before = position == null ? Long.MAX_VALUE : Long.parseLong(position.get(0));
        Cursor.Page<AuditEntry> page = cursors.page(
                AuditController.LIST,
                audit.find(filter.query(), before, shown + 1),
                shown,
                entry -> List.of(Long.toString(entry.seq())));
        return new AuditList(page.rows(), page.next());
    }

    @GetMapping("/audit/chain")
    @PreAuthorize(Access.READ_AUDIT)
    ChainView chain() {
        ChainChecks.Standing standing = chain.standing();
        ChainCheck latest = standing.latest();
        return new ChainView(
                audit.head().seq(),
                audit.head().toString(),
                chain.isRunning(),
                latest == null ? null : latest.endedAt(),
                standing.isBroken() ? Boolean.FALSE : standing.isIntact() ? Boolean.TRUE : null,
                chain.latest());
    }

    /** Begins to verify all of the chain; ask {@code GET} for the result. It changes nothing, so the auditor may. */
    @PostMapping("/audit/chain")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.READ_AUDIT)
    ChainView verifyChain() {
        chain.start(CurrentActor.get());
        return chain();
    }
}
