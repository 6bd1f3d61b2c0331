package org.tiezheng.archive.identity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

/**
 * Signed-in browsers, as rows: so their owner sees them, and "sign out everywhere", a changed role or a disabled
 * account ends them on every server node with its transaction.
 */
public final class WebSessions {
    /** {@code last_seen_at} is written when it is older than this, not at every request. */
    private static final Duration SEEN_EVERY = Duration.ofMinutes(1);

    /** Ended rows are kept this long for their owner to see; the audit log keeps them for good. */
    private static final Duration KEEP = Duration.ofDays(90);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Duration idle;
    private final Duration longest;

    public WebSessions(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock, IdentitySettings settings) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.idle = settings.sessionIdle();
        this.longest = settings.sessionLongest();
    }

    /** Why a session ended. */
    public enum End {
        SIGNED_OUT,
        SIGNED_OUT_ELSEWHERE,
        /** Roles, certificate, state or password of the account changed. */
        ACCOUNT_CHANGED,
        EXPIRED
    }

    /** A session as its owner sees it. */
    public record Session(
            UUID id,
            Instant startedAt,
            Instant lastSeenAt,
            @Nullable String clientIp,
            @Nullable String userAgent) {}

    /** Notes a new session in the caller's transaction. */
    UUID start(UUID account, Client client) {
        Instant now = clock.instant();
        UUID id = UUID.randomUUID();
        jdbc.sql("delete from web_session where account_id = :account and ended_at < :old")
                .param("account", account)
                .param("old", Times.in(now.minus(KEEP)))
                .update();
        jdbc.sql("""
                        insert into web_session (id, account_id, started_at, last_seen_at, client_ip, user_agent)
                        values (:id, :account, :now, :now, :ip, :agent)
                        """)
                .param("id", id)
                .param("account", account)
                .param("now", Times.in(now))
                .param("ip", client.ip())
                .param("agent", client.userAgent())
                .update();
        return id;
    }

    /**
     * Whether a request of this session is still to be answered; asked once per request. Ends the session if it was
     * idle or open for too long, or its account is disabled.
     */
    public boolean alive(UUID id) {
        Instant now = clock.instant();
        record Row(Instant started, Instant seen, boolean open) {}
        Row row = jdbc.sql("""
                        select s.started_at, s.last_seen_at, s.ended_at is null and a.state = 'ACTIVE' as open
                        from web_session s join account a on a.id = s.account_id where s.id = :id
                        """)
                .param("id", id)
                .query((r, n) -> new Row(Times.at(r, "started_at"), Times.at(r, "last_seen_at"), r.getBoolean("open")))
                .optional()
                .orElse(null);
        if (row == null || !row.open()) {
            return false;
        }
        if (row.seen().plus(idle).isBefore(now) || row.started().plus(longest).isBefore(now)) {
            end("id = :key", id, End.EXPIRED, now, jdbc);
            return false;
        }
        if (row.seen().plus(SEEN_EVERY).isBefore(now)) {
            jdbc.sql("update web_session set last_seen_at = :now where id = :id and ended_at is null")
                    .param("now", Times.in(now))
                    .param("id", id)
                    .update();
        }
        return true;
    }

    /** Open sessions of an account, newest first, at most 100. */
    public List<Session> ofAccount(UUID account) {
        Instant now = clock.instant();
        return jdbc.sql("""
                        select id, started_at, last_seen_at, client_ip, user_agent from web_session
                        where account_id = :account and ended_at is null and last_seen_at >= :idle
                          and started_at >= :longest
                        order by started_at desc limit 100
                        """)
                .param("account", account)
                .param("idle", Times.in(now.minus(idle)))
                .param("longest", Times.in(now.minus(longest)))
                .query((row, n) -> new Session(
                        row.getObject("id", UUID.class),
                        Times.at(row, "started_at"),
                        Times.at(row, "last_seen_at"),
                        row.getString("client_ip"),
                        row.getString("user_agent")))
                .list();
    }

    /** Signs out the session the actor is in. */
    public void signOut(UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            if (end("id = :key", id, End.SIGNED_OUT, clock.instant(), jdbc) > 0) {
                audit.append(AuditEvent.ok(by, "account.sign-out", "account", by.id()));
            }
        });
    }

    /**
     * Ends another session of one's own.
     *
     * @throws RuleBrokenException {@link Rule#UNKNOWN_SESSION} if it is none of this account's
     */
    public void end(UUID account, UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            int ended = jdbc.sql("""
                            update web_session set ended_at = :now, end_reason = 'SIGNED_OUT_ELSEWHERE'
                            where id = :id and account_id = :account and ended_at is null
                            """)
                    .param("now", Times.in(clock.instant()))
                    .param("id", id)
                    .param("account", account)
                    .update();
            if (ended == 0) {
                throw new RuleBrokenException(Rule.UNKNOWN_SESSION);
            }
            audit.append(new AuditEvent(
                    by,
                    "account.end-session",
                    "account",
                    account.toString(),
                    null,
                    AuditEvent.Result.OK,
                    "session " + id,
                    null));
        });
    }

    /** Signs an account out everywhere; {@code keep} stays, null for none. */
    public void endAll(UUID account, @Nullable UUID keep, Actor by) {
        transactions.executeWithoutResult(status -> {
            endOthers(jdbc, account, keep, clock.instant());
            audit.append(AuditEvent.ok(by, "account.sign-out-everywhere", "account", account.toString()));
        });
    }

    static void endAll(JdbcClient jdbc, UUID account, End reason, Instant now) {
        end("account_id = :key", account, reason, now, jdbc);
    }

    static void endOthers(JdbcClient jdbc, UUID account, @Nullable UUID keep, Instant now) {
        jdbc.sql("""
                        update web_session set ended_at = :now, end_reason = 'SIGNED_OUT_ELSEWHERE'
                        where account_id = :account and ended_at is null and id is distinct from cast(:keep as uuid)
                        """)
                .param("now", Times.in(now))
                .param("account", account)
                .param("keep", keep)
                .update();
    }

    private static int end(String where, UUID key, End reason, Instant now, JdbcClient jdbc) {
        return jdbc.sql("update web_session set ended_at = :now, end_reason = :reason where ended_at is null and "
                        + where)
                .param("now", Times.in(now))
                .param("reason", reason.name())
                .param("key", key)
                .update();
    }
}
