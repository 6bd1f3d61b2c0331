package org.tiezheng.archive.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

/**
 * Tokens for programs. A token is {@code tz_} and 256 random bits as base64url text; the database keeps its SHA-256.
 * It acts as its account, with that account's roles as they are at each request, and only where its scopes allow.
 */
public final class ApiTokens {
    private static final String PREFIX = "tz_";
    private static final Pattern FORM = Pattern.compile("tz_[A-Za-z0-9_-]{43}");
    private static final int SECRET_BYTES = 32;
    private static final int TOKENS_PER_ACCOUNT = 100;
    private static final Duration SEEN_EVERY = Duration.ofMinutes(1);
    private static final String COLUMNS =
            "t.id, t.account_id, a.username, t.name, t.scopes, t.created_at, t.expires_at,"
                    + " t.last_used_at, t.revoked_at";

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Duration longest;
    private final SecureRandom random = new SecureRandom();

    public ApiTokens(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock, IdentitySettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.longest = settings.tokenLongest();
    }

    /** A new token and its secret, to be shown once. */
    public record Created(ApiToken token, String secret) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Created[" + token.id() + "]";
        }
    }

    /** What a request with a good token may do. */
    public record Grant(ApiToken token, Account account) {}

    /**
     * Makes a token for an account. Who may make which: anybody for himself, except scope {@code agent}, which only
     * system administrators give; the callers see to that.
     *
     * @throws RuleBrokenException for no name, no scope, a life of nothing or too long, too many tokens
     */
    public Created create(UUID account, String name, Set<Scope> scopes, Duration life, Actor by) {
        String stripped = name.strip();
        if (stripped.isEmpty() || stripped.length() > 100 || stripped.chars().anyMatch(Character::isISOControl)) {
            throw new RuleBrokenException(Rule.TOKEN_NAME);
        }
        // A token of an agent lies on the agent's machine: it must open nothing else.
        if (scopes.isEmpty() || scopes.contains(Scope.AGENT) && scopes.size() > 1) {
            throw new RuleBrokenException(Rule.TOKEN_SCOPES);
        }
        if (life.isNegative() || life.isZero() || life.compareTo(longest) > 0) {
            throw new RuleBrokenException(Rule.TOKEN_LIFE, longest.toDays());
        }
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        UUID id = UUID.randomUUID();
        Instant now = clock.instant();
        return Objects.requireNonNull(transactions.execute(status -> {
            Accounts.lockRow(jdbc, account);
            long open = jdbc.sql("""
                            select count(*) from api_token
                            where account_id = :account and revoked_at is null and expires_at > :now
                            """)
                    .param("account", account)
                    .param("now", Times.in(now))
                    .query(Long.class)
                    .single();
            if (open >= TOKENS_PER_ACCOUNT) {
                throw new RuleBrokenException(Rule.TOO_MANY_TOKENS, TOKENS_PER_ACCOUNT);
            }
            jdbc.sql("""
                            insert into api_token (id, account_id, name, token_hash, scopes, created_at, created_by,
                                                   expires_at)
                            values (:id, :account, :name, :hash, :scopes, :now, :by, :expires)
                            """)
                    .param("id", id)
                    .param("account", account)
                    .param("name", stripped)
                    .param("hash", hash(secret))
                    .param("scopes", scopes.stream().map(Scope::text).sorted().toArray(String[]::new))
                    .param("now", Times.in(now))
                    .param("by", by.id())
                    .param("expires", Times.in(now.plus(life)))
                    .update();
            record(by, "account.token-create", account, id + " \"" + stripped + "\" " + texts(scopes));
            return new Created(get(id), secret);
        }));
    }

    /**
     * Makes the token of a capture agent. It belongs to no person and opens the agents' protocol only.
     *
     * @param name of the agent, as it is shown and audited
     */
    public Created createForAgent(String name, Duration life, Actor by) {
        return create(Accounts.AGENTS, name, Set.of(Scope.AGENT), life, by);
    }

    /**
     * The token's grant, if it is one, has not ended and its account is active. Asked at every API request: one
     * indexed row, no audit event; {@code last_used_at} is written once a minute.
     */
    public Optional<Grant> introspect(String secret) {
        if (!FORM.matcher(secret).matches()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Optional<ApiToken> token = jdbc.sql("select " + COLUMNS
                        + " from api_token t join account a on a.id = t.account_id where t.token_hash = :hash")
                .param("hash", hash(secret))
                .query((row, n) -> token(row))
                .optional()
                .filter(found -> found.usableAt(now));
        Optional<Account> account = token.flatMap(
                        found -> jdbc.sql("select " + Accounts.COLUMNS + " from account a where a.id = :id")
                                .param("id", found.accountId())
                                .query((row, n) -> Accounts.account(row))
                                .optional())
                .filter(found -> found.state() == Account.State.ACTIVE);
        if (token.isEmpty() || account.isEmpty()) {
            return Optional.empty();
        }
        Instant used = token.get().lastUsedAt();
        if (used == null || used.plus(SEEN_EVERY).isBefore(now)) {
            jdbc.sql("update api_token set last_used_at = :now where id = :id")
                    .param("now", Times.in(now))
                    .param("id", token.get().id())
                    .update();
        }
        return Optional.of(new Grant(token.get(), account.get()));
    }

    /** @throws RuleBrokenException {@link Rule#UNKNOWN_TOKEN} */
    public ApiToken get(UUID id) {
        return jdbc.sql("select " + COLUMNS
                        + " from api_token t join account a on a.id = t.account_id where t.id = :id")
                .param("id", id)
                .query((row, n) -> token(row))
                .optional()
                .orElseThrow(() -> new RuleBrokenException(Rule.UNKNOWN_TOKEN));
    }

    /** Tokens of an account, newest first, ended ones too; at most 500. */
    public List<ApiToken> ofAccount(UUID account) {
        return jdbc.sql("select " + COLUMNS + """
                         from api_token t join account a on a.id = t.account_id
                        where t.account_id = :account order by t.created_at desc, t.id limit 500
                        """)
                .param("account", account)
                .query((row, n) -> token(row))
                .list();
    }

    /** All tokens that have not ended, agents' first; at most 1,000. For system administrators and auditors. */
    public List<ApiToken> open() {
        return jdbc.sql("select " + COLUMNS + """
                         from api_token t join account a on a.id = t.account_id
                        where t.revoked_at is null and t.expires_at > :now
                        order by 'agent' = any(t.scopes) desc, a.username, t.created_at desc limit 1000
                        """)
                .param("now", Times.in(clock.instant()))
                .query((row, n) -> token(row))
                .list();
    }

    /** Ends a token at once; one that has ended stays ended. */
    public void revoke(UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            ApiToken token = get(id);
            int revoked = jdbc.sql("update api_token set revoked_at = :now where id = :id and revoked_at is null")
                    .param("now", Times.in(clock.instant()))
                    .param("id", id)
                    .update();
            if (revoked > 0) {
                record(by, "account.token-revoke", token.accountId(), id + " \"" + token.name() + "\"");
            }
        });
    }

    private void record(Actor by, String action, UUID account, String reason) {
        audit.append(
                new AuditEvent(by, action, "account", account.toString(), null, AuditEvent.Result.OK, reason, null));
    }

    private static String texts(Set<Scope> scopes) {
        return scopes.stream().map(Scope::text).sorted().collect(Collectors.joining(","));
    }

    private static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static ApiToken token(ResultSet row) throws SQLException {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String text : (String[]) row.getArray("scopes").getArray()) {
            Scope.of(text).ifPresent(scopes::add);
        }
        return new ApiToken(
                row.getObject("id", UUID.class),
                row.getObject("account_id", UUID.class),
                row.getString("username"),
                row.getString("name"),
                scopes,
                Times.at(row, "created_at"),
                Times.at(row, "expires_at"),
                Times.atOrNull(row, "last_used_at"),
                Times.atOrNull(row, "revoked_at"));
    }
}
