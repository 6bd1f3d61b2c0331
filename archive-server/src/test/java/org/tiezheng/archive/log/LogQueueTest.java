package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;

class LogQueueTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T04:00:00Z"), ZoneOffset.UTC);

    private final TestDatabase database = TestDatabase.create();
    private final LogQueue queue = new LogQueue(database.jdbc(), CLOCK);

    private static LogEvent event(LogEvent.Kind kind) {
        return LogEvent.of(kind, UUID.randomUUID(), Digest.sha256("0".repeat(64)), null, CLOCK.instant());
    }

    private long rows() {
        return database.jdbc()
                .sql("select count(*) from log_queue")
                .query(Long.class)
                .single();
    }

    @Test
    void anEntryIsThereWithItsActOrNotAtAll() {
        LogEvent hold = event(LogEvent.Kind.HOLD);
        database.transactions().executeWithoutResult(status -> queue.append(hold));
        database.transactions().executeWithoutResult(status -> {
            queue.append(event(LogEvent.Kind.HOLD));
            status.setRollbackOnly();
        });
        assertThat(database.jdbc()
                        .sql("select leaf from log_queue where kind = 'hold' and evidence_id = :id")
                        .param("id", hold.id())
                        .query(String.class)
                        .single())
                .isEqualTo(hold.toString());
        assertThat(rows()).isEqualTo(1);
        assertThatThrownBy(() -> queue.append(hold)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anEventThatIsOfNoPackageNamesNone() {
        database.transactions().executeWithoutResult(status -> queue.append(event(LogEvent.Kind.KEY)));
        assertThat(database.jdbc()
                        .sql("select count(*) from log_queue where evidence_id is null")
                        .query(Long.class)
                        .single())
                .isEqualTo(1);
    }
}
