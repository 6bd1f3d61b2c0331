package org.tiezheng.archive.identity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Set;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;

/** The services of this package on a fresh database, with a clock that is set by hand. */
final class TestIdentity {
    final TestDatabase database = TestDatabase.create();
    final HandClock clock = new HandClock(Instant.parse("2026-11-22T01:00:00Z"));
    final AuditLog audit = new AuditLog(database.jdbc(), clock);
    final Passwords passwords = new Passwords();
    final Accounts accounts;
    final Officers officers;
    final SecondFactors secondFactors;
    final WebSessions sessions;
    final ApiTokens tokens;
    final Identity identity;

    TestIdentity(IdentitySettings settings) {
        accounts = new Accounts(database.jdbc(), database.transactions(), audit, clock, passwords, settings);
        officers = new Officers(database.jdbc(), database.transactions(), audit, clock);
        secondFactors = new SecondFactors(
                database.jdbc(),
                database.transactions(),
                audit,
                clock,
                SecretBox.of(Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32])),
                accounts);
        sessions = new WebSessions(database.jdbc(), database.transactions(), audit, clock, settings);
        tokens = new ApiTokens(database.jdbc(), database.transactions(), audit, clock, settings);
        identity = new Identity(
                database.jdbc(),
                database.transactions(),
                audit,
                clock,
                passwords,
                accounts,
                officers,
                secondFactors,
                sessions,
                settings);
    }

    TestIdentity() {
        this(IdentitySettings.defaults());
    }

    static IdentitySettings withPasswordsFor(Duration maximumAge) {
        IdentitySettings d = IdentitySettings.defaults();
        return new IdentitySettings(
                d.passwordMinimumLength(),
                maximumAge,
                d.oneTimePasswordValid(),
                d.lockAfter(),
                d.lockFirst(),
                d.lockLongest(),
                d.sessionIdle(),
                d.sessionLongest(),
                d.secondFactorRequired(),
                d.tokenLongest(),
                d.signInsPerMinute(),
                d.requestsPerMinute(),
                null);
    }

    static IdentitySettings requiring(Role... roles) {
        IdentitySettings d = IdentitySettings.defaults();
        return new IdentitySettings(
                d.passwordMinimumLength(),
                d.passwordMaximumAge(),
                d.oneTimePasswordValid(),
                d.lockAfter(),
                d.lockFirst(),
                d.lockLongest(),
                d.sessionIdle(),
                d.sessionLongest(),
                Set.of(roles),
                d.tokenLongest(),
                d.signInsPerMinute(),
                d.requestsPerMinute(),
                null);
    }

    /** A clock that stands until it is moved. */
    static final class HandClock extends Clock {
        private Instant now;

        HandClock(Instant now) {
            this.now = now;
        }

        void forward(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
