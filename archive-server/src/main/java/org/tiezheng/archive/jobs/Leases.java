package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;

/**
 * How agents get jobs and keep them.
 *
 * <p>A lease is a row's state, its owner and an epoch that grows with every lease. No job is ever leased to two agents at the
 * same time; if an agent is late, another one has a higher epoch and the late one is told so.
 *
 * <p>A lease takes a host first (the one with the most urgent job that may be visited now), then that host's best job. The
 * host's row is locked meanwhile, so that politeness holds between any number of agents and servers.
 */
public final class Leases {
    /** Hosts looked at in one lease whose row was out of date; the next call goes on. */
    private static final int MOST_HOSTS = 50;

    private static final String LIMIT =
            "coalesce((select l.concurrent from host_limit l where l.host = q.host), :concurrent)";

    private static final String TAKE_HOST = """
            select q.host,
                %s as concurrent,
                coalesce((select l.interval_millis from host_limit l where l.host = q.host), :interval) as interval_millis
            from host_queue q
            where q.next_at <= :now
                and (select count(*) from job r where r.state = 'LEASED' and r.host = q.host) < %s
            order by q.head_priority, q.next_at, q.host
            limit 1
            for update of q skip locked""".replace("%s", LIMIT);

    // Counts again what runs at the host: only now, with the host's row locked, the number stays what it is.
    private static final String TAKE_JOB = """
            with best as (
                select id from job
                where host = :host and state = 'READY' and run_at <= :now
                    and (select count(*) from job r where r.state = 'LEASED' and r.host = :host) < :concurrent
                order by priority, id limit 1
                for update skip locked)
            update job j set state = 'LEASED', lease_owner = :agent, lease_until = :until, lease_epoch = lease_epoch + 1,
                attempts = attempts + 1, first_leased_at = coalesce(first_leased_at, :now), changed_at = :now
            from best where j.id = best.id
            returning j.*, null::uuid as evidence_id""";

    private final JdbcClient db;
    private final JdbcTemplate batchDb;
    private final JobTable table;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final JobSettings settings;
    private final Clock clock;

    Leases(
            JdbcTemplate template,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            JobSettings settings,
            Clock clock) {
        this.db = JdbcClient.create(template);
        this.batchDb = template;
        this.table = table;
        this.transactions = transactions;
        this.audit = audit;
        this.settings = settings;
        this.clock = clock;
    }

    private record Host(String name, int concurrent, int intervalMillis) {}

    /**
     * The next job for an agent, or none: nothing waits, hosts must rest, or the agent is paused or has all it can do.
     *
     * @param agent name the agent gives itself
     * @param account of its token
     * @param slots captures the agent could begin now; 0 only says that it is there
     */
    public Optional<Lease> lease(String agent, String account, String version, int slots) {
        return Objects.requireNonNull(transactions.execute(status -> {
            Instant now = clock.instant();
            if (!ready(agent, account, version, slots, now)) {
                return Optional.empty();
            }
            for (int i = 0; i < MOST_HOSTS; i++) {
                Optional<Host> host = takeHost(now);
                if (host.isEmpty()) {
                    return Optional.empty();
                }
                Optional<Job> job = takeJob(host.get(), agent, now);
                if (job.isPresent()) {
                    afterLease(host.get(), now);
                    table.changed(job.get().id(), job.get().batchId());
                    audit.append(new AuditEvent(
                            Actor.system("agent " + agent),
                            "job.lease",
                            "job",
                            String.valueOf(job.get().id()),
                            null,
                            AuditEvent.Result.OK,
                            "epoch " + job.get().epoch(),
                            null));
                    return Optional.of(new Lease(
                            job.get(), Objects.requireNonNull(job.get().leaseUntil())));
                }
                repair(host.get(), now);
            }
            return Optional.empty();
        }));
    }

    /** Writes down that the agent is there, and says whether it may have one more. Its row stays locked. */
    private boolean ready(String agent, String account, String version, int slots, Instant now) {
        OffsetDateTime at = JobTable.time(now);
        // An agent with nothing to do can begin as many captures as it can do at all.
        db.sql("insert into agent as a (name, account, version, slots, first_seen, last_seen)"
                        + " values (:name, :account, :version, :slots, :now, :now) on conflict (name) do update set"
                        + " account = excluded.account, version = excluded.version, last_seen = excluded.last_seen,"
                        + " slots = case when exists (select 1 from job where state = 'LEASED' and lease_owner = :name)"
                        + " then greatest(a.slots, excluded.slots) else excluded.slots end"
                        // It asks every few moments: not a dead row for each.
                        + " where (a.account, a.version) is distinct from (excluded.account, excluded.version)"
                        + " or a.slots < excluded.slots or a.last_seen < excluded.last_seen - interval '3 seconds'")
                .param("name", agent)
                .param("account", account)
                .param("version", version)
                .param("slots", slots)
                .param("now", at)
                .update();
        // Locked, so that two requests of one agent cannot both take its last slot. A slot is free again while the
        // package
        // is on its way to the archive, hence twice as many jobs as slots at the most.
        boolean free =
                Boolean.TRUE.equals(db.sql("select not paused and (select count(*) from job where state = 'LEASED'"
                                + " and lease_owner = :name) < 2 * slots from agent where name = :name for update")
                        .param("name", agent)
                        .query(Boolean.class)
                        .single());
        return free && slots > 0;
    }

    private Optional<Host> takeHost(Instant now) {
        return db.sql(TAKE_HOST)
                .param("now", JobTable.time(now))
                .param("concurrent", settings.hostConcurrency())
                .param("interval", Math.toIntExact(settings.hostInterval().toMillis()))
                .query((row, number) ->
                        new Host(row.getString("host"), row.getInt("concurrent"), row.getInt("interval_millis")))
                .optional();
    }

    private Optional<Job> takeJob(Host host, String agent, Instant now) {
        return db.sql(TAKE_JOB)
                .param("host", host.name())
                .param("concurrent", host.concurrent())
                .param("agent", agent)
                .param("now", JobTable.time(now))
                .param("until", JobTable.time(now.plus(settings.lease())))
                .query(JobTable::map)
                .optional();
    }

    private void afterLease(Host host, Instant now) {
        // An empty host stays until its rest is over: a job submitted meanwhile must find it.
        db.sql(
                        "update host_queue set start_at = :start, next_at = :start, head_priority = coalesce((select priority from job"
                                + " where host = :host and state = 'READY' order by priority, id limit 1), 9) where host = :host")
                .param("start", JobTable.time(now.plusMillis(host.intervalMillis())))
                .param("host", host.name())
                .update();
    }

    /** The host had no job to take: nothing waits, or only for later, or others hold it. */
    private void repair(Host host, Instant now) {
        int waiting = db.sql("update host_queue q set next_at = greatest(q.start_at, w.next_at), head_priority = w.head"
                        // What is due and could not be taken is locked by somebody who is about to change it.
                        + " from (select greatest(min(run_at), :soon) as next_at, min(priority) as head, count(*) as n from job"
                        + " where host = :host and state = 'READY') w where q.host = :host and w.n > 0")
                .param("soon", JobTable.time(now.plusMillis(200)))
                .param("host", host.name())
                .update();
        if (waiting == 0) {
            db.sql("delete from host_queue where host = :host and start_at <= :now")
                    .param("host", host.name())
                    .param("now", JobTable.time(now))
                    .update();
        }
    }

    /** @param cancel the agent shall stop and say so */
    public record Renewal(Instant until, boolean cancel) {}

    private record Kept(boolean cancel, @Nullable Long batchId) {}

    /**
     * Keeps a lease and shows how far the capture is.
     *
     * @return empty if the epoch is stale: the agent must stop, the job is another's or has ended
     */
    public Optional<Renewal> heartbeat(long jobId, Heartbeat beat) {
        return Objects.requireNonNull(transactions.execute(status -> {
            Instant now = clock.instant();
            Instant until = now.plus(settings.lease());
            Optional<Kept> kept = db.sql("update job set lease_until = :until where id = :id and lease_epoch = :epoch"
                            + " and state = 'LEASED' returning cancel_by is not null as cancel, batch_id")
                    .param("until", JobTable.time(until))
                    .param("id", jobId)
                    .param("epoch", beat.epoch())
                    .query((row, number) -> new Kept(row.getBoolean("cancel"), JobTable.nullableLong(row, "batch_id")))
                    .optional();
            kept.ifPresent(job -> {
                show(jobId, beat, now);
                table.changed(jobId, job.batchId());
            });
            return kept.map(job -> new Renewal(until, job.cancel()));
        }));
    }

    private void show(long jobId, Heartbeat beat, Instant now) {
        db.sql("insert into job_live as l (job_id, epoch, version, step, bytes, elapsed_millis, at)"
                        + " values (:id, :epoch, nextval('job_live_version'), :step, :bytes, :elapsed, :at)"
                        + " on conflict (job_id) do update set version = excluded.version, step = excluded.step,"
                        + " bytes = excluded.bytes, elapsed_millis = excluded.elapsed_millis, at = excluded.at,"
                        // A new attempt shows nothing of the one before.
                        + " thumbnail = case when l.epoch = excluded.epoch then l.thumbnail end,"
                        + " thumbnail_version = case when l.epoch = excluded.epoch then l.thumbnail_version end,"
                        + " epoch = excluded.epoch")
                .param("id", jobId)
                .param("epoch", beat.epoch())
                .param("step", beat.step())
                .param("bytes", beat.bytes())
                .param("elapsed", beat.elapsedMillis())
                .param("at", JobTable.time(now))
                .update();
        List<Object[]> rows = new ArrayList<>();
        List<StepDone> steps = beat.stepsDone();
        for (int i = 0; i < Math.min(steps.size(), Heartbeat.MOST_STEPS); i++) {
            StepDone step = steps.get(i);
            rows.add(new Object[] {jobId, beat.epoch(), i, step.name(), step.millis(), step.outcome()});
        }
        batchDb.batchUpdate(
                "insert into job_step as s (job_id, epoch, position, name, millis, outcome) values (?, ?, ?, ?, ?, ?)"
                        + " on conflict (job_id, epoch, position) do update set name = excluded.name, millis ="
                        + " excluded.millis, outcome = excluded.outcome where (s.name, s.millis, s.outcome) is distinct from"
                        + " (excluded.name, excluded.millis, excluded.outcome)",
                rows);
    }

    /**
     * Shows the latest picture of a running capture.
     *
     * @param jpeg at most 200,000 bytes
     * @return false if the epoch is stale
     */
    public boolean thumbnail(long jobId, long epoch, byte[] jpeg) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            Optional<Job> job = table.lockLeased(jobId, epoch);
            if (job.isEmpty()) {
                return false;
            }
            db.sql(
                            "insert into job_live as l (job_id, epoch, version, bytes, elapsed_millis, thumbnail, thumbnail_version, at)"
                                    + " values (:id, :epoch, nextval('job_live_version'), 0, 0, :jpeg, currval('job_live_version'), :at)"
                                    + " on conflict (job_id) do update set epoch = excluded.epoch, version = excluded.version,"
                                    + " thumbnail = excluded.thumbnail, thumbnail_version = excluded.thumbnail_version,"
                                    + " at = excluded.at")
                    .param("id", jobId)
                    .param("epoch", epoch)
                    .param("jpeg", jpeg)
                    .param("at", JobTable.time(clock.instant()))
                    .update();
            table.changed(jobId, job.get().batchId());
            return true;
        }));
    }
}
