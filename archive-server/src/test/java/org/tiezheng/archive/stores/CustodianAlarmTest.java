package org.tiezheng.archive.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.storage.MirroredStore;

class CustodianAlarmTest {
    private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final TestDatabase database = TestDatabase.create();
    private final AuditLog audit = new AuditLog(database.jdbc(), clock);

    private CustodianAlarm alarm(String node) {
        return new CustodianAlarm(audit, database.transactions(), Duration.ofHours(24), clock, node);
    }

    private static MirroredStore.Status waiting(Duration age) {
        return new MirroredStore.Status(3, Optional.of(NOW.minus(age)), "connection refused", 0);
    }

    private List<String> written(String node) {
        return audit.ofObject("custodian", node).stream()
                .map(entry -> entry.event().action())
                .toList();
    }

    @Test
    void anEpisodeIsWrittenOnceWhenItBeginsAndOnceWhenItEndsOverRestartsToo() {
        alarm("a").look(waiting(Duration.ofHours(23)));
        assertThat(written("a")).isEmpty();
        alarm("a").look(waiting(Duration.ofHours(25)));
        alarm("a").look(waiting(Duration.ofHours(26)));
        alarm("b").look(new MirroredStore.Status(0, Optional.empty(), "", 0));
        assertThat(written("a")).containsExactly(CustodianAlarm.BEGINS);
        assertThat(audit.ofObject("custodian", "a").get(0).event().reason()).contains("3 copies", "connection refused");
        alarm("a").look(new MirroredStore.Status(0, Optional.empty(), "", 0));
        alarm("a").look(waiting(Duration.ofHours(30)));
        assertThat(written("a")).containsExactly(CustodianAlarm.BEGINS, CustodianAlarm.ENDS, CustodianAlarm.BEGINS);
        assertThat(written("b")).isEmpty();
    }
}
