package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Servers at work. Each says every few seconds that it is there; what one claimed that has not said so for a minute is freed by the
 * others. So a claim needs no end of its own, however long the reading of one object takes.
 */
final class Workers {
    static final Duration LOST_AFTER = Duration.ofSeconds(60);

    private static final List<String> CLAIMED =
            List.of("fixity_copy", "fixity_item", "fixity_listing", "fixity_package", "fixity_repair", "fixity_run");

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Clock clock;

    Workers(JdbcClient jdbc, TransactionTemplate transactions, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** This server is there. Before its first claim, and then every few seconds. */
    void beat(UUID worker, String node) {
        int unused = jdbc.sql("""
                        insert into fixity_worker (id, node, started_at, seen_at) values (:id, :node, :now, :now)
                        on conflict (id) do update set seen_at = excluded.seen_at""")
                .param("id", worker)
                .param("node", node)
                .param("now", CopyTable.utc(clock.instant()))
                .update();
    }

    /** Frees what servers claimed that are not seen any more. */
    void freeLost() {
        List<UUID> lost = jdbc.sql("select id from fixity_worker where seen_at < :before")
                .param("before", CopyTable.utc(clock.instant().minus(LOST_AFTER)))
                .query(UUID.class)
                .list();
        lost.forEach(this::gone);
    }

    /** Frees everything a server claimed, and forgets it. Twice does no harm. */
    void gone(UUID worker) {
        transactions.executeWithoutResult(status -> {
            for (String table : CLAIMED) {
                int unused = jdbc.sql("update " + table + " set claimed_by = null where claimed_by = :worker")
                        .param("worker", worker)
                        .update();
            }
            int unused = jdbc.sql("delete from fixity_worker where id = :worker")
                    .param("worker", worker)
                    .update();
        });
    }
}
