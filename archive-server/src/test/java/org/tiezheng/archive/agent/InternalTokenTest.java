package org.tiezheng.archive.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.Passwords;
import org.tiezheng.archive.identity.Scope;

class InternalTokenTest {
    private static final Instant START = Instant.parse("2026-11-22T02:00:00Z");

    private final TestDatabase database = TestDatabase.create();

    private Accounts accounts(Clock clock) {
        return new Accounts(
                database.jdbc(),
                database.transactions(),
                new AuditLog(database.jdbc(), clock),
                clock,
                new Passwords(),
                IdentitySettings.defaults());
    }

    private ApiTokens tokens(Clock clock) {
        return new ApiTokens(
                database.jdbc(),
                database.transactions(),
                new AuditLog(database.jdbc(), clock),
                clock,
                IdentitySettings.defaults());
    }

    private InternalToken token(String agent, Instant now) {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        return new InternalToken(accounts(clock), tokens(clock), agent, clock);
    }

    @Test
    void tokenOpensTheAgentsProtocolAndNothingElseAndARestartEndsIt() throws IOException {
        ApiTokens tokens = tokens(Clock.fixed(START, ZoneOffset.UTC));
        InternalToken first = token("internal@a", START);
        String secret = first.token();
        assertThat(first.token()).isEqualTo(secret);
        ApiTokens.Grant grant = tokens.introspect(secret).orElseThrow();
        assertThat(grant.token().scopes()).containsExactly(Scope.AGENT);
        assertThat(grant.account().roles()).isEmpty();

        String other = token("internal@b", START).token();
        String afterRestart = token("internal@a", START).token();
        assertThat(tokens.introspect(secret)).isEmpty();
        assertThat(tokens.introspect(afterRestart)).isPresent();
        assertThat(tokens.introspect(other))
                .as("another server's agent keeps its own")
                .isPresent();
        assertThat(grant.account().id())
                .isEqualTo(tokens.introspect(other).orElseThrow().account().id());
    }

    @Test
    void databaseThatIsAwayIsAMatterForLater() throws IOException {
        InternalToken token = token("internal@a", START);
        JdbcClient owner = JdbcClient.create(database.owner());
        owner.sql("alter table api_token rename to away").update();
        try {
            assertThatThrownBy(token::token).isInstanceOf(IOException.class);
        } finally {
            owner.sql("alter table away rename to api_token").update();
        }
        assertThat(token.token()).startsWith("tz_");
    }
}
