package org.tiezheng.archive.jobs;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;

/**
 * What can happen to a job after it was submitted, but for leases ({@link Leases}). Every change of state is one transaction
 * with its audit event.
 *
 * <p>Methods that end or give back a leased job take its epoch, the fencing token of the lease. If it is not the present one
 * (another agent has taken over, or the job has ended), nothing is changed and the answer says so: the caller was too late.
 *
 * <p>Safe for use by many threads and many servers on one database.
 */
public final class Jobs {
    /** Failure code of a lease that ran out. */
    public static final String AGENT_LOST = "AGENT_LOST";

    private static final int LONGEST_CODE = 64;
    private static final int LONGEST_MESSAGE = 2_000;

    private final JdbcClient db;
    private final JobTable table;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final LogQueue log;
    private final Backoff backoff;
    private final JobSettings settings;
    private final Clock clock;

    Jobs(
            JdbcClient db,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            Backoff backoff,
            JobSettings settings,
            Clock clock) {
        this.db = db;
        this.table = table;
        this.transactions = transactions;
        this.audit = audit;
        this.log = new LogQueue(db, clock);
        this.backoff = backoff;
        this.settings = settings;
        this.clock = clock;
    }

    public Optional<Job> find(long id) {
        return table.find(id);
    }

    /**
     * The job, if {@code epoch} is its lease; whether the lease has run out does not matter while nobody else has taken it.
     * In a transaction the job is locked until its end, so the answer stays true.
     */
    public Optional<Job> holder(long jobId, long epoch) {
        return TransactionSynchronizationManager.isActualTransactionActive()
                ? table.lockLeased(jobId, epoch)
                : table.find(jobId).filter(job -> job.state() == JobState.LEASED && job.epoch() == epoch);
    }

    /**
     * Completes a job: its package is in the archive. Must be called inside the transaction that writes the catalogue row.
     * Calling again with the same evidence is allowed and changes nothing.
     *
     * <p>Call it (or {@link #holder}, which takes the same lock) before the transaction's first audit event: everybody locks
     * jobs before the audit chain.
     *
     * @return false if the epoch is stale: nothing was changed, and the package is nobody's result (an orphan)
     * @throws IllegalStateException without a transaction
     */
    public boolean archived(long jobId, long epoch, UUID evidenceId) {
        requireTransaction();
        Optional<Job> leased = table.lockLeased(jobId, epoch);
        if (leased.isEmpty()) {
            return table.find(jobId)
                    .filter(job -> job.state() == JobState.DONE && job.epoch() == epoch)
                    .filter(job -> evidenceId.equals(job.evidenceId()))
                    .isPresent();
        }
        // An end that was asked for comes too late now: the evidence exists, and evidence is not thrown away.
        table.finish(leased.get(), JobState.DONE, evidenceId, null, null, clock.instant());
        record(agent(leased.get()), "job.done", jobId, AuditEvent.Result.OK, "evidence " + evidenceId);
        return true;
    }

    /**
     * Keeps the lease for at least {@code settings.lease()} from now. For the server's own work on a result, while no agent
     * sends heartbeats.
     *
     * @return false if the epoch is stale
     */
    public boolean extend(long jobId, long epoch) {
        return db.sql("update job set lease_until = greatest(lease_until, :until)"
                                + " where id = :id and lease_epoch = :epoch and state = 'LEASED'")
                        .param("until", JobTable.time(clock.instant().plus(settings.lease())))
                        .param("id", jobId)
                        .param("epoch", epoch)
                        .update()
                == 1;
    }

    /**
     * Ends an attempt. A job that is tried again waits first; one that is not, or has no attempts left, is FAILED.
     *
     * @param code stable, for programs: {@code [A-Z][A-Z0-9_]*}
     * @param message for people; shown as text, never as HTML
     * @return false if the epoch is stale
     */
    public boolean fail(long jobId, long epoch, String code, String message, boolean retryable) {
        String shortCode = shorten(code, LONGEST_CODE);
        String shortMessage = shorten(message, LONGEST_MESSAGE);
        return Boolean.TRUE.equals(transactions.execute(status -> {
            Optional<Job> leased = table.lockLeased(jobId, epoch);
            leased.ifPresent(job -> end(job, shortCode, shortMessage, retryable));
            return leased.isPresent();
        }));
    }

    /**
     * The agent has stopped, as it was told to.
     *
     * @return false if the epoch is stale
     */
    public boolean cancelled(long jobId, long epoch) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            Optional<Job> leased = table.lockLeased(jobId, epoch);
            leased.ifPresent(job -> {
                if (job.cancelBy() == null) {
                    // The agent is being shut down: nobody asked for the end, so another agent shall have the job.
                    end(job, "AGENT_STOPPED", "the agent was stopped", true);
                } else {
                    finishCancelled(job);
                }
            });
            return leased.isPresent();
        }));
    }

    /**
     * Asks for the end of a job: at once if no agent has it, otherwise as soon as the agent hears of it.
     *
     * @return the job afterwards
     * @throws JobRefused if there is no such job, or it has ended
     */
    public Job cancel(long jobId, Actor actor, @Nullable String reason) {
        String why = reason == null || reason.isBlank() ? "" : shorten(reason.strip(), LONGEST_MESSAGE);
        Job after = transactions.execute(status -> {
            Instant now = clock.instant();
            Job job = table.lockOpen(jobId).orElseThrow(() -> notFitting(jobId));
            if (job.cancelBy() == null) {
                db.sql("update job set cancel_by = :by, cancel_reason = :reason, changed_at = :at where id = :id")
                        .param("by", actor.name())
                        .param("reason", why)
                        .param("at", JobTable.time(now))
                        .param("id", jobId)
                        .update();
            }
            if (job.state() == JobState.READY) {
                table.finish(job, JobState.CANCELLED, null, null, null, now);
                record(actor, "job.cancelled", jobId, AuditEvent.Result.OK, why);
            } else if (job.cancelBy() == null) {
                table.changed(jobId, job.batchId());
                record(actor, "job.cancel", jobId, AuditEvent.Result.OK, why);
            }
            return table.find(jobId).orElseThrow();
        });
        return Objects.requireNonNull(after);
    }

    /**
     * Puts a job that FAILED or was CANCELLED back into the queue, with all its attempts.
     *
     * @throws JobRefused if there is no such job, or it is in another state
     */
    public Job retry(long jobId, Actor actor) {
        Job after = transactions.execute(status -> {
            if (!table.reopen(jobId, Set.of(JobState.FAILED, JobState.CANCELLED), clock.instant())) {
                throw notFitting(jobId);
            }
            record(actor, "job.retry", jobId, AuditEvent.Result.OK, null);
            return table.find(jobId).orElseThrow();
        });
        return Objects.requireNonNull(after);
    }

    /**
     * Lets all leases last at least {@code settings.lease()} from now: for when this server, or the database, was away and
     * agents could not be heard. Without it the first round after an outage would take every job from an agent that works on
     * it, and capture each page again.
     *
     * @return how many leases would have ended sooner
     */
    public int forgiveSilence() {
        OffsetDateTime until = JobTable.time(clock.instant().plus(settings.lease()));
        return db.sql("update job set lease_until = :until where state = 'LEASED' and lease_until < :until")
                .param("until", until)
                .update();
    }

    /**
     * Takes back the jobs of agents that have been silent for longer than their lease. Any number of servers may do this at
     * the same time.
     *
     * @return how many
     */
    public int takeBackLost() {
        int total = 0;
        // One transaction each, since the order of locks (job, host, audit chain) holds for one job only.
        while (Boolean.TRUE.equals(transactions.execute(status -> takeBackOne()))) {
            total++;
        }
        return total;
    }

    private boolean takeBackOne() {
        Optional<Job> lost = db.sql("select *, null::uuid as evidence_id from job where state = 'LEASED'"
                        + " and lease_until < :now order by lease_until limit 1 for update skip locked")
                .param("now", JobTable.time(clock.instant()))
                .query(JobTable::map)
                .optional();
        lost.ifPresent(
                job -> end(job, AGENT_LOST, "no word from agent " + job.agent() + " since its lease ran out", true));
        return lost.isPresent();
    }

    /** Ends an attempt of a job whose row is locked. */
    private void end(Job job, String code, String message, boolean retryable) {
        Instant now = clock.instant();
        if (job.cancelBy() != null) {
            finishCancelled(job);
        } else if (retryable && job.attempts() < settings.attempts()) {
            Instant runAt = now.plus(backoff.after(job.attempts()));
            table.requeue(job, runAt, code, message, now);
            withoutPackage(
                    job,
                    record(
                            agent(job),
                            "job.attempt.failed",
                            job.id(),
                            AuditEvent.Result.FAILED,
                            code + ": " + message));
        } else {
            table.finish(job, JobState.FAILED, null, code, message, now);
            withoutPackage(
                    job, record(agent(job), "job.failed", job.id(), AuditEvent.Result.FAILED, code + ": " + message));
        }
    }

    private void finishCancelled(Job job) {
        table.finish(job, JobState.CANCELLED, null, null, null, clock.instant());
        withoutPackage(job, record(agent(job), "job.cancelled", job.id(), AuditEvent.Result.OK, job.cancelReason()));
    }

    /**
     * The transparency log says that a capture was begun and gave no package: nobody can leave out what he did not like to see.
     * The attempt has no number of its own but the job's and its epoch.
     */
    private void withoutPackage(Job job, AuditEntry event) {
        String attempt = "job " + job.id() + " epoch " + job.epoch();
        log.append(LogEvent.of(
                LogEvent.Kind.FAILURE,
                UUID.nameUUIDFromBytes(attempt.getBytes(StandardCharsets.US_ASCII)),
                Digest.sha256(event.hash()),
                null,
                event.at()));
    }

    private JobRefused notFitting(long jobId) {
        return table.find(jobId)
                .map(job -> new JobRefused(Code.WRONG_STATE, job.state().name()))
                .orElseGet(() -> new JobRefused(Code.NO_SUCH_JOB, String.valueOf(jobId)));
    }

    private AuditEntry record(
            Actor actor, String action, long jobId, AuditEvent.Result result, @Nullable String reason) {
        return audit.append(new AuditEvent(actor, action, "job", String.valueOf(jobId), null, result, reason, null));
    }

    private static Actor agent(Job job) {
        return Actor.system("agent " + job.agent());
    }

    private static void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("needs the transaction of its caller");
        }
    }

    private static String shorten(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }
}
