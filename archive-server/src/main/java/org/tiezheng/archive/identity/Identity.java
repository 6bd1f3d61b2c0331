package org.tiezheng.archive.identity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.SignInOutcome.CodeNeeded;
import org.tiezheng.archive.identity.SignInOutcome.Known;
import org.tiezheng.archive.identity.SignInOutcome.Refusal;
import org.tiezheng.archive.identity.SignInOutcome.Refused;
import org.tiezheng.archive.identity.SignInOutcome.Step;

/**
 * Finds out who somebody is: passwords, one-time codes, waits after refusals.
 *
 * <p>Every attempt is one short transaction that holds the row of the account, counts, and appends its audit event; the
 * slow hash is computed before it. So guesses made at the same time are still counted one by one, and once the
 * account waits none of them is let in, whatever it guessed.
 */
public final class Identity {
    private static final Duration SECOND_HALF = Duration.ofMinutes(5);
    private static final String SIGN_IN = "account.sign-in";
    private static final String PROVE = "account.prove";
    private static final String ON_THE_SPOT = "account.sign-on-the-spot";

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Passwords passwords;
    private final Accounts accounts;
    private final Officers officers;
    private final SecondFactors secondFactors;
    private final WebSessions sessions;
    private final IdentitySettings settings;

    public Identity(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            Passwords passwords,
            Accounts accounts,
            Officers officers,
            SecondFactors secondFactors,
            WebSessions sessions,
            IdentitySettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.passwords = passwords;
        this.accounts = accounts;
        this.officers = officers;
        this.secondFactors = secondFactors;
        this.sessions = sessions;
        this.settings = settings;
    }

    /** First half of a sign-in on the screens; for accounts without one-time codes also the last. */
    public SignInOutcome signIn(String username, String password, Client client) {
        Tried tried = tryPassword(username, password);
        return inTransaction(() -> {
            Checked checked = check(tried, null, SIGN_IN, client.ip());
            if (checked.refusal() == Refusal.CODE_MISSING) {
                Account account = checked.known();
                return new CodeNeeded(
                        account.id(), hash(account), clock.instant().plus(SECOND_HALF));
            }
            return checked.refusal() != null
                    ? new Refused(checked.refusal())
                    : welcome(checked.known(), client, "password");
        });
    }

    /** Second half: the one-time code or a recovery code. */
    public SignInOutcome signIn(CodeNeeded first, String code, Client client) {
        return inTransaction(() -> {
            Account account = accounts.lock(first.account());
            if (first.until().isBefore(clock.instant()) || !hash(account).equals(first.passwordHash())) {
                return new Refused(Refusal.TOO_LATE);
            }
            Checked checked = check(account, true, code, SIGN_IN, client.ip());
            return checked.refusal() != null
                    ? new Refused(checked.refusal())
                    : welcome(checked.known(), client, "password and code");
        });
    }

    /**
     * Somebody the identity provider vouches for.
     *
     * @throws RuleBrokenException if the provider gives roles that exclude each other
     */
    public SignInOutcome signInThroughProvider(
            String issuer, String subject, String username, String displayName, Set<Role> roles, Client client) {
        return inTransaction(() -> {
            if (roles.isEmpty()) {
                refused(SIGN_IN, client.ip(), "oidc:" + subject, "the identity provider gives no role of ours");
                return new Refused(Refusal.WRONG);
            }
            Account account = accounts.followProvider(
                    issuer, subject, username, displayName, roles, Actor.system("identity-provider"));
            if (account.state() == Account.State.DISABLED) {
                refused(SIGN_IN, client.ip(), account.id().toString(), "disabled");
                return new Refused(Refusal.DISABLED);
            }
            return welcome(account, client, "identity provider");
        });
    }

    /** Writes down that the identity provider's answer let nobody in. */
    public void providerRefused(String reason, Client client) {
        transactions.executeWithoutResult(status -> refused(SIGN_IN, client.ip(), "unknown", reason));
    }

    /**
     * A second person proves himself on somebody else's screen, for one act. The session of the screen stays whose it
     * is. Counts, waits and is audited as a sign-in.
     *
     * @param code needed if the account has one-time codes
     * @return who it is, at this screen's address and session
     * @throws SignOnTheSpotRefusedException if he could not be let in
     */
    public Actor signOnTheSpot(String username, String password, @Nullable String code)
            throws SignOnTheSpotRefusedException {
        String ip = CurrentActor.clientIp();
        Tried tried = tryPassword(username, password);
        Checked checked = inTransaction(() -> {
            Checked result = check(tried, code, ON_THE_SPOT, ip);
            if (result.refusal() == null && !steps(result.known()).isEmpty()) {
                refused(ON_THE_SPOT, ip, result.known().id().toString(), "has to sign in himself first");
                return new Checked(result.account(), Refusal.FIRST_SIGN_IN);
            }
            if (result.refusal() == null) {
                Account account = result.known();
                succeeded(account);
                audit.append(AuditEvent.ok(
                        actor(account, ip), ON_THE_SPOT, "account", account.id().toString()));
            }
            return result;
        });
        if (checked.refusal() != null) {
            throw new SignOnTheSpotRefusedException(checked.refusal());
        }
        return actor(checked.known(), ip);
    }

    /**
     * Whether {@code password} is that of somebody who is signed in already, asked before something weighty. A wrong
     * one counts and is audited as at a sign-in.
     */
    public boolean prove(UUID id, String password) {
        String ip = CurrentActor.clientIp();
        Tried tried = tryPassword(accounts.get(id).username(), password);
        Checked checked = inTransaction(() -> check(tried, null, PROVE, ip));
        return checked.refusal() == null || checked.refusal() == Refusal.CODE_MISSING;
    }

    /** What {@code account} has to do before its roles are in force. */
    public Set<Step> steps(Account account) {
        Set<Step> steps = EnumSet.noneOf(Step.class);
        if (!account.local()) {
            return steps;
        }
        Instant changed = account.passwordChangedAt();
        boolean old = !settings.passwordMaximumAge().isZero()
                && (changed == null
                        || changed.plus(settings.passwordMaximumAge()).isBefore(clock.instant()));
        if (account.oneTimeUntil() != null || old) {
            steps.add(Step.CHOOSE_PASSWORD);
        }
        if (!account.secondFactor() && account.roles().stream().anyMatch(settings.secondFactorRequired()::contains)) {
            steps.add(Step.SET_UP_SECOND_FACTOR);
        }
        return steps;
    }

    /** An attempt after the slow half: {@code hash} is what the password was compared with. */
    private record Tried(@Nullable UUID account, @Nullable String hash, boolean right) {}

    private Tried tryPassword(String username, String password) {
        Optional<Account> account = accounts.findByUsername(username);
        String hash = account.map(known -> accounts.passwordHash(known.id())).orElse(null);
        boolean right = passwords.matches(password, hash);
        if (right && hash != null && passwords.outdated(hash)) {
            UUID id = account.orElseThrow().id();
            accounts.rehash(id, hash, password);
            hash = accounts.passwordHash(id);
        }
        return new Tried(account.map(Account::id).orElse(null), hash, right);
    }

    /** @param refusal null: let in */
    private record Checked(
            @Nullable Account account, @Nullable Refusal refusal) {
        Account known() {
            return Objects.requireNonNull(account);
        }
    }

    private Checked check(Tried tried, @Nullable String code, String action, @Nullable String ip) {
        if (tried.account() == null) {
            // Not the name that was typed: people type their password there.
            refused(action, ip, "unknown", "no such account");
            return new Checked(null, Refusal.WRONG);
        }
        Account account = accounts.lock(tried.account());
        boolean right = tried.right() && Objects.equals(tried.hash(), accounts.passwordHash(account.id()));
        return check(account, right, code, action, ip);
    }

    private Checked check(
            Account account, boolean passwordRight, @Nullable String code, String action, @Nullable String ip) {
        String id = account.id().toString();
        Instant now = clock.instant();
        if (account.lockedAt(now)) {
            refused(action, ip, id, "waiting until " + account.lockedUntil());
            return new Checked(account, Refusal.LOCKED);
        }
        if (!passwordRight) {
            return failed(account, action, ip, "wrong password");
        }
        if (account.state() == Account.State.DISABLED) {
            refused(action, ip, id, "disabled");
            return new Checked(account, Refusal.DISABLED);
        }
        if (account.oneTimeUntil() != null && account.oneTimeUntil().isBefore(now)) {
            refused(action, ip, id, "one-time password was valid until " + account.oneTimeUntil());
            return new Checked(account, Refusal.EXPIRED);
        }
        if (account.secondFactor()) {
            if (code == null || code.isBlank()) {
                return new Checked(account, Refusal.CODE_MISSING);
            }
            if (!secondFactors.use(account.id(), code)) {
                return failed(account, action, ip, "wrong one-time code");
            }
        }
        return new Checked(account, null);
    }

    private Checked failed(Account account, String action, @Nullable String ip, String reason) {
        int failures = account.failedSignIns() + 1;
        Instant until = null;
        if (failures >= settings.lockAfter()) {
            // Doubles each time; the exponent is limited so that it cannot overflow.
            long factor = 1L << Math.min(failures - settings.lockAfter(), 20);
            Duration wait = settings.lockFirst().multipliedBy(factor);
            until = clock.instant().plus(wait.compareTo(settings.lockLongest()) > 0 ? settings.lockLongest() : wait);
        }
        jdbc.sql("update account set failed_sign_ins = :failures, locked_until = :until where id = :id")
                .param("failures", failures)
                .param("until", until == null ? null : Times.in(until))
                .param("id", account.id())
                .update();
        refused(
                action,
                ip,
                account.id().toString(),
                until == null ? reason : reason + ", " + failures + " in a row, waits until " + until);
        return new Checked(account, Refusal.WRONG);
    }

    private Known welcome(Account account, Client client, String how) {
        succeeded(account);
        UUID session = sessions.start(account.id(), client);
        String certificate = certificate(account);
        audit.append(new AuditEvent(
                new Actor(
                        account.id().toString(),
                        account.displayName(),
                        Accounts.names(account.roles()),
                        certificate,
                        client.ip(),
                        session.toString()),
                SIGN_IN,
                "account",
                account.id().toString(),
                null,
                AuditEvent.Result.OK,
                how,
                null));
        return new Known(account, certificate, session, steps(account));
    }

    private void succeeded(Account account) {
        jdbc.sql("""
                        update account set failed_sign_ins = 0, locked_until = null, last_sign_in_at = :now
                        where id = :id
                        """)
                .param("now", Times.in(clock.instant()))
                .param("id", account.id())
                .update();
    }

    private Actor actor(Account account, @Nullable String ip) {
        return new Actor(
                account.id().toString(),
                account.displayName(),
                Accounts.names(account.roles()),
                certificate(account),
                ip,
                CurrentActor.find().map(Actor::sessionId).orElse(null));
    }

    private @Nullable String certificate(Account account) {
        return officers.find(account.id()).map(Officer::certificateNo).orElse(null);
    }

    private void refused(String action, @Nullable String ip, String id, String reason) {
        audit.append(AuditEvent.refused(CurrentActor.nobody(ip), action, "account", id, reason));
    }

    private String hash(Account account) {
        return Objects.requireNonNullElse(accounts.passwordHash(account.id()), "");
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(status -> work.get()));
    }
}
