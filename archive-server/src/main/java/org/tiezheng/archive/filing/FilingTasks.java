package org.tiezheng.archive.filing;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The queue of work that takes long, and the packages of each task.
 *
 * <p>A server takes a task by a lease, which it renews while it works. When it dies the lease ends and another server goes on: every
 * step that is done is a row, so nothing is done twice but what was under way. Safe for use by many threads and servers.
 */
public final class FilingTasks {
    /** A task that failed so often by faults of ours, or ended the server so often, is given up. */
    static final int ATTEMPTS = 5;

    private static final Duration FIRST_WAIT = Duration.ofSeconds(10);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public FilingTasks(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Adds a task with its packages; one audit event in the same transaction.
     *
     * @param node null: any server
     */
    public FilingTask add(
            FilingTask.Kind kind,
            String title,
            ObjectNode parameters,
            @Nullable String node,
            List<UUID> evidence,
            long totalBytes,
            Actor by) {
        UUID id = UUID.randomUUID();
        transactions.executeWithoutResult(status -> {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", id);
            row.put("kind", kind.name());
            row.put("title", title);
            row.put("parameters", parameters.toString());
            row.put("node", node);
            row.put("total", evidence.size());
            row.put("bytes", totalBytes);
            row.put("by", by.id());
            row.put("name", by.name());
            row.put("role", by.role());
            row.put("at", Timestamp.from(clock.instant()));
            jdbc.sql("""
                            insert into filing_task (id, kind, state, title, parameters, node, total_count, total_bytes,
                                requested_by, requested_by_name, requested_role, created_at)
                            values (:id, :kind, 'WAITING', :title, :parameters::jsonb, :node, :total, :bytes, :by, :name, :role,
                                :at)""").params(row).update();
            addItems(id, 0, evidence);
            audit.append(new AuditEvent(
                    by,
                    "filing." + kind.name().toLowerCase(java.util.Locale.ROOT),
                    "filing",
                    id.toString(),
                    null,
                    AuditEvent.Result.OK,
                    title + ", " + evidence.size() + " packages",
                    null));
        });
        return find(id).orElseThrow();
    }

    /** Adds packages to a task, numbered from {@code first}. Those that are there stay as they are. */
    void addItems(UUID task, int first, List<UUID> evidence) {
        jdbc.sql("""
                        insert into filing_item (task_id, position, evidence_id, state)
                        select :task, :first + e.position - 1, e.id, 'QUEUED'
                        from unnest(:ids) with ordinality as e (id, position) on conflict do nothing""")
                .param("task", task)
                .param("first", first)
                .param("ids", evidence.toArray(new UUID[0]))
                .update();
        jdbc.sql("update filing_task set total_count = (select count(*) from filing_item where task_id = :task)"
                        + " where id = :task")
                .param("task", task)
                .update();
    }

    public Optional<FilingTask> find(UUID id) {
        return jdbc.sql("select *, parameters::text as parameters_text from filing_task where id = :id")
                .param("id", id)
                .query(FilingTasks::task)
                .optional();
    }

    /** The latest of a kind, newest first. */
    public List<FilingTask> latest(FilingTask.Kind kind, int limit) {
        return jdbc.sql("select *, parameters::text as parameters_text from filing_task where kind = :kind"
                        + " order by created_at desc, id limit :limit")
                .param("kind", kind.name())
                .param("limit", limit)
                .query(FilingTasks::task)
                .list();
    }

    /** Packages of a task from a position on. */
    public List<FilingItem> items(UUID task, int from, int limit) {
        return jdbc.sql("select * from filing_item where task_id = :task and position >= :from"
                        + " order by position limit :limit")
                .param("task", task)
                .param("from", from)
                .param("limit", limit)
                .query(FilingTasks::item)
                .list();
    }

    public Optional<FilingItem> item(UUID task, int position) {
        return items(task, position, 1).stream()
                .filter(item -> item.position() == position)
                .findFirst();
    }

    /** What waits for a person, oldest first. */
    public List<FilingItem> open(int limit) {
        return jdbc.sql("""
                        select i.* from filing_item i join filing_task t on t.id = i.task_id
                        where i.state = 'OPEN' order by t.created_at, i.position limit :limit""").param("limit", limit).query(FilingTasks::item).list();
    }

    /** The newest filing of an evidence that is blocked; empty if the newest is not. */
    public List<FilingItem> blocked(int limit) {
        return jdbc.sql("""
                        select i.* from filing_item i
                            join filing_task t on t.id = i.task_id and t.kind = 'FILE'
                            join evidence e on e.id = i.evidence_id and e.archival_code is null
                        where i.state = 'BLOCKED' and not exists (select 1 from filing_item o
                            join filing_task p on p.id = o.task_id and p.kind = 'FILE'
                            where o.evidence_id = i.evidence_id and (p.created_at, p.id) > (t.created_at, t.id))
                        order by t.created_at desc, i.position limit :limit""").param("limit", limit).query(FilingTasks::item).list();
    }

    /** How many packages of a task are in each state. */
    public Map<FilingItem.State, Integer> counts(UUID task) {
        Map<FilingItem.State, Integer> counts = new java.util.EnumMap<>(FilingItem.State.class);
        jdbc.sql("select state, count(*) as n from filing_item where task_id = :task group by state")
                .param("task", task)
                .query((row, number) -> Map.entry(FilingItem.State.valueOf(row.getString("state")), row.getInt("n")))
                .list()
                .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
        return counts;
    }

    /** Writes how far a package is, whoever works on its task: a person's decision. */
    void change(FilingItem item) {
        int unused = change(item, null);
    }

    /** As {@link #change(FilingItem)}, for the server that has the task. False if another has it by now: nothing was written. */
    boolean changeAs(String owner, FilingItem item) {
        return change(item, owner) == 1;
    }

    private int change(FilingItem item, @Nullable String owner) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("task", item.taskId());
        row.put("position", item.position());
        row.put("state", item.state().name());
        row.put("reason", item.reason());
        row.put("run", item.runId());
        row.put("upload", item.uploadId());
        row.put("size", item.sizeBytes());
        row.put("sha256", item.sha256());
        row.put("sha512", item.sha512());
        row.put("crc32", item.crc32());
        row.put("tag", item.tag());
        row.put("owner", owner);
        return jdbc.sql("""
                        update filing_item set state = :state, reason = :reason, run_id = :run, upload_id = :upload,
                            size_bytes = :size, sha256 = :sha256, sha512 = :sha512, crc32 = :crc32, tag = :tag
                        where task_id = :task and position = :position and (:owner::text is null or exists
                            (select 1 from filing_task where id = :task and owner = :owner and state = 'RUNNING'))""").params(row).update();
    }

    /** As {@link #change(FilingItem)}, for what most changes are. */
    void change(FilingItem item, FilingItem.State state, @Nullable String reason, @Nullable UUID runId) {
        change(item.at(state, reason, runId));
    }

    // ---- documents
    // ---------------------------------------------------------------------------------------------------

    /** A small file of a package for another archive, or one that came with it. */
    public record Document(String name, byte[] content) {}

    /** All documents of a task in their order. */
    public List<Document> documents(UUID task) {
        return jdbc.sql("select name, content from filing_document where task_id = :task order by position")
                .param("task", task)
                .query((row, number) -> new Document(row.getString("name"), row.getBytes("content")))
                .list();
    }

    /** Takes the place of all documents that were there. */
    void putDocuments(UUID task, List<Document> documents) {
        transactions.executeWithoutResult(status -> {
            jdbc.sql("delete from filing_document where task_id = :task")
                    .param("task", task)
                    .update();
            int position = 0;
            for (Document document : documents) {
                jdbc.sql("insert into filing_document (task_id, position, name, content)"
                                + " values (:task, :position, :name, :content)")
                        .param("task", task)
                        .param("position", position++)
                        .param("name", document.name())
                        .param("content", document.content())
                        .update();
            }
        });
    }

    // ---- work
    // --------------------------------------------------------------------------------------------------------

    /** Files that tasks which are not at their end came with. */
    List<String> openFiles() {
        return jdbc.sql("select parameters ->> 'file' from filing_task"
                        + " where kind = 'IMPORT' and state in ('WAITING', 'RUNNING')")
                .query(String.class)
                .list();
    }

    /** Takes the oldest task that waits, or whose server has died. */
    Optional<FilingTask> claim(String node, String owner, Duration lease) {
        Instant now = clock.instant();
        return java.util.Objects.requireNonNull(transactions.execute(status -> {
            Optional<UUID> id = jdbc.sql("""
                            select id from filing_task
                            where ((state = 'WAITING' and (retry_at is null or retry_at <= :now))
                                    or (state = 'RUNNING' and lease_until < :now))
                                and (node is null or node = :node)
                            order by created_at limit 1 for update skip locked""")
                    .param("now", Timestamp.from(now))
                    .param("node", node)
                    .query(UUID.class)
                    .optional();
            if (id.isEmpty()) {
                return Optional.<FilingTask>empty();
            }
            jdbc.sql("""
                            update filing_task set owner = :owner, lease_until = :until,
                                attempts = attempts + case when state = 'RUNNING' then 1 else 0 end, state = 'RUNNING'
                            where id = :id""")
                    .param("owner", owner)
                    .param("until", Timestamp.from(now.plus(lease)))
                    .param("id", id.get())
                    .update();
            return find(id.get());
        }));
    }

    /** What {@link #renew} found. */
    enum Standing {
        GO_ON,
        CANCELLED,
        /** Another server has it by now. */
        LOST
    }

    Standing renew(UUID id, String owner, Duration lease, int done, long doneBytes) {
        List<Boolean> cancelled = jdbc.sql("""
                        update filing_task set lease_until = :until, done_count = :done, done_bytes = :bytes
                        where id = :id and owner = :owner and state = 'RUNNING'
                        returning cancelled_by is not null""")
                .param("until", Timestamp.from(clock.instant().plus(lease)))
                .param("done", done)
                .param("bytes", doneBytes)
                .param("id", id)
                .param("owner", owner)
                .query(Boolean.class)
                .list();
        return cancelled.isEmpty() ? Standing.LOST : cancelled.get(0) ? Standing.CANCELLED : Standing.GO_ON;
    }

    void totalBytes(UUID id, long bytes) {
        jdbc.sql("update filing_task set total_bytes = :bytes where id = :id")
                .param("id", id)
                .param("bytes", bytes)
                .update();
    }

    /** Ends a task that {@code owner} has; packages that nobody looked at are CANCELLED with it. False if another has it by now. */
    boolean end(FilingTask task, String owner, FilingTask.State state, @Nullable String failure) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", task.id());
            row.put("owner", owner);
            row.put("state", state.name());
            row.put("failure", failure);
            row.put("at", Timestamp.from(clock.instant()));
            int ended = jdbc.sql("""
                            update filing_task set state = :state, owner = null, lease_until = null, failure = :failure,
                                finished_at = :at, done_count = (select count(*) from filing_item i where i.task_id = :id
                                    and i.state <> 'QUEUED' and i.state <> 'SENT')
                            where id = :id and owner = :owner""").params(row).update();
            if (ended == 0) {
                return false;
            }
            if (state != FilingTask.State.DONE) {
                jdbc.sql("update filing_item set state = 'CANCELLED' where task_id = :id and state = 'QUEUED'")
                        .param("id", task.id())
                        .update();
            }
            endLostRuns(task.id());
            audit.append(new AuditEvent(
                    task.requestedBy(),
                    "filing.end",
                    "filing",
                    task.id().toString(),
                    null,
                    state == FilingTask.State.DONE ? AuditEvent.Result.OK : AuditEvent.Result.FAILED,
                    task.kind() + " " + state + (failure == null ? "" : ": " + failure),
                    null));
            return true;
        }));
    }

    /** Checks that a server which died had begun for this task: nobody goes on with them, another run took their place. */
    private void endLostRuns(UUID task) {
        int unused = jdbc.sql("""
                        update check_run r set state = 'FAILED', failure = 'the server was stopped', finished_at = :at
                        where r.state = 'RUNNING'
                            and r.evidence_id in (select evidence_id from filing_item where task_id = :task)
                            and not exists (select 1 from filing_item i join filing_task t on t.id = i.task_id
                                where i.evidence_id = r.evidence_id and t.id <> :task and t.state = 'RUNNING')""")
                .param("task", task)
                .param("at", Timestamp.from(clock.instant()))
                .update();
    }

    /** Gives it back: to be tried again later, or by another server. True if it is given up instead. */
    boolean release(FilingTask task, String owner, @Nullable String failure, boolean isFault) {
        int attempts = task.attempts() + (isFault ? 1 : 0);
        if (isFault && attempts >= ATTEMPTS) {
            return end(task, owner, FilingTask.State.FAILED, failure);
        }
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", task.id());
        row.put("owner", owner);
        row.put("failure", failure);
        row.put("attempts", attempts);
        row.put(
                "retry",
                isFault ? Timestamp.from(clock.instant().plus(FIRST_WAIT.multipliedBy(1L << attempts))) : null);
        jdbc.sql("""
                        update filing_task set state = 'WAITING', owner = null, lease_until = null, failure = :failure,
                            attempts = :attempts, retry_at = :retry
                        where id = :id and owner = :owner""").params(row).update();
        return false;
    }

    /** Gives back for {@code wait} without a fault: what it waits for is not there yet. */
    void postpone(FilingTask task, String owner, Duration wait) {
        jdbc.sql("""
                        update filing_task set state = 'WAITING', owner = null, lease_until = null, retry_at = :retry
                        where id = :id and owner = :owner""")
                .param("id", task.id())
                .param("owner", owner)
                .param("retry", Timestamp.from(clock.instant().plus(wait)))
                .update();
    }

    /**
     * Asks that a task ends: at once if it waits, else after the package it is at.
     *
     * @throws Problem 404, 409 if it is at its end
     */
    public void cancel(UUID id, Actor by) {
        transactions.executeWithoutResult(status -> {
            String state = jdbc.sql("select state from filing_task where id = :id for update")
                    .param("id", id)
                    .query(String.class)
                    .optional()
                    .orElseThrow(() -> Problem.notFound(id.toString()));
            if (FilingTask.State.valueOf(state).isFinal()) {
                throw Problem.of(HttpStatus.CONFLICT, "filing.at-its-end");
            }
            boolean waits = state.equals("WAITING");
            jdbc.sql("""
                            update filing_task set cancelled_by = :by, cancelled_by_name = :name,
                                state = case when :waits then 'CANCELLED' else state end,
                                finished_at = case when :waits then :at::timestamptz else finished_at end
                            where id = :id""")
                    .param("id", id)
                    .param("by", by.id())
                    .param("name", by.name())
                    .param("waits", waits)
                    .param("at", Timestamp.from(clock.instant()))
                    .update();
            if (waits) {
                jdbc.sql("update filing_item set state = 'CANCELLED' where task_id = :id and state = 'QUEUED'")
                        .param("id", id)
                        .update();
            }
            audit.append(AuditEvent.ok(by, "filing.cancel", "filing", id.toString()));
        });
    }

    private static FilingTask task(ResultSet row, int number) throws SQLException {
        OffsetDateTime finished = row.getObject("finished_at", OffsetDateTime.class);
        return new FilingTask(
                row.getObject("id", UUID.class),
                FilingTask.Kind.valueOf(row.getString("kind")),
                FilingTask.State.valueOf(row.getString("state")),
                row.getString("title"),
                JsonMapper.shared().readTree(row.getString("parameters_text")),
                row.getString("node"),
                row.getInt("done_count"),
                row.getInt("total_count"),
                row.getLong("done_bytes"),
                row.getLong("total_bytes"),
                row.getInt("attempts"),
                row.getString("cancelled_by_name"),
                row.getString("failure"),
                new Actor(
                        row.getString("requested_by"),
                        row.getString("requested_by_name"),
                        row.getString("requested_role"),
                        null,
                        null,
                        null),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                finished == null ? null : finished.toInstant());
    }

    private static FilingItem item(ResultSet row, int number) throws SQLException {
        return new FilingItem(
                row.getObject("task_id", UUID.class),
                row.getInt("position"),
                row.getObject("evidence_id", UUID.class),
                FilingItem.State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getObject("run_id", UUID.class),
                row.getObject("upload_id", UUID.class),
                row.getObject("size_bytes", Long.class),
                row.getString("sha256"),
                row.getString("sha512"),
                row.getObject("crc32", Long.class),
                row.getString("tag"));
    }
}
