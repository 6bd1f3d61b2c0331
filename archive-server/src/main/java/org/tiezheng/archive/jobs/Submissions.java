package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.capture.relay.EgressPolicy;

/**
 * Takes what officers want captured into the queue: one address, or a list as a batch.
 *
 * <p>With an idempotency key, submitting the same thing again makes nothing new and gives the first answer, so a caller that
 * lost the answer can simply ask again.
 */
public final class Submissions {
    private final JdbcClient db;
    private final JobTable table;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final TwoOfficers officers;
    private final EgressPolicy egress;
    private final JobSettings settings;
    private final Clock clock;

    Submissions(
            JdbcClient db,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            TwoOfficers officers,
            EgressPolicy egress,
            JobSettings settings,
            Clock clock) {
        this.db = db;
        this.table = table;
        this.transactions = transactions;
        this.audit = audit;
        this.officers = officers;
        this.egress = egress;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Submits one address.
     *
     * @param key idempotency key, 1 to 200 characters, of this account; null for none
     * @throws JobRefused if something is wrong with it, or the key was used for something else; nothing was submitted
     */
    public Job submit(String url, Submission submission, Actor actor, @Nullable String key) {
        CaptureAddress address = CaptureAddress.parse(url, egress);
        String body = digest(List.of(url), submission);
        return Objects.requireNonNull(transactions.execute(status -> {
            Optional<Earlier> earlier = once(actor, key, body);
            if (earlier.isPresent()) {
                return table.find(Objects.requireNonNull(earlier.get().jobId())).orElseThrow();
            }
            List<RecordedOfficer> both = officers.require(actor.id(), submission.secondOfficer());
            long id = table.insert(
                            List.of(new JobTable.NewJob(address, submission.context())),
                            common(submission, both, null, actor))
                    .get(0);
            answered(actor, key, id, null);
            table.changed(id, null);
            record(actor, "job.submit", "job", String.valueOf(id), address.url(), both);
            return table.find(id).orElseThrow();
        }));
    }

    /**
     * Submits a list. If a line is bad, nothing is submitted, unless {@code skipBad}; lines that repeat an earlier one are left
     * out in any case. What was left out is in the receipt.
     *
     * @param name for people; shortened to 200 characters
     * @throws JobRefused if there are no or too many addresses, or something else is wrong; nothing was submitted
     */
    public BatchReceipt submitBatch(
            String name,
            AddressList.Read list,
            Submission submission,
            boolean skipBad,
            Actor actor,
            @Nullable String key) {
        return submitBatch(name, list, submission, skipBad, actor, key, null);
    }

    BatchReceipt submitBatch(
            String name,
            AddressList.Read list,
            Submission submission,
            boolean skipBad,
            Actor actor,
            @Nullable String key,
            @Nullable Long scheduleId) {
        List<BatchReceipt.Problem> problems = new ArrayList<>(list.problems());
        List<JobTable.NewJob> jobs = good(list.lines(), problems);
        problems.sort(Comparator.comparingInt(BatchReceipt.Problem::line));
        boolean bad = problems.stream().anyMatch(problem -> problem.why() != BatchReceipt.Why.DUPLICATE);
        if (bad && !skipBad) {
            return new BatchReceipt(null, 0, problems);
        }
        if (jobs.isEmpty()) {
            throw new JobRefused(Code.NO_ADDRESS, "");
        }
        if (jobs.size() > settings.batchMost()) {
            throw new JobRefused(Code.TOO_MANY, String.valueOf(settings.batchMost()));
        }
        List<String> urls = jobs.stream().map(job -> job.address().url()).toList();
        String sha256 = CaptureAddress.sha256(String.join("\n", urls));
        String contexts = JobTable.JSON.writeValueAsString(
                jobs.stream().map(JobTable.NewJob::context).toList());
        String body = CaptureAddress.sha256(name + "\n" + digest(urls, submission) + "\n" + contexts);
        return Objects.requireNonNull(transactions.execute(status -> {
            Optional<Earlier> earlier = once(actor, key, body);
            if (earlier.isPresent()) {
                return new BatchReceipt(earlier.get().batchId(), jobs.size(), problems);
            }
            List<RecordedOfficer> both = officers.require(actor.id(), submission.secondOfficer());
            long batch = db.sql(
                            "insert into batch (name, submitted_by, submitted_name, submitted_at, schedule_id,"
                                    + " list_sha256, total) values (:name, :by, :byName, :at, :schedule, :sha256, :total) returning id")
                    .param("name", name.length() > 200 ? name.substring(0, 200) : name)
                    .param("by", actor.id())
                    .param("byName", actor.name())
                    .param("at", JobTable.time(clock.instant()))
                    .param("schedule", scheduleId)
                    .param("sha256", sha256)
                    .param("total", jobs.size())
                    .query(Long.class)
                    .single();
            table.insert(jobs, common(submission, both, batch, actor));
            answered(actor, key, null, batch);
            // One act, one event; it vouches for the list by its digest, and the batch's jobs are found by its number.
            audit.append(new AuditEvent(
                    actor,
                    "batch.submit",
                    "batch",
                    String.valueOf(batch),
                    sha256,
                    AuditEvent.Result.OK,
                    jobs.size() + " jobs, officers " + certificates(both),
                    null));
            return new BatchReceipt(batch, jobs.size(), problems);
        }));
    }

    /** @throws JobRefused at the first address that cannot be captured */
    void requireAddresses(List<String> urls) {
        urls.forEach(url -> CaptureAddress.parse(url, egress));
    }

    private List<JobTable.NewJob> good(List<AddressLine> lines, List<BatchReceipt.Problem> problems) {
        Map<String, Integer> seen = new HashMap<>();
        List<JobTable.NewJob> jobs = new ArrayList<>();
        for (AddressLine line : lines) {
            CaptureAddress address;
            try {
                address = CaptureAddress.parse(line.url(), egress);
            } catch (JobRefused e) {
                problems.add(AddressList.problem(line.number(), line.url(), BatchReceipt.Why.ADDRESS));
                continue;
            }
            if (seen.putIfAbsent(address.pageKey(), line.number()) != null) {
                problems.add(AddressList.problem(line.number(), line.url(), BatchReceipt.Why.DUPLICATE));
                continue;
            }
            jobs.add(new JobTable.NewJob(address, line.context()));
        }
        return jobs;
    }

    private JobTable.Common common(
            Submission submission, List<RecordedOfficer> both, @Nullable Long batch, Actor actor) {
        return new JobTable.Common(
                submission.options(), submission.priority(), both, batch, actor.id(), actor.name(), clock.instant());
    }

    private record Earlier(@Nullable Long jobId, @Nullable Long batchId, String body) {}

    /** Takes the key; or finds what was made with it before. Waits for another transaction that is just taking it. */
    private Optional<Earlier> once(Actor actor, @Nullable String key, String body) {
        if (key == null) {
            return Optional.empty();
        }
        if (key.isEmpty() || key.length() > 200 || key.chars().anyMatch(c -> c < 0x21 || c > 0x7e)) {
            throw new JobRefused(Code.KEY_INVALID, "");
        }
        int taken = db.sql(
                        "insert into job_submission (account, key, body_sha256, at) values (:account, :key, :body, :at)"
                                + " on conflict do nothing")
                .param("account", actor.id())
                .param("key", key)
                .param("body", body)
                .param("at", JobTable.time(clock.instant()))
                .update();
        if (taken == 1) {
            return Optional.empty();
        }
        Earlier earlier = db.sql("select job_id, batch_id, body_sha256 from job_submission where account = :account"
                        + " and key = :key")
                .param("account", actor.id())
                .param("key", key)
                .query((row, number) -> new Earlier(
                        JobTable.nullableLong(row, "job_id"),
                        JobTable.nullableLong(row, "batch_id"),
                        row.getString("body_sha256")))
                .single();
        if (!earlier.body().equals(body)) {
            throw new JobRefused(Code.KEY_REUSED, key);
        }
        return Optional.of(earlier);
    }

    private void answered(Actor actor, @Nullable String key, @Nullable Long job, @Nullable Long batch) {
        if (key != null) {
            db.sql("update job_submission set job_id = :job, batch_id = :batch where account = :account and key = :key")
                    .param("job", job)
                    .param("batch", batch)
                    .param("account", actor.id())
                    .param("key", key)
                    .update();
        }
    }

    /** Forgets idempotency keys older than the setting says. */
    public int forgetOldKeys() {
        return db.sql("delete from job_submission where at < :before")
                .param("before", JobTable.time(clock.instant().minus(settings.keepSubmissions())))
                .update();
    }

    /** An earlier capture of a page, or one that is under way. */
    public record SamePage(long jobId, JobState state, Instant at, String submittedName) {}

    /** The latest 5 jobs for the same page; for the warning that it was captured before. */
    public List<SamePage> samePage(String url) {
        String key;
        try {
            key = CaptureAddress.parse(url, egress).pageKey();
        } catch (JobRefused e) {
            return List.of();
        }
        return db.sql("select id, state, changed_at, submitted_name from job_any where page_key = :key"
                        + " and state in ('READY', 'LEASED', 'DONE') order by id desc limit 5")
                .param("key", key)
                .query((row, number) -> new SamePage(
                        row.getLong("id"),
                        JobState.valueOf(row.getString("state")),
                        JobTable.requiredInstant(row, "changed_at"),
                        row.getString("submitted_name")))
                .list();
    }

    private static String digest(List<String> urls, Submission submission) {
        return CaptureAddress.sha256(JobTable.JSON.writeValueAsString(submission) + "\n" + String.join("\n", urls));
    }

    private void record(Actor actor, String action, String type, String id, String what, List<RecordedOfficer> both) {
        String reason = what + ", officers " + certificates(both);
        audit.append(new AuditEvent(actor, action, type, id, null, AuditEvent.Result.OK, reason, null));
    }

    private static String certificates(List<RecordedOfficer> both) {
        return String.join(", ", both.stream().map(RecordedOfficer::certNo).toList());
    }
}
