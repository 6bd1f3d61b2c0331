package org.tiezheng.archive.jobs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Reads jobs, batches, agents and limits for screens and REST. Changes nothing; safe for many threads. */
public final class JobQueries {
    private static final String COLUMNS =
            "id, state, priority, host, url, page_key, options, context, officers, batch_id,"
                    + " submitted_by, submitted_name, submitted_at, attempts, lease_owner, lease_epoch, first_leased_at, cancel_by,"
                    + " cancel_reason, failure_code, failure_message, changed_at";

    private final JdbcClient db;

    JobQueries(JdbcClient db) {
        this.db = db;
    }

    /**
     * Which jobs; every part may be missing.
     *
     * @param states empty for all
     * @param submittedBy account
     * @param host as politeness counts it
     * @param text part of the address, or clue or case number
     */
    public record Filter(
            List<JobState> states,
            @Nullable String submittedBy,
            @Nullable Long batchId,
            @Nullable String host,
            @Nullable String text) {
        public static final Filter ALL = new Filter(List.of(), null, null, null, null);

        public Filter {
            states = List.copyOf(states);
        }
    }

    /**
     * Jobs by number, the newest first.
     *
     * @param before only jobs with a smaller number; null from the beginning
     * @param limit 1 to 501
     */
    public List<Job> jobs(Filter filter, @Nullable Long before, int limit) {
        List<String> where = new ArrayList<>();
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("limit", limit);
        if (before != null) {
            where.add("id < :before");
            values.put("before", before);
        }
        if (!filter.states().isEmpty()) {
            where.add("state in (:states)");
            values.put("states", filter.states().stream().map(JobState::name).toList());
        }
        if (filter.submittedBy() != null) {
            where.add("submitted_by = :by");
            values.put("by", filter.submittedBy());
        }
        if (filter.batchId() != null) {
            where.add("batch_id = :batch");
            values.put("batch", filter.batchId());
        }
        if (filter.host() != null) {
            where.add("host = :host");
            values.put("host", filter.host());
        }
        if (filter.text() != null && !filter.text().isBlank()) {
            where.add("(url like :text or context->>'clueNo' = :exact or context->>'caseNo' = :exact)");
            String exact = filter.text().strip();
            values.put(
                    "text",
                    "%" + exact.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%");
            values.put("exact", exact);
        }
        String condition = where.isEmpty() ? "" : " where " + String.join(" and ", where);
        // Each table by its own index and limit; the view would be sorted as a whole.
        return db.sql("(select " + COLUMNS + ", run_at, lease_until, null::uuid as evidence_id from job" + condition
                        + " order by id desc limit :limit) union all (select " + COLUMNS
                        + ", null, null, evidence_id from job_history" + condition
                        + " order by id desc limit :limit) order by id desc limit :limit")
                .params(values)
                .query(JobTable::map)
                .list();
    }

    /** What a running job shows. */
    public record Live(
            long version,
            @Nullable String step,
            long bytes,
            long elapsedMillis,
            @Nullable Long thumbnailVersion,
            Instant at) {}

    /** Empty before the first heartbeat, and once the job is not running. */
    public Optional<Live> live(long jobId, long epoch) {
        return db.sql("select version, step, bytes, elapsed_millis, thumbnail_version, at from job_live"
                        + " where job_id = :id and epoch = :epoch")
                .param("id", jobId)
                .param("epoch", epoch)
                .query((row, number) -> new Live(
                        row.getLong("version"),
                        row.getString("step"),
                        row.getLong("bytes"),
                        row.getLong("elapsed_millis"),
                        JobTable.nullableLong(row, "thumbnail_version"),
                        JobTable.requiredInstant(row, "at")))
                .optional();
    }

    /** The latest picture of a running job, a JPEG. */
    public Optional<byte[]> thumbnail(long jobId) {
        return db.sql("select thumbnail from job_live where job_id = :id and thumbnail is not null")
                .param("id", jobId)
                .query((row, number) -> row.getBytes("thumbnail"))
                .optional();
    }

    /** Steps of one attempt, in order. */
    public List<StepDone> steps(long jobId, long epoch) {
        return db.sql(
                        "select name, millis, outcome from job_step where job_id = :id and epoch = :epoch order by position")
                .param("id", jobId)
                .param("epoch", epoch)
                .query((row, number) ->
                        new StepDone(row.getString("name"), row.getLong("millis"), row.getString("outcome")))
                .list();
    }

    /**
     * A list of addresses that was submitted as one.
     *
     * @param total jobs it had
     * @param counts jobs in each state now; states without jobs are missing
     */
    public record Batch(
            long id,
            String name,
            String submittedBy,
            String submittedName,
            Instant submittedAt,
            @Nullable Long scheduleId,
            String listSha256,
            int total,
            Map<JobState, Integer> counts) {
        public Batch {
            counts = Map.copyOf(counts);
        }

        public int count(JobState state) {
            return counts.getOrDefault(state, 0);
        }

        /** For templates. */
        public int count(String state) {
            return count(JobState.valueOf(state));
        }

        public int finished() {
            return count(JobState.DONE) + count(JobState.FAILED) + count(JobState.CANCELLED);
        }

        public boolean open() {
            return finished() < total;
        }
    }

    public Optional<Batch> batch(long id) {
        return batches("id = :id", Map.of("id", id), 1).stream().findFirst();
    }

    /** Batches by number, the newest first. */
    public List<Batch> batches(@Nullable Long before, int limit) {
        return batches("id < :before", Map.of("before", before == null ? Long.MAX_VALUE : before), limit);
    }

    /** The latest runs of a schedule. */
    public List<Batch> runs(long scheduleId, int limit) {
        return batches("schedule_id = :schedule", Map.of("schedule", scheduleId), limit);
    }

    private List<Batch> batches(String condition, Map<String, Object> values, int limit) {
        List<Batch> batches = db.sql("select * from batch where " + condition + " order by id desc limit " + limit)
                .params(values)
                .query((row, number) -> new Batch(
                        row.getLong("id"),
                        row.getString("name"),
                        row.getString("submitted_by"),
                        row.getString("submitted_name"),
                        JobTable.requiredInstant(row, "submitted_at"),
                        JobTable.nullableLong(row, "schedule_id"),
                        row.getString("list_sha256"),
                        row.getInt("total"),
                        Map.of()))
                .list();
        Map<Long, Map<JobState, Integer>> counts =
                counts(batches.stream().map(Batch::id).toList());
        return batches.stream()
                .map(batch -> new Batch(
                        batch.id(),
                        batch.name(),
                        batch.submittedBy(),
                        batch.submittedName(),
                        batch.submittedAt(),
                        batch.scheduleId(),
                        batch.listSha256(),
                        batch.total(),
                        counts.getOrDefault(batch.id(), Map.of())))
                .toList();
    }

    private Map<Long, Map<JobState, Integer>> counts(List<Long> batches) {
        Map<Long, Map<JobState, Integer>> all = new HashMap<>();
        if (!batches.isEmpty()) {
            db.sql(
                            "select batch_id, state, count(*) as n from job where batch_id in (:ids) group by 1, 2 union all"
                                    + " select batch_id, state, count(*) from job_history where batch_id in (:ids) group by 1, 2")
                    .param("ids", batches)
                    .query((row, number) -> all.computeIfAbsent(
                                    row.getLong("batch_id"), id -> new EnumMap<>(JobState.class))
                            .put(JobState.valueOf(row.getString("state")), row.getInt("n")))
                    .list();
        }
        return all;
    }

    /**
     * An agent that has asked for work.
     *
     * @param slots captures it can do at the same time
     * @param running jobs it has now
     * @param rowVersion for conditional changes
     */
    public record Agent(
            String name,
            String account,
            String version,
            int slots,
            int running,
            Instant firstSeen,
            Instant lastSeen,
            boolean paused,
            long rowVersion) {}

    /** By name; at most 1,000. */
    public List<Agent> agents() {
        return db.sql(
                        "select a.*, (select count(*) from job j where j.state = 'LEASED' and j.lease_owner = a.name) as running"
                                + " from agent a order by name limit 1000")
                .query((row, number) -> new Agent(
                        row.getString("name"),
                        row.getString("account"),
                        row.getString("version"),
                        row.getInt("slots"),
                        row.getInt("running"),
                        JobTable.requiredInstant(row, "first_seen"),
                        JobTable.requiredInstant(row, "last_seen"),
                        row.getBoolean("paused"),
                        row.getLong("row_version")))
                .list();
    }

    /**
     * Politeness of one host, other than the default.
     *
     * @param concurrent captures at the same time; 0 to visit it not at all
     * @param intervalMillis least time between two starts
     */
    public record HostLimit(
            String host, int concurrent, int intervalMillis, long version, String changedBy, Instant changedAt) {}

    /** By host; at most 1,000. */
    public List<HostLimit> hostLimits() {
        return db.sql("select * from host_limit order by host limit 1000")
                .query((row, number) -> new HostLimit(
                        row.getString("host"),
                        row.getInt("concurrent"),
                        row.getInt("interval_millis"),
                        row.getLong("version"),
                        row.getString("changed_by"),
                        JobTable.requiredInstant(row, "changed_at")))
                .list();
    }

    /** Jobs that are not finished, by state; for figures and health. */
    public Map<JobState, Integer> open() {
        Map<JobState, Integer> counts = new EnumMap<>(JobState.class);
        counts.put(JobState.READY, 0);
        counts.put(JobState.LEASED, 0);
        db.sql("select state, count(*) as n from job group by 1")
                .query((row, number) -> counts.put(JobState.valueOf(row.getString("state")), row.getInt("n")))
                .list();
        return counts;
    }
}
