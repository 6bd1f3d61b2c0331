package org.tiezheng.archive.jobs;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The statements that write {@code job}, {@code job_history} and {@code host_queue}. Every method wants a transaction of its
 * caller.
 *
 * <p>Locks are always taken in this order: jobs, hosts in alphabetical order, audit chain. A lease is the exception: it
 * takes a host first, and then a job only if nobody holds it.
 */
final class JobTable {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** Channel of {@link JobNotices}: {@code JOB:BATCH} after every change of a job, {@code ready} when one waits. */
    static final String CHANNEL = "tiezheng_job";

    static final String READY_NOTICE = "ready";

    private static final TypeReference<List<RecordedOfficer>> OFFICERS = new TypeReference<>() {};

    private static final String KEPT =
            "id, priority, host, url, page_key, options, context, officers, batch_id, submitted_by, submitted_name,"
                    + " submitted_at, attempts, lease_epoch, first_leased_at";

    private final JdbcClient db;
    private final JdbcTemplate batchDb;

    JobTable(JdbcTemplate template) {
        this.batchDb = template;
        this.db = JdbcClient.create(template);
    }

    static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }

    static Instant requiredInstant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Long nullableLong(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    static Job map(ResultSet row, int number) throws SQLException {
        return new Job(
                row.getLong("id"),
                JobState.valueOf(row.getString("state")),
                row.getInt("priority"),
                instant(row, "run_at"),
                row.getString("host"),
                row.getString("url"),
                row.getString("page_key"),
                JSON.readValue(row.getString("options"), CaptureOptions.class),
                JSON.readValue(row.getString("context"), CaptureContext.class),
                JSON.readValue(row.getString("officers"), OFFICERS),
                nullableLong(row, "batch_id"),
                row.getString("submitted_by"),
                row.getString("submitted_name"),
                requiredInstant(row, "submitted_at"),
                row.getInt("attempts"),
                row.getString("lease_owner"),
                instant(row, "lease_until"),
                row.getLong("lease_epoch"),
                instant(row, "first_leased_at"),
                row.getString("cancel_by"),
                row.getString("cancel_reason"),
                row.getString("failure_code"),
                row.getString("failure_message"),
                row.getObject("evidence_id", UUID.class),
                requiredInstant(row, "changed_at"));
    }

    /** What a new job is made of. */
    record NewJob(CaptureAddress address, CaptureContext context) {}

    /** What all jobs of one submission share. */
    record Common(
            CaptureOptions options,
            int priority,
            List<RecordedOfficer> officers,
            @Nullable Long batchId,
            String submittedBy,
            String submittedName,
            Instant at) {}

    /** Inserts the jobs, and wakes their hosts. Returns the ids in the order given. */
    List<Long> insert(List<NewJob> jobs, Common common) {
        List<Long> ids = db.sql("select nextval('job_id') from generate_series(1, :n)")
                .param("n", jobs.size())
                .query(Long.class)
                .list();
        String options = JSON.writeValueAsString(common.options());
        String officers = JSON.writeValueAsString(common.officers());
        OffsetDateTime at = time(common.at());
        List<Object[]> rows = new ArrayList<>(jobs.size());
        for (int i = 0; i < jobs.size(); i++) {
            CaptureAddress address = jobs.get(i).address();
            rows.add(new Object[] {
                ids.get(i),
                common.priority(),
                at,
                address.host(),
                address.url(),
                address.pageKey(),
                options,
                JSON.writeValueAsString(jobs.get(i).context()),
                officers,
                common.batchId(),
                common.submittedBy(),
                common.submittedName(),
                at,
                at
            });
        }
        batchDb.batchUpdate(
                "insert into job (id, state, priority, run_at, host, url, page_key, options, context, officers, batch_id,"
                        + " submitted_by, submitted_name, submitted_at, changed_at) values (?, 'READY', ?, ?, ?, ?, ?, ?::jsonb,"
                        + " ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?)",
                rows);
        Map<String, Integer> heads = new TreeMap<>();
        for (NewJob job : jobs) {
            heads.put(job.address().host(), common.priority());
        }
        wake(heads, common.at());
        return ids;
    }

    private record Back(String host, int priority, @Nullable Long batchId) {}

    /** Puts hosts into the queue, or forward in it; sorted, so that two callers cannot wait for each other. */
    private void wake(Map<String, Integer> heads, Instant runAt) {
        OffsetDateTime at = time(runAt);
        List<Object[]> rows = heads.entrySet().stream()
                .map(e -> new Object[] {e.getKey(), e.getValue(), at, at})
                .toList();
        batchDb.batchUpdate(
                "insert into host_queue as q (host, head_priority, start_at, next_at) values (?, ?, ?, ?)"
                        + " on conflict (host) do update set head_priority = least(q.head_priority, excluded.head_priority),"
                        + " next_at = greatest(q.start_at, least(q.next_at, excluded.next_at))",
                rows);
        tell(READY_NOTICE);
    }

    Optional<Job> find(long id) {
        return db.sql("select * from job_any where id = :id")
                .param("id", id)
                .query(JobTable::map)
                .optional();
    }

    /** The job, if it is not finished; locked until the end of the transaction. */
    Optional<Job> lockOpen(long id) {
        return db.sql("select *, null::uuid as evidence_id from job where id = :id for update")
                .param("id", id)
                .query(JobTable::map)
                .optional();
    }

    /** The job, if this epoch has the lease; locked until the end of the transaction. */
    Optional<Job> lockLeased(long id, long epoch) {
        return lockOpen(id).filter(job -> job.state() == JobState.LEASED && job.epoch() == epoch);
    }

    /** Moves an open job to the history. */
    void finish(
            Job job,
            JobState state,
            @Nullable UUID evidenceId,
            @Nullable String failureCode,
            @Nullable String failureMessage,
            Instant at) {
        int rows = db.sql("with gone as (delete from job where id = :id returning *) insert into job_history (" + KEPT
                        + ", state, lease_owner, cancel_by, cancel_reason, failure_code, failure_message, evidence_id,"
                        + " changed_at) select " + KEPT
                        + ", :state, lease_owner, cancel_by, cancel_reason, coalesce(:code, failure_code),"
                        + " coalesce(:message, failure_message), :evidence, :at from gone")
                .param("id", job.id())
                .param("state", state.name())
                .param("code", failureCode)
                .param("message", failureMessage)
                .param("evidence", evidenceId)
                .param("at", time(at))
                .update();
        if (rows != 1) {
            throw new IllegalStateException("job " + job.id() + " was not open, its row should have been locked");
        }
        db.sql("delete from job_live where job_id = :id").param("id", job.id()).update();
        changed(job.id(), job.batchId());
    }

    /** Gives a job back to the queue, to be leased from {@code runAt} on. */
    void requeue(Job job, Instant runAt, String failureCode, String failureMessage, Instant at) {
        db.sql("update job set state = 'READY', run_at = :run, lease_owner = null, lease_until = null,"
                        + " failure_code = :code, failure_message = :message, changed_at = :at where id = :id")
                .param("run", time(runAt))
                .param("code", failureCode)
                .param("message", failureMessage)
                .param("at", time(at))
                .param("id", job.id())
                .update();
        db.sql("delete from job_live where job_id = :id").param("id", job.id()).update();
        wake(Map.of(job.host(), job.priority()), runAt);
        changed(job.id(), job.batchId());
    }

    /**
     * Takes a finished job back from the history, with all its attempts again.
     *
     * @return false if there is no such job in one of {@code states}
     */
    boolean reopen(long id, Collection<JobState> states, Instant at) {
        Optional<Back> back = db.sql(
                        "with back as (delete from job_history where id = :id and state in (:states) returning *)"
                                + " insert into job (id, state, priority, run_at, host, url, page_key, options, context,"
                                + " officers, batch_id, submitted_by, submitted_name, submitted_at, lease_epoch,"
                                + " first_leased_at, failure_code, failure_message, changed_at) select id, 'READY', priority,"
                                + " :at, host, url, page_key, options, context, officers, batch_id, submitted_by,"
                                + " submitted_name, submitted_at, lease_epoch, first_leased_at, failure_code,"
                                + " failure_message, :at from back returning host, priority, batch_id")
                .param("id", id)
                .param("states", states.stream().map(JobState::name).toList())
                .param("at", time(at))
                .query((row, number) ->
                        new Back(row.getString("host"), row.getInt("priority"), nullableLong(row, "batch_id")))
                .optional();
        back.ifPresent(job -> {
            wake(Map.of(job.host(), job.priority()), at);
            changed(id, job.batchId());
        });
        return back.isPresent();
    }

    /** Tells every node that the job has changed, when the transaction commits. */
    void changed(long id, @Nullable Long batchId) {
        tell(id + ":" + (batchId == null ? "" : batchId));
    }

    private void tell(String notice) {
        db.sql("select pg_notify('" + CHANNEL + "', :notice)")
                .param("notice", notice)
                .query((row, number) -> number)
                .list();
    }
}
