package org.tiezheng.archive.agent;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiToken;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.capture.agent.AgentSettings;

/**
 * The token of the agent inside: kept in memory only, made when it is first needed, replaced before it ends. It belongs to
 * the account {@code internal-agent}, which has no role and a password that nobody was told. Any thread may ask.
 *
 * <p>A server that is killed leaves a token nobody knows; the next start revokes it.
 */
final class InternalToken implements AgentSettings.TokenSource {
    private static final String ACCOUNT = "internal-agent";
    private static final Duration LIFE = Duration.ofDays(7);
    private static final Duration RENEW = Duration.ofDays(1);
    private static final Actor ACTOR = Actor.system("internal-agent");

    private final Accounts accounts;
    private final ApiTokens tokens;
    private final String agent;
    private final Clock clock;
    private @Nullable String secret;
    private Instant renewAt = Instant.MIN;

    /** @param agent its name: servers that share a database have one agent and token each */
    InternalToken(Accounts accounts, ApiTokens tokens, String agent, Clock clock) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.agent = agent;
        this.clock = clock;
    }

    /** @throws IOException if the database does not answer; ask again later */
    @Override
    public synchronized String token() throws IOException {
        try {
            return valid();
        } catch (DataAccessException | TransactionException | RuleBrokenException e) {
            throw new IOException("no token for the agent inside: " + e.getMessage(), e);
        }
    }

    private String valid() {
        String present = secret;
        Instant now = clock.instant();
        if (present != null && now.isBefore(renewAt)) {
            return present;
        }
        Account account = accounts.findByUsername(ACCOUNT)
                .orElseGet(() -> accounts.create(new NewAccount(ACCOUNT, "内置取证节点", Set.of(), null), ACTOR)
                        .account());
        ApiTokens.Created created = tokens.create(account.id(), agent, Set.of(Scope.AGENT), LIFE, ACTOR);
        for (ApiToken old : tokens.ofAccount(account.id())) {
            if (old.name().equals(agent)
                    && old.usableAt(now)
                    && !old.id().equals(created.token().id())) {
                tokens.revoke(old.id(), ACTOR);
            }
        }
        secret = created.secret();
        renewAt = now.plus(LIFE).minus(RENEW);
        return created.secret();
    }
}
