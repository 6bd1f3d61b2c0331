package org.tiezheng.archive.log;

import java.sql.Timestamp;
import java.time.Clock;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogEvent.Kind;

/** Where everybody puts what the transparency log is to say. Safe for use by many threads. */
public final class LogQueue {
    private static final Set<Kind> ABOUT_A_PACKAGE = EnumSet.of(
            Kind.OBJECTS, Kind.RETENTION, Kind.HOLD, Kind.RELEASE, Kind.DELETION, Kind.DISPOSAL, Kind.REPAIR);

    private final JdbcClient jdbc;
    private final Clock clock;

    public LogQueue(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * Adds an entry in the caller's transaction: either the act and its entry are there, or neither. It gets its position, and
     * is under a signed checkpoint, a few seconds after the commit. Entries of one transaction keep their order.
     *
     * @throws IllegalStateException if there is no transaction
     */
    public void append(LogEvent event) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException(
                    "an entry of the log belongs into the transaction of its act: " + event.kind());
        }
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("leaf", event.toString());
        row.put("kind", event.kind().word());
        row.put("evidence", ABOUT_A_PACKAGE.contains(event.kind()) ? event.id() : null);
        row.put("at", Timestamp.from(clock.instant()));
        jdbc.sql(
                        "insert into log_queue (leaf, kind, evidence_id, queued_at) values (:leaf, :kind, :evidence::uuid, :at)")
                .params(row)
                .update();
    }
}
