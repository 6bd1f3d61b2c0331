package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.jobs.JobRefused.Code;

/** What an administrator can change about agents and the politeness towards hosts. */
final class AgentAdministration {
    private static final int LONGEST_HOST = 300;

    private final JdbcClient db;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    AgentAdministration(JdbcClient db, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.db = db;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * A paused agent finishes what it has and gets nothing new.
     *
     * @throws JobRefused if there is no such agent
     */
    void pause(String agent, boolean paused, Actor actor) {
        transactions.executeWithoutResult(status -> {
            int rows = db.sql("update agent set paused = :paused, row_version = row_version + 1 where name = :name")
                    .param("paused", paused)
                    .param("name", agent)
                    .update();
            if (rows == 0) {
                throw new JobRefused(Code.NO_SUCH_AGENT, agent);
            }
            record(actor, paused ? "agent.pause" : "agent.resume", "agent", agent, null);
        });
    }

    /**
     * Sets the politeness towards a host.
     *
     * @param concurrent captures at the same time, 0 to 1,000; 0 to visit it not at all
     * @param intervalMillis least time between two starts, up to a day
     */
    void limit(String host, int concurrent, int intervalMillis, Actor actor) {
        String name = host(host);
        if (concurrent < 0 || concurrent > 1_000 || intervalMillis < 0 || intervalMillis > 86_400_000) {
            throw new JobRefused(Code.OPTION, "concurrent, intervalMillis");
        }
        transactions.executeWithoutResult(status -> {
            db.sql(
                            "insert into host_limit as l (host, concurrent, interval_millis, changed_by, changed_at)"
                                    + " values (:host, :concurrent, :interval, :by, :at) on conflict (host) do update set"
                                    + " concurrent = excluded.concurrent, interval_millis = excluded.interval_millis,"
                                    + " changed_by = excluded.changed_by, changed_at = excluded.changed_at, version = l.version + 1")
                    .param("host", name)
                    .param("concurrent", concurrent)
                    .param("interval", intervalMillis)
                    .param("by", actor.name())
                    .param("at", JobTable.time(clock.instant()))
                    .update();
            record(
                    actor,
                    "host.limit",
                    "setting",
                    name,
                    concurrent + " at a time, " + intervalMillis + " ms between starts");
        });
    }

    /** Back to the default. */
    void unlimit(String host, Actor actor) {
        String name = host(host);
        transactions.executeWithoutResult(status -> {
            if (db.sql("delete from host_limit where host = :host")
                            .param("host", name)
                            .update()
                    > 0) {
                record(actor, "host.limit.default", "setting", name, null);
            }
        });
    }

    private static String host(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        if (name.isEmpty() || name.length() > LONGEST_HOST || !name.matches("[\\p{L}\\p{N}.:\\[\\]_-]+")) {
            throw new JobRefused(Code.OPTION, "host");
        }
        return name;
    }

    private void record(Actor actor, String action, String type, String id, @Nullable String reason) {
        audit.append(new AuditEvent(actor, action, type, id, null, AuditEvent.Result.OK, reason, null));
    }
}
