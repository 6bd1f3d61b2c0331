package org.tiezheng.archive.filing.check;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
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
import org.tiezheng.archive.filing.check.CheckResult.Result;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Runs of the check and what persons answered, as they are kept. Safe for use by many threads. */
public final class CheckRuns {
    private static final int MAX_NOTE = 1000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public CheckRuns(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** Begins a run. If we die before it ends, it stays RUNNING; the task that it belongs to makes another. */
    UUID begin(UUID evidenceId, Profile profile, String ruleVersion, Actor by) {
        UUID id = UUID.randomUUID();
        transactions.executeWithoutResult(status -> {
            // Of this evidence nothing else runs now: what is still RUNNING died.
            jdbc.sql("""
                            update check_run set state = 'FAILED', failure = 'the server was stopped', finished_at = :at
                            where evidence_id = :evidence and state = 'RUNNING' and started_at < :old""")
                    .param("evidence", evidenceId)
                    .param("at", Timestamp.from(clock.instant()))
                    .param("old", Timestamp.from(clock.instant().minusSeconds(3600)))
                    .update();
            jdbc.sql("""
                            insert into check_run (id, evidence_id, profile, rule_version, state, operator, operator_name,
                                started_at)
                            values (:id, :evidence, :profile, :version, 'RUNNING', :by, :name, :at)""")
                    .param("id", id)
                    .param("evidence", evidenceId)
                    .param("profile", profile.name())
                    .param("version", ruleVersion)
                    .param("by", by.id())
                    .param("name", by.name())
                    .param("at", Timestamp.from(clock.instant()))
                    .update();
        });
        return id;
    }

    /** Ends a run with its results; one audit event in the same transaction. */
    void done(UUID id, UUID evidenceId, Profile profile, List<CheckResult> results, CheckOutcome outcome, Actor by) {
        transactions.executeWithoutResult(status -> {
            int position = 0;
            for (CheckResult result : results) {
                ArrayNode arguments = JsonMapper.shared().createArrayNode();
                result.arguments().forEach(arguments::add);
                Map<String, @Nullable Object> row = new HashMap<>();
                row.put("id", id);
                row.put("position", position++);
                row.put("code", result.item().code(profile));
                row.put("result", result.result().name());
                row.put("detail", result.detail());
                row.put("arguments", arguments.toString());
                jdbc.sql("""
                                insert into check_result (run_id, position, code, result, detail, arguments)
                                values (:id, :position, :code, :result, :detail, :arguments::jsonb)""").params(row).update();
            }
            end(id, CheckRun.State.DONE, outcome, null);
            audit.append(new AuditEvent(
                    by,
                    "evidence.check",
                    "evidence",
                    evidenceId.toString(),
                    null,
                    outcome == CheckOutcome.BLOCK ? AuditEvent.Result.FAILED : AuditEvent.Result.OK,
                    profile + " " + outcome + ", run " + id,
                    null));
        });
    }

    /** Ends a run without results. */
    void ended(UUID id, CheckRun.State state, @Nullable String failure) {
        transactions.executeWithoutResult(status -> end(id, state, null, failure));
    }

    private void end(UUID id, CheckRun.State state, @Nullable CheckOutcome outcome, @Nullable String failure) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", id);
        row.put("state", state.name());
        row.put("outcome", outcome == null ? null : outcome.name());
        row.put("failure", failure);
        row.put("at", Timestamp.from(clock.instant()));
        jdbc.sql("""
                        update check_run set state = :state, outcome = :outcome, failure = :failure, finished_at = :at
                        where id = :id""").params(row).update();
    }

    public Optional<CheckRun> find(UUID id) {
        return jdbc.sql("select * from check_run where id = :id")
                .param("id", id)
                .query((row, number) -> run(row, true))
                .optional();
    }

    /** Of an evidence, newest first, without results; at most 100. */
    public List<CheckRun> of(UUID evidenceId) {
        return jdbc.sql("select * from check_run where evidence_id = :id order by started_at desc, id limit 100")
                .param("id", evidenceId)
                .query((row, number) -> run(row, false))
                .list();
    }

    /**
     * A person's answer to an item that the check left open. A later answer to the same item takes its place.
     *
     * @throws Problem 404, 409 if the item was not left open, 400 without a note
     */
    public void answer(UUID runId, CheckItem item, Result result, String note, Actor by) {
        String text = note.strip();
        if (text.isEmpty() || text.length() > MAX_NOTE || !AuthenticityRules.isClean(text)) {
            throw Problem.invalid("note", text.isEmpty() ? "required" : "invalid");
        }
        if (result == Result.MANUAL) {
            throw Problem.invalid("result", "invalid");
        }
        transactions.executeWithoutResult(status -> {
            CheckRun run = find(runId).orElseThrow(() -> Problem.notFound(runId.toString()));
            boolean open = run.results().stream().anyMatch(one -> one.item() == item && one.result() == Result.MANUAL);
            if (!open) {
                throw Problem.of(HttpStatus.CONFLICT, "filing.not-open", item.code(run.profile()));
            }
            jdbc.sql("""
                            insert into check_answer (run_id, code, result, note, answered_at, answered_by, answered_by_name)
                            values (:run, :code, :result, :note, :at, :by, :name)""")
                    .param("run", runId)
                    .param("code", item.code(run.profile()))
                    .param("result", result.name())
                    .param("note", text)
                    .param("at", Timestamp.from(clock.instant()))
                    .param("by", by.id())
                    .param("name", by.name())
                    .update();
            audit.append(new AuditEvent(
                    by,
                    "evidence.check-answer",
                    "evidence",
                    run.evidenceId().toString(),
                    null,
                    AuditEvent.Result.OK,
                    item.code(run.profile()) + " " + result + ": " + text,
                    null));
        });
    }

    private CheckRun run(ResultSet row, boolean whole) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        OffsetDateTime finished = row.getObject("finished_at", OffsetDateTime.class);
        String outcome = row.getString("outcome");
        return new CheckRun(
                id,
                row.getObject("evidence_id", UUID.class),
                Profile.valueOf(row.getString("profile")),
                row.getString("rule_version"),
                CheckRun.State.valueOf(row.getString("state")),
                outcome == null ? null : CheckOutcome.valueOf(outcome),
                row.getString("operator"),
                row.getString("operator_name"),
                row.getObject("started_at", OffsetDateTime.class).toInstant(),
                finished == null ? null : finished.toInstant(),
                row.getString("failure"),
                whole ? results(id) : List.of(),
                whole ? answers(id) : List.of());
    }

    private List<CheckResult> results(UUID id) {
        return jdbc.sql("select code, result, detail, arguments::text as arguments from check_result"
                        + " where run_id = :id order by position")
                .param("id", id)
                .query((row, number) -> {
                    List<String> arguments = new ArrayList<>();
                    for (JsonNode one : JsonMapper.shared().readTree(row.getString("arguments"))) {
                        arguments.add(one.asString());
                    }
                    return new CheckResult(
                            item(row.getString("code")),
                            Result.valueOf(row.getString("result")),
                            row.getString("detail"),
                            arguments);
                })
                .list();
    }

    private List<CheckRun.Answer> answers(UUID id) {
        return jdbc.sql("select distinct on (code) * from check_answer where run_id = :run order by code, id desc")
                .param("run", id)
                .query((row, number) -> new CheckRun.Answer(
                        item(row.getString("code")),
                        Result.valueOf(row.getString("result")),
                        row.getString("note"),
                        time(row, "answered_at"),
                        row.getString("answered_by"),
                        row.getString("answered_by_name")))
                .list();
    }

    private static CheckItem item(String code) throws SQLException {
        return CheckItem.ofCode(code).orElseThrow(() -> new SQLException("no item " + code));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
