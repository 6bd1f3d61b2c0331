package org.tiezheng.archive.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.database.TestDatabase;

class ReplayTokensTest {
    private static final TestDatabase database = TestDatabase.create();
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    private static final URI APP = URI.create("http://localhost:8443");

    private static ReplayTokens at(Instant time) {
        return new ReplayTokens(database.jdbc(), Clock.fixed(time, ZoneOffset.UTC), Duration.ofMinutes(30));
    }

    @Test
    void aTokenOpensItsEvidenceOnEveryNodeUntilItExpires() {
        UUID evidence = UUID.randomUUID();
        ReplayTokens.Issued issued = at(NOW).issue(evidence, "account", APP);
        assertThat(at(NOW).find(issued.value())).hasValue(new ReplayTokens.Grant(evidence, APP.toString()));
        assertThat(at(issued.expiresAt().minusSeconds(1)).find(issued.value())).isPresent();
        assertThat(at(issued.expiresAt()).find(issued.value())).isEmpty();
    }

    @Test
    void nothingElseOpensAnything() {
        ReplayTokens.Issued issued = at(NOW).issue(UUID.randomUUID(), "account", APP);
        assertThat(at(NOW).find("A".repeat(43))).isEmpty();
        assertThat(at(NOW).find(issued.value() + "A")).isEmpty();
        assertThat(at(NOW).find("")).isEmpty();
    }

    @Test
    void theDatabaseHoldsNoTokenThatCouldBeUsed() {
        ReplayTokens.Issued issued = at(NOW).issue(UUID.randomUUID(), "account", APP);
        assertThat(database.jdbc()
                        .sql("select count(*) from replay_token where token_sha256 = :t")
                        .param("t", issued.value())
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void rowsThatHaveExpiredGoWhenTheNextIsMade() {
        UUID old = UUID.randomUUID();
        at(NOW.minusSeconds(7200)).issue(old, "account", APP);
        at(NOW).issue(UUID.randomUUID(), "account", APP);
        assertThat(database.jdbc()
                        .sql("select count(*) from replay_token where evidence_id = :e")
                        .param("e", old)
                        .query(Integer.class)
                        .single())
                .isZero();
    }
}
