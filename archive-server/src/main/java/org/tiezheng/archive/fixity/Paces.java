package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;

/** Reads and changes the {@link Pace}. Every change is an audit event; servers follow within seconds. */
final class Paces {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final long configuredRate;

    Paces(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            long configuredBytesPerSecond) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.configuredRate = configuredBytesPerSecond;
    }

    Pace now() {
        return jdbc.sql("""
                        select extract(epoch from period)::bigint as seconds, bytes_per_second, paused_at, paused_by_name, pause_reason
                        from fixity_pace""")
                .query((row, number) -> {
                    Long rate = row.getObject("bytes_per_second", Long.class);
                    return new Pace(
                            Duration.ofSeconds(row.getLong("seconds")),
                            rate == null ? configuredRate : rate,
                            rate != null,
                            Damages.timeIfAny(row, "paused_at"),
                            row.getString("paused_by_name"),
                            row.getString("pause_reason"));
                })
                .single();
    }

    /** @param bytesPerSecond of each server, from now on; null: as configured */
    void setRate(@Nullable Long bytesPerSecond, Actor actor) {
        transactions.executeWithoutResult(status -> {
            int unused = jdbc.sql("update fixity_pace set bytes_per_second = :rate")
                    .param("rate", bytesPerSecond)
                    .update();
            audit.append(new AuditEvent(
                    actor,
                    "fixity.set-rate",
                    "setting",
                    "fixity",
                    null,
                    AuditEvent.Result.OK,
                    bytesPerSecond == null ? "as configured" : bytesPerSecond + " bytes per second",
                    null));
        });
    }

    /**
     * Sets the period. Copies that are due later than one new period from now are spread over it anew; the others keep their day.
     *
     * @param period at least a day
     */
    void setPeriod(Duration period, Actor actor) {
        transactions.executeWithoutResult(status -> {
            int unused = jdbc.sql("update fixity_pace set period = make_interval(secs => :seconds)")
                    .param("seconds", period.toSeconds())
                    .update();
            for (String table : new String[] {"fixity_copy", "fixity_package"}) {
                int spread = jdbc.sql("update " + table
                                + " set due_at = :now::timestamptz + random() * p.period from fixity_pace p"
                                + " where due_at > :now::timestamptz + p.period")
                        .param("now", CopyTable.utc(clock.instant()))
                        .update();
            }
            audit.append(new AuditEvent(
                    actor,
                    "fixity.set-period",
                    "setting",
                    "fixity",
                    null,
                    AuditEvent.Result.OK,
                    period.toDays() + " days",
                    null));
        });
    }

    /** @return false if it is paused already */
    boolean pause(String reason, Actor actor) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int paused = jdbc.sql("""
                            update fixity_pace set paused_at = :now, paused_by = :by, paused_by_name = :name, pause_reason = :reason
                            where paused_at is null""")
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("by", actor.id())
                    .param("name", actor.name())
                    .param("reason", reason)
                    .update();
            if (paused > 0) {
                audit.append(new AuditEvent(
                        actor, "fixity.pause", "setting", "fixity", null, AuditEvent.Result.OK, reason, null));
            }
            return paused > 0;
        }));
    }

    /** @return false if it is not paused */
    boolean resume(Actor actor) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int resumed = jdbc.sql("""
                            update fixity_pace set paused_at = null, paused_by = null, paused_by_name = null, pause_reason = null
                            where paused_at is not null""").update();
            if (resumed > 0) {
                audit.append(AuditEvent.ok(actor, "fixity.resume", "setting", "fixity"));
            }
            return resumed > 0;
        }));
    }
}
