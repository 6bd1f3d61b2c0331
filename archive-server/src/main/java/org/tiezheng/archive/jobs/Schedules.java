package org.tiezheng.archive.jobs;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.jobs.Schedule.State;
import tools.jackson.core.type.TypeReference;

/**
 * Captures that repeat. Any number of servers run schedules together; each run is made by one of them.
 *
 * <p>A run is one transaction: its batch, its jobs, and the next time. So it happens once or not at all; what was missed while
 * no server ran is made up by one run, not by many. A run whose predecessor is not finished is left out.
 */
public final class Schedules {
    static final int MOST_ADDRESSES = 100;
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};
    private static final int COUNTED_MISSES = 1_000;
    private static final int MOST_HISTORY = 200;

    private final JdbcClient db;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final TwoOfficers officers;
    private final Submissions submissions;
    private final Clock clock;

    Schedules(
            JdbcClient db,
            TransactionTemplate transactions,
            AuditLog audit,
            TwoOfficers officers,
            Submissions submissions,
            Clock clock) {
        this.db = db;
        this.transactions = transactions;
        this.audit = audit;
        this.officers = officers;
        this.submissions = submissions;
        this.clock = clock;
    }

    /**
     * Makes a schedule, active at once.
     *
     * @param cron five fields (minute first) or six (second first), Beijing time, every 5 minutes at the most
     * @param endsAt within a year from now
     * @throws JobRefused if something is wrong with it
     */
    public Schedule create(
            String name, List<String> urls, Submission submission, String cron, Instant endsAt, Actor actor) {
        Instant now = clock.instant();
        Plan plan = plan(urls, submission, cron, endsAt, actor);
        return Objects.requireNonNull(transactions.execute(status -> {
            Schedule made = db.sql(
                            "insert into schedule (name, owner, owner_name, second_officer, urls, options, context,"
                                    + " priority, cron, ends_at, state, next_at, created_at) values (:name, :owner, :ownerName,"
                                    + " :second, :urls::jsonb, :options::jsonb, :context::jsonb, :priority, :cron, :ends, 'ACTIVE',"
                                    + " :next, :now) returning *")
                    .param("name", shortened(name))
                    .param("owner", actor.id())
                    .param("ownerName", actor.name())
                    .param(
                            "second",
                            Objects.requireNonNull(submission.secondOfficer()).strip())
                    .param("urls", JobTable.JSON.writeValueAsString(plan.addresses()))
                    .param("options", JobTable.JSON.writeValueAsString(submission.options()))
                    .param("context", JobTable.JSON.writeValueAsString(submission.context()))
                    .param("priority", submission.priority())
                    .param("cron", plan.times().text())
                    .param("ends", JobTable.time(endsAt))
                    .param("next", JobTable.time(plan.next()))
                    .param("now", JobTable.time(now))
                    .query(Schedules::map)
                    .single();
            record(
                    actor,
                    "schedule.create",
                    made.id(),
                    AuditEvent.Result.OK,
                    plan.times().text() + " until " + endsAt);
            return made;
        }));
    }

    private static String shortened(String name) {
        return name.length() > 200 ? name.substring(0, 200) : name;
    }

    /** What was asked for, found right. */
    private record Plan(CronTimes times, Instant next, List<String> addresses) {}

    private Plan plan(List<String> urls, Submission submission, String cron, Instant endsAt, Actor actor) {
        Instant now = clock.instant();
        CronTimes times = CronTimes.parse(cron, now);
        Instant next = times.after(now);
        if (next == null || endsAt.isBefore(next) || endsAt.isAfter(now.plus(LONGEST))) {
            throw new JobRefused(Code.SCHEDULE_END, endsAt.toString());
        }
        List<String> addresses = urls.stream()
                .map(String::strip)
                .filter(u -> !u.isEmpty())
                .distinct()
                .toList();
        if (addresses.isEmpty()) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        if (addresses.size() > MOST_ADDRESSES) {
            throw new JobRefused(Code.TOO_MANY, String.valueOf(MOST_ADDRESSES));
        }
        submissions.requireAddresses(addresses);
        officers.require(actor.id(), submission.secondOfficer());
        return new Plan(times, next, addresses);
    }

    /**
     * Changes what the runs from now on do; what has run stays as it was. A paused one stays paused. What changed is in the audit
     * event, before and after.
     *
     * @param version as the actor saw it; null for any
     * @throws JobRefused if something is wrong with it, it is not the actor's, has ended or was changed meanwhile
     */
    public Schedule edit(
            long id,
            String name,
            List<String> urls,
            Submission submission,
            String cron,
            Instant endsAt,
            Actor actor,
            @Nullable Long version) {
        Plan plan = plan(urls, submission, cron, endsAt, actor);
        return Objects.requireNonNull(transactions.execute(status -> {
            Schedule before = mine(id, actor, version);
            if (before.state() == State.ENDED) {
                throw new JobRefused(Code.WRONG_STATE, before.state().name());
            }
            db.sql("update schedule set name = :name, second_officer = :second, urls = :urls::jsonb,"
                            + " options = :options::jsonb, context = :context::jsonb, priority = :priority, cron = :cron,"
                            + " ends_at = :ends where id = :id")
                    .param("name", shortened(name))
                    .param(
                            "second",
                            Objects.requireNonNull(submission.secondOfficer()).strip())
                    .param("urls", JobTable.JSON.writeValueAsString(plan.addresses()))
                    .param("options", JobTable.JSON.writeValueAsString(submission.options()))
                    .param("context", JobTable.JSON.writeValueAsString(submission.context()))
                    .param("priority", submission.priority())
                    .param("cron", plan.times().text())
                    .param("ends", JobTable.time(endsAt))
                    .param("id", id)
                    .update();
            put(id, before.state(), before.state() == State.ACTIVE ? plan.next() : null, before.pauseReason());
            Schedule after = find(id).orElseThrow();
            record(actor, "schedule.edit", id, AuditEvent.Result.OK, changes(before, after));
            return after;
        }));
    }

    /** Before and after of each part that changed; the audit log cuts what is too long. */
    private static String changes(Schedule before, Schedule after) {
        List<String> changes = new ArrayList<>();
        change(changes, "cron", before.cron(), after.cron());
        change(changes, "end", before.endsAt(), after.endsAt());
        change(changes, "second officer", before.secondOfficer(), after.secondOfficer());
        change(changes, "name", before.name(), after.name());
        change(changes, "priority", before.priority(), after.priority());
        change(changes, "options", before.options(), after.options());
        change(changes, "context", before.context(), after.context());
        List<String> added = new ArrayList<>(after.urls());
        added.removeAll(before.urls());
        List<String> removed = new ArrayList<>(before.urls());
        removed.removeAll(after.urls());
        if (!added.isEmpty()) {
            changes.add("added " + String.join(" ", added));
        }
        if (!removed.isEmpty()) {
            changes.add("removed " + String.join(" ", removed));
        }
        return changes.isEmpty() ? "nothing changed" : String.join("; ", changes);
    }

    private static void change(List<String> changes, String what, Object before, Object after) {
        if (!before.equals(after)) {
            changes.add(what + ": " + before + " -> " + after);
        }
    }

    public Optional<Schedule> find(long id) {
        return db.sql("select * from schedule where id = :id")
                .param("id", id)
                .query(Schedules::map)
                .optional();
    }

    /** By number, the newest first. */
    public List<Schedule> list(@Nullable Long before, int limit) {
        return db.sql("select * from schedule where id < :before order by id desc limit :limit")
                .param("before", before == null ? Long.MAX_VALUE : before)
                .param("limit", limit)
                .query(Schedules::map)
                .list();
    }

    /** Makes no more runs until it is resumed. */
    public Schedule pause(long id, Actor actor, @Nullable Long version) {
        return change(id, actor, version, "schedule.pause", State.ACTIVE, State.PAUSED);
    }

    /** Goes on with the next time from now; what was missed in between is not made up. */
    public Schedule resume(long id, Actor actor, @Nullable Long version) {
        return change(id, actor, version, "schedule.resume", State.PAUSED, State.ACTIVE);
    }

    /** Ends it for good. */
    public Schedule end(long id, Actor actor, @Nullable Long version) {
        return change(id, actor, version, "schedule.end", null, State.ENDED);
    }

    private Schedule change(
            long id, Actor actor, @Nullable Long version, String action, @Nullable State from, State to) {
        return Objects.requireNonNull(transactions.execute(status -> {
            Schedule schedule = mine(id, actor, version);
            if (schedule.state() == State.ENDED || (from != null && schedule.state() != from)) {
                throw new JobRefused(Code.WRONG_STATE, schedule.state().name());
            }
            Instant next = null;
            if (to == State.ACTIVE) {
                next = new CronTimes(schedule.cron()).after(clock.instant());
                if (next == null || next.isAfter(schedule.endsAt())) {
                    throw new JobRefused(Code.SCHEDULE_END, schedule.endsAt().toString());
                }
            }
            put(id, to, next, null);
            record(actor, action, id, AuditEvent.Result.OK, null);
            return find(id).orElseThrow();
        }));
    }

    /** In a transaction: the schedule, locked, which is the actor's and as he saw it. */
    private Schedule mine(long id, Actor actor, @Nullable Long version) {
        Schedule schedule = db.sql("select * from schedule where id = :id for update")
                .param("id", id)
                .query(Schedules::map)
                .optional()
                .orElseThrow(() -> new JobRefused(Code.NO_SUCH_SCHEDULE, String.valueOf(id)));
        if (version != null && version != schedule.version()) {
            throw new JobRefused(Code.CHANGED_MEANWHILE, String.valueOf(id));
        }
        if (!schedule.owner().equals(actor.id())) {
            throw new JobRefused(Code.NOT_YOURS, schedule.ownerName());
        }
        return schedule;
    }

    /** What was done with it, latest first; runs are a list of their own. */
    public List<AuditEntry> history(long id) {
        List<AuditEntry> all = new ArrayList<>(audit.ofObject("schedule", String.valueOf(id)));
        all.removeIf(entry -> entry.event().action().equals("schedule.run"));
        Collections.reverse(all);
        return all.subList(0, Math.min(all.size(), MOST_HISTORY));
    }

    /**
     * Makes the runs that are due.
     *
     * @return how many schedules were due
     */
    public int runDue() {
        int due = 0;
        while (Boolean.TRUE.equals(transactions.execute(status -> runOne()))) {
            due++;
        }
        return due;
    }

    private boolean runOne() {
        Instant now = clock.instant();
        Optional<Schedule> found = db.sql("select * from schedule where state = 'ACTIVE' and next_at <= :now"
                        + " order by next_at limit 1 for update skip locked")
                .param("now", JobTable.time(now))
                .query(Schedules::map)
                .optional();
        found.ifPresent(schedule -> run(schedule, now));
        return found.isPresent();
    }

    private void run(Schedule schedule, Instant now) {
        CronTimes times = new CronTimes(schedule.cron());
        Instant due = Objects.requireNonNull(schedule.nextAt());
        Actor system = Actor.system("schedules");
        if (due.isAfter(schedule.endsAt())) {
            put(schedule.id(), State.ENDED, null, null);
            record(system, "schedule.end", schedule.id(), AuditEvent.Result.OK, "its end is reached");
            return;
        }
        Actor owner = new Actor(schedule.owner(), schedule.ownerName(), "SCHEDULE", null, null, null);
        try {
            // Outside of nested transactions: a refusal inside would take this one down too.
            officers.require(schedule.owner(), schedule.secondOfficer());
            submissions.requireAddresses(schedule.urls());
        } catch (JobRefused refused) {
            put(schedule.id(), State.PAUSED, null, JobRefusals.code(refused));
            record(system, "schedule.pause", schedule.id(), AuditEvent.Result.REFUSED, refused.getMessage());
            return;
        }
        Instant next = times.after(now);
        boolean last = next == null || next.isAfter(schedule.endsAt());
        if (unfinished(schedule)) {
            put(schedule.id(), last ? State.ENDED : State.ACTIVE, last ? null : next, null);
            record(system, "schedule.skip", schedule.id(), AuditEvent.Result.FAILED, "the run before is not finished");
            return;
        }
        BatchReceipt receipt = submissions.submitBatch(
                schedule.name(),
                AddressList.of(schedule.urls(), schedule.context(), MOST_ADDRESSES),
                new Submission(schedule.options(), schedule.context(), schedule.secondOfficer(), schedule.priority()),
                false,
                owner,
                null,
                schedule.id());
        db.sql("update schedule set last_at = :now, last_batch_id = :batch where id = :id")
                .param("now", JobTable.time(now))
                .param("batch", receipt.batchId())
                .param("id", schedule.id())
                .update();
        put(schedule.id(), last ? State.ENDED : State.ACTIVE, last ? null : next, null);
        int missed = missed(times, due, now);
        record(
                system,
                "schedule.run",
                schedule.id(),
                AuditEvent.Result.OK,
                "batch " + receipt.batchId()
                        + (missed == 0 ? "" : ", made up for " + missed + " more that were missed"));
    }

    private boolean unfinished(Schedule schedule) {
        return schedule.lastBatchId() != null
                && Boolean.TRUE.equals(db.sql("select exists (select 1 from job where batch_id = :batch)")
                        .param("batch", schedule.lastBatchId())
                        .query(Boolean.class)
                        .single());
    }

    private static int missed(CronTimes times, Instant due, Instant now) {
        int missed = 0;
        for (Instant at = times.after(due); at != null && !at.isAfter(now) && missed < COUNTED_MISSES; ) {
            missed++;
            at = times.after(at);
        }
        return missed;
    }

    private void put(long id, State state, @Nullable Instant next, @Nullable String pauseReason) {
        db.sql("update schedule set state = :state, next_at = :next, pause_reason = :reason, version = version + 1"
                        + " where id = :id")
                .param("state", state.name())
                .param("next", next == null ? null : JobTable.time(next))
                .param("reason", pauseReason)
                .param("id", id)
                .update();
    }

    private void record(Actor actor, String action, long id, AuditEvent.Result result, @Nullable String reason) {
        audit.append(new AuditEvent(actor, action, "schedule", String.valueOf(id), null, result, reason, null));
    }

    private static Schedule map(ResultSet row, int number) throws SQLException {
        return new Schedule(
                row.getLong("id"),
                row.getString("name"),
                row.getString("owner"),
                row.getString("owner_name"),
                row.getString("second_officer"),
                JobTable.JSON.readValue(row.getString("urls"), TEXTS),
                JobTable.JSON.readValue(row.getString("options"), CaptureOptions.class),
                JobTable.JSON.readValue(row.getString("context"), CaptureContext.class),
                row.getInt("priority"),
                row.getString("cron"),
                JobTable.requiredInstant(row, "ends_at"),
                State.valueOf(row.getString("state")),
                row.getString("pause_reason"),
                JobTable.instant(row, "next_at"),
                JobTable.instant(row, "last_at"),
                JobTable.nullableLong(row, "last_batch_id"),
                JobTable.requiredInstant(row, "created_at"),
                row.getLong("version"));
    }
}
