package org.tiezheng.archive.identity;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

/**
 * Accounts: made, changed and listed by system administrators, their passwords changed by their owners. Every change
 * is one transaction with its audit event, and a change that takes something away ends the account's sessions in it.
 *
 * <p>Usable from any thread.
 */
public final class Accounts {
    /** The account that agents' tokens belong to; made by migration V021. Nobody signs in with it. */
    public static final UUID AGENTS = UUID.fromString("00000000-0000-0000-0000-000000000001");

    private static final Pattern USERNAME = Pattern.compile("[a-z0-9][a-z0-9._@-]{1,63}");
    private static final int NAME_LENGTH = 100;

    static final String COLUMNS = """
            a.id, a.username, a.display_name, a.state, a.language, a.password_hash, a.password_changed_at,
            a.one_time_until, a.failed_sign_ins, a.locked_until, a.created_at, a.last_sign_in_at,
            array(select r.role from account_role r where r.account_id = a.id) as roles,
            exists (select 1 from second_factor f where f.account_id = a.id and f.confirmed_at is not null)
                as second_factor
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Passwords passwords;
    private final PasswordRules rules;
    private final Duration oneTimeValid;

    public Accounts(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            Passwords passwords,
            IdentitySettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.passwords = passwords;
        this.rules = new PasswordRules(settings.passwordMinimumLength());
        this.oneTimeValid = settings.oneTimePasswordValid();
    }

    /** An account with the password that has to be given to its owner, null if the caller chose it. */
    public record Created(Account account, @Nullable String oneTimePassword) {
        /** Without the password. */
        @Override
        public String toString() {
            return "Created[" + account.username() + "]";
        }
    }

    /**
     * Makes the first account, a system administrator named {@code admin}, if there is no account at all. Two nodes
     * that start at once make one between them.
     *
     * @return its name and one-time password, to be shown once; nothing if somebody is there already
     */
    public Optional<Created> createFirstAdministrator() {
        Actor actor = Actor.system("identity");
        String password = passwords.oneTime();
        String hash = passwords.hash(password);
        return inTransaction(() -> {
            jdbc.sql("lock table account in share row exclusive mode").update();
            if (jdbc.sql("select count(*) from account where id <> :agents")
                            .param("agents", AGENTS)
                            .query(Long.class)
                            .single()
                    > 0) {
                return Optional.empty();
            }
            NewAccount first = new NewAccount("admin", "系统管理员", Set.of(Role.SYSTEM_ADMINISTRATOR), null);
            UUID id = insert(first, hash, true);
            record(actor, "account.create", id, "roles " + names(first.roles()));
            return Optional.of(new Created(get(id), password));
        });
    }

    /**
     * Makes an account.
     *
     * @throws RuleBrokenException for a name that is taken or no name, roles that exclude each other, a bad password
     */
    public Created create(NewAccount wanted, Actor by) {
        NewAccount account = new NewAccount(
                wanted.username().toLowerCase(Locale.ROOT),
                wanted.displayName().strip(),
                wanted.roles(),
                wanted.password());
        if (!USERNAME.matcher(account.username()).matches()) {
            throw new RuleBrokenException(Rule.USERNAME_FORM);
        }
        checkName(account.displayName());
        checkRoles(account.roles());
        if (account.password() != null) {
            checkPassword(account.password(), account.username());
        }
        String oneTime = account.password() == null ? passwords.oneTime() : null;
        String hash = passwords.hash(account.password() == null ? Objects.requireNonNull(oneTime) : account.password());
        try {
            return inTransaction(() -> {
                UUID id = insert(account, hash, oneTime != null);
                record(by, "account.create", id, "roles " + names(account.roles()));
                return new Created(get(id), oneTime);
            });
        } catch (DuplicateKeyException e) {
            throw new RuleBrokenException(Rule.USERNAME_TAKEN, account.username());
        }
    }

    private UUID insert(NewAccount account, String hash, boolean oneTime) {
        UUID id = UUID.randomUUID();
        Instant now = clock.instant();
        jdbc.sql("""
                        insert into account (id, username, display_name, state, password_hash, password_changed_at,
                                             one_time_until, created_at)
                        values (:id, :username, :name, 'ACTIVE', :hash, :changed, :until, :now)
                        """)
                .param("id", id)
                .param("username", account.username())
                .param("name", account.displayName())
                .param("hash", hash)
                .param("changed", oneTime ? null : Times.in(now))
                .param("until", oneTime ? Times.in(now.plus(oneTimeValid)) : null)
                .param("now", Times.in(now))
                .update();
        insertRoles(id, account.roles());
        return id;
    }

    /**
     * The account an identity provider knows as {@code subject}: found, or made at the first sign-in. Its roles
     * follow the provider at every sign-in. Runs inside the caller's transaction, like the sign-in it belongs to.
     *
     * @throws RuleBrokenException if the provider gives roles that exclude each other
     */
    Account followProvider(
            String issuer, String subject, String username, String displayName, Set<Role> roles, Actor actor) {
        checkRoles(roles);
        Optional<UUID> known = jdbc.sql(
                        "select id from account where oidc_issuer = :issuer and oidc_subject = :subject for update")
                .param("issuer", issuer)
                .param("subject", subject)
                .query(UUID.class)
                .optional();
        if (known.isPresent()) {
            Account account = get(known.get());
            if (!account.roles().equals(roles)) {
                replaceRoles(account, roles);
                record(actor, "account.roles", account.id(), names(account.roles()) + " -> " + names(roles));
            }
            return get(account.id());
        }
        UUID id = UUID.randomUUID();
        String name = displayName.strip();
        jdbc.sql("""
                        insert into account (id, username, display_name, state, oidc_issuer, oidc_subject, created_at)
                        values (:id, :username, :name, 'ACTIVE', :issuer, :subject, :now)
                        """)
                .param("id", id)
                .param("username", freeUsername(username, id))
                .param("name", name.isEmpty() ? username : name.substring(0, Math.min(name.length(), NAME_LENGTH)))
                .param("issuer", issuer)
                .param("subject", subject)
                .param("now", Times.in(clock.instant()))
                .update();
        insertRoles(id, roles);
        record(actor, "account.create", id, "identity provider " + issuer + ", roles " + names(roles));
        return get(id);
    }

    /** Never the name of a local account: the provider must not be able to become somebody who is here already. */
    private String freeUsername(String wanted, UUID id) {
        String folded = wanted.toLowerCase(Locale.ROOT);
        boolean usable = USERNAME.matcher(folded).matches()
                && jdbc.sql("select count(*) from account where username = :username")
                                .param("username", folded)
                                .query(Long.class)
                                .single()
                        == 0;
        return usable ? folded : "oidc-" + id;
    }

    public Optional<Account> find(UUID id) {
        return jdbc.sql("select " + COLUMNS + " from account a where a.id = :id")
                .param("id", id)
                .query((row, n) -> account(row))
                .optional();
    }

    /** @throws RuleBrokenException {@link Rule#UNKNOWN_ACCOUNT} */
    public Account get(UUID id) {
        return find(id).orElseThrow(() -> new RuleBrokenException(Rule.UNKNOWN_ACCOUNT));
    }

    public Optional<Account> findByUsername(String username) {
        return jdbc.sql("select " + COLUMNS + " from account a where a.username = :username")
                .param("username", username.toLowerCase(Locale.ROOT))
                .query((row, n) -> account(row))
                .optional();
    }

    /**
     * A page of accounts in the order of their user names.
     *
     * @param text part of the user name or name, empty for all
     * @param after last user name of the page before, empty for the first page
     * @param limit at most so many
     */
    public List<Account> list(String text, String after, int limit) {
        return jdbc.sql("select " + COLUMNS + """
                         from account a
                        where a.username > :after
                          and (:text = '' or strpos(a.username, lower(:text)) > 0 or strpos(a.display_name, :text) > 0)
                        order by a.username limit :limit
                        """)
                .param("after", after)
                .param("text", text)
                .param("limit", limit)
                .query((row, n) -> account(row))
                .list();
    }

    /** Active accounts with {@code role}, by name. For choosing a second officer and the like; at most 1,000. */
    public List<Account> withRole(Role role) {
        return jdbc.sql("select " + COLUMNS + """
                         from account a join account_role h on h.account_id = a.id and h.role = :role
                        where a.state = 'ACTIVE' order by a.display_name, a.username limit 1000
                        """)
                .param("role", role.name())
                .query((row, n) -> account(row))
                .list();
    }

    /** Changes the name people know somebody by. */
    public void rename(UUID id, String displayName, Actor by) {
        String name = displayName.strip();
        checkName(name);
        inTransaction(() -> {
            Account account = lock(id);
            jdbc.sql("update account set display_name = :name where id = :id")
                    .param("name", name)
                    .param("id", id)
                    .update();
            record(by, "account.rename", id, account.displayName() + " -> " + name);
            return id;
        });
    }

    /**
     * Replaces the roles and signs the account out everywhere.
     *
     * @throws RuleBrokenException for roles that exclude each other, one's own account, the last administrator
     */
    public void setRoles(UUID id, Set<Role> roles, Actor by) {
        checkRoles(roles);
        notOwn(id, by);
        inTransaction(() -> {
            Account account = lock(id);
            if (account.roles().equals(roles)) {
                return id;
            }
            if (!roles.contains(Role.SYSTEM_ADMINISTRATOR)) {
                keepAnAdministrator(account);
            }
            replaceRoles(account, roles);
            record(by, "account.roles", id, names(account.roles()) + " -> " + names(roles));
            return id;
        });
    }

    /** Makes the account unusable, or usable again; unusable ends its sessions, and its tokens answer no more. */
    public void setState(UUID id, Account.State state, Actor by) {
        notOwn(id, by);
        inTransaction(() -> {
            Account account = lock(id);
            if (account.state() == state) {
                return id;
            }
            if (state == Account.State.DISABLED) {
                keepAnAdministrator(account);
                WebSessions.endAll(jdbc, id, WebSessions.End.ACCOUNT_CHANGED, clock.instant());
            }
            jdbc.sql("update account set state = :state where id = :id")
                    .param("state", state.name())
                    .param("id", id)
                    .update();
            record(by, state == Account.State.DISABLED ? "account.disable" : "account.enable", id, null);
            return id;
        });
    }

    /** Ends the wait after wrong passwords. */
    public void unlock(UUID id, Actor by) {
        inTransaction(() -> {
            lock(id);
            jdbc.sql("update account set failed_sign_ins = 0, locked_until = null where id = :id")
                    .param("id", id)
                    .update();
            record(by, "account.unlock", id, null);
            return id;
        });
    }

    /**
     * Replaces a forgotten password by a one-time one, ends the wait and signs the account out everywhere.
     *
     * @return the one-time password, shown once
     * @throws RuleBrokenException {@link Rule#NOT_LOCAL} for an account of the identity provider
     */
    public String resetPassword(UUID id, Actor by) {
        String password = passwords.oneTime();
        String hash = passwords.hash(password);
        inTransaction(() -> {
            Account account = lock(id);
            if (!account.local()) {
                throw new RuleBrokenException(Rule.NOT_LOCAL);
            }
            jdbc.sql("""
                            update account set password_hash = :hash, one_time_until = :until, failed_sign_ins = 0,
                                   locked_until = null where id = :id
                            """)
                    .param("hash", hash)
                    .param("until", Times.in(clock.instant().plus(oneTimeValid)))
                    .param("id", id)
                    .update();
            WebSessions.endAll(jdbc, id, WebSessions.End.ACCOUNT_CHANGED, clock.instant());
            record(by, "account.password-reset", id, null);
            return id;
        });
        return password;
    }

    /**
     * Changes the password of its owner, who gives the present one, and signs him out on other devices.
     *
     * @param keepSession the session that stays, null for none
     * @throws RuleBrokenException if the present password is not {@code present} or the new one breaks the rules
     */
    public void changePassword(UUID id, String present, String wanted, @Nullable UUID keepSession, Actor by) {
        Account account = get(id);
        String stored = passwordHash(id);
        if (!account.local()) {
            throw new RuleBrokenException(Rule.NOT_LOCAL);
        }
        if (!passwords.matches(present, stored)) {
            inTransaction(() -> {
                audit.append(new AuditEvent(
                        by,
                        "account.password",
                        "account",
                        id.toString(),
                        null,
                        AuditEvent.Result.REFUSED,
                        "the present password was wrong",
                        null));
                return id;
            });
            throw new RuleBrokenException(Rule.WRONG_PASSWORD);
        }
        checkPassword(wanted, account.username());
        if (passwords.matches(wanted, stored)) {
            throw new RuleBrokenException(Rule.PASSWORD_FAULTS, PasswordRules.Fault.SAME_AS_BEFORE);
        }
        String hash = passwords.hash(wanted);
        inTransaction(() -> {
            lock(id);
            int changed = jdbc.sql("""
                            update account set password_hash = :hash, password_changed_at = :now, one_time_until = null
                            where id = :id and password_hash = :stored
                            """)
                    .param("hash", hash)
                    .param("now", Times.in(clock.instant()))
                    .param("id", id)
                    .param("stored", stored)
                    .update();
            if (changed == 0) {
                // Somebody changed or reset it while we were hashing; what was typed is the present one no more.
                throw new RuleBrokenException(Rule.WRONG_PASSWORD);
            }
            WebSessions.endOthers(jdbc, id, keepSession, clock.instant());
            record(by, "account.password", id, null);
            return id;
        });
    }

    /** Keeps the language the owner chose. No audit event: it says nothing about the archive. */
    public void setLanguage(UUID id, String language) {
        if (!language.equals("zh-CN") && !language.equals("en")) {
            throw new IllegalArgumentException("language is zh-CN or en, got " + language);
        }
        jdbc.sql("update account set language = :language where id = :id")
                .param("language", language)
                .param("id", id)
                .update();
    }

    @Nullable
    String passwordHash(UUID id) {
        return jdbc.sql("select password_hash from account where id = :id")
                .param("id", id)
                .query((row, n) -> Optional.ofNullable(row.getString(1)))
                .optional()
                .flatMap(hash -> hash)
                .orElse(null);
    }

    /** Writes a hash by the present algorithm in place of {@code old}, unless the password was changed meanwhile. */
    void rehash(UUID id, String old, String password) {
        jdbc.sql("update account set password_hash = :hash where id = :id and password_hash = :old")
                .param("hash", passwords.hash(password))
                .param("id", id)
                .param("old", old)
                .update();
    }

    /** The account, its row locked until the transaction ends. */
    Account lock(UUID id) {
        lockRow(jdbc, id);
        return get(id);
    }

    /**
     * Locks the row of an account until the transaction ends.
     *
     * @throws RuleBrokenException {@link Rule#UNKNOWN_ACCOUNT}
     */
    static void lockRow(JdbcClient jdbc, UUID id) {
        boolean there = jdbc.sql("select id from account where id = :id for update")
                .param("id", id)
                .query(UUID.class)
                .optional()
                .isPresent();
        if (!there) {
            throw new RuleBrokenException(Rule.UNKNOWN_ACCOUNT);
        }
    }

    private void replaceRoles(Account account, Set<Role> roles) {
        jdbc.sql("delete from account_role where account_id = :id")
                .param("id", account.id())
                .update();
        insertRoles(account.id(), roles);
        WebSessions.endAll(jdbc, account.id(), WebSessions.End.ACCOUNT_CHANGED, clock.instant());
    }

    private void insertRoles(UUID id, Set<Role> roles) {
        for (Role role : roles) {
            jdbc.sql("insert into account_role (account_id, role) values (:id, :role)")
                    .param("id", id)
                    .param("role", role.name())
                    .update();
        }
    }

    private void keepAnAdministrator(Account account) {
        if (!account.roles().contains(Role.SYSTEM_ADMINISTRATOR)) {
            return;
        }
        // All administrators' rows are locked, in one order, so that two of them cannot remove each other.
        List<UUID> active = jdbc.sql("""
                        select a.id from account a join account_role r on r.account_id = a.id
                        where r.role = 'SYSTEM_ADMINISTRATOR' and a.state = 'ACTIVE' and a.password_hash is not null
                        order by a.id for update of a
                        """).query(UUID.class).list();
        if (active.stream().allMatch(account.id()::equals)) {
            throw new RuleBrokenException(Rule.LAST_ADMINISTRATOR);
        }
    }

    private static void notOwn(UUID id, Actor by) {
        if (by.id().equals(id.toString())) {
            throw new RuleBrokenException(Rule.OWN_ACCOUNT);
        }
    }

    private static void checkName(String name) {
        if (name.isEmpty() || name.length() > NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new RuleBrokenException(Rule.NAME_FORM);
        }
    }

    private static void checkRoles(Set<Role> roles) {
        Role.conflict(roles).ifPresent(conflict -> {
            throw new RuleBrokenException(Rule.ROLES_CONFLICT, conflict.one(), conflict.other());
        });
    }

    private void checkPassword(String password, String username) {
        List<PasswordRules.Fault> faults = rules.faults(password, username);
        if (!faults.isEmpty()) {
            throw new RuleBrokenException(Rule.PASSWORD_FAULTS, faults.toArray());
        }
    }

    private void record(Actor by, String action, UUID id, @Nullable String reason) {
        audit.append(new AuditEvent(by, action, "account", id.toString(), null, AuditEvent.Result.OK, reason, null));
    }

    static String names(Set<Role> roles) {
        return roles.isEmpty()
                ? "none"
                : new TreeSet<>(roles).stream().map(Role::name).collect(Collectors.joining(","));
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(status -> work.get()));
    }

    static Account account(ResultSet row) throws SQLException {
        return new Account(
                row.getObject("id", UUID.class),
                row.getString("username"),
                row.getString("display_name"),
                Account.State.valueOf(row.getString("state")),
                roles(row.getArray("roles")),
                row.getString("language"),
                row.getString("password_hash") != null,
                Times.atOrNull(row, "password_changed_at"),
                Times.atOrNull(row, "one_time_until"),
                row.getBoolean("second_factor"),
                row.getInt("failed_sign_ins"),
                Times.atOrNull(row, "locked_until"),
                Times.at(row, "created_at"),
                Times.atOrNull(row, "last_sign_in_at"));
    }

    static Set<Role> roles(Array array) throws SQLException {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : (String[]) array.getArray()) {
            roles.add(Role.valueOf(name));
        }
        return roles;
    }
}
