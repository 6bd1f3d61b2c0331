package org.tiezheng.archive.retention;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one person asks for and another decides. The one who asked can withdraw, and cannot decide. What is approved is done in the
 * transaction of the approval, or the approval is not written. Safe for use by many threads.
 */
public final class Approvals {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MOST = 500;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final Map<Approval.Kind, Matter> matters = new EnumMap<>(Approval.Kind.class);

    public Approvals(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** What becomes of a matter. Runs in the transaction of the decision; a {@link Problem} undoes it. */
    interface Matter {
        void approved(Approval approval, Actor by);

        /** Refused, or withdrawn. */
        default void ended(Approval approval, Actor by) {}
    }

    /** Called once for each kind, at the start. */
    void register(Approval.Kind kind, Matter matter) {
        matters.put(kind, matter);
    }

    /**
     * Asks. In the caller's transaction if there is one.
     *
     * @throws Problem 409 if the same is asked for already
     */
    UUID propose(Approval.Kind kind, String subject, ObjectNode content, String reason, Actor by) {
        UUID id = UUID.randomUUID();
        try {
            transactions.executeWithoutResult(status -> {
                jdbc.sql("""
                                insert into retention_approval (id, kind, subject, content, reason, proposed_by, proposed_by_name,
                                    proposed_at, state)
                                values (:id, :kind, :subject, :content::jsonb, :reason, :by, :name, :at, 'OPEN')""")
                        .param("id", id)
                        .param("kind", kind.name())
                        .param("subject", subject)
                        .param("content", content.toString())
                        .param("reason", reason)
                        .param("by", by.id())
                        .param("name", by.name())
                        .param("at", Retentions.stamp(clock.instant()))
                        .update();
                audit.append(event(by, "retention.propose", id, kind + " " + subject + ": " + reason));
            });
        } catch (DuplicateKeyException already) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.asked-already").because(already);
        }
        return id;
    }

    private static AuditEvent event(Actor by, String action, UUID id, @Nullable String reason) {
        return new AuditEvent(by, action, "approval", id.toString(), null, AuditEvent.Result.OK, reason, id.toString());
    }

    /** A second person agrees: it is done. @throws Problem 403 for who asked or has not the role, 409 if it is not open */
    public void approve(UUID id, @Nullable String note, Actor by) {
        decide(id, Approval.State.APPROVED, note, by);
    }

    /** A second person does not agree. @throws Problem as for {@link #approve} */
    public void refuse(UUID id, String note, Actor by) {
        decide(id, Approval.State.REFUSED, Texts.required("note", note), by);
    }

    /** Who asked no longer does. @throws Problem 403 for anybody else, 409 if it is not open */
    public void withdraw(UUID id, Actor by) {
        decide(id, Approval.State.WITHDRAWN, null, by);
    }

    private void decide(UUID id, Approval.State state, @Nullable String note, Actor by) {
        String refusal = refusal(id, state, by);
        if (refusal != null) {
            transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                    by,
                    "retention.decide",
                    "approval",
                    id.toString(),
                    null,
                    AuditEvent.Result.REFUSED,
                    state + ": " + refusal,
                    null)));
            throw Problem.of(HttpStatus.FORBIDDEN, refusal);
        }
        transactions.executeWithoutResult(status -> {
            Approval approval = locked(id);
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", id);
            row.put("state", state.name());
            row.put("by", by.id());
            row.put("name", by.name());
            row.put("at", Retentions.stamp(clock.instant()));
            row.put("note", Texts.optional("note", note));
            jdbc.sql("""
                            update retention_approval set state = :state, decided_by = :by, decided_by_name = :name,
                                decided_at = :at, note = :note
                            where id = :id""").params(row).update();
            Matter matter = Objects.requireNonNull(matters.get(approval.kind()), "registered at the start");
            if (state == Approval.State.APPROVED) {
                matter.approved(approval, by);
            } else {
                matter.ended(approval, by);
            }
            audit.append(event(by, "retention.decide", id, state + " " + approval.kind() + " " + approval.subject()));
        });
    }

    private @Nullable String refusal(UUID id, Approval.State state, Actor by) {
        Approval approval = find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        boolean own = approval.proposedBy().equals(by.id());
        if (state == Approval.State.WITHDRAWN) {
            return own ? null : "retention.not-yours";
        }
        if (own) {
            return "retention.own-proposal";
        }
        boolean role = Arrays.stream(by.role().split(","))
                .anyMatch(one -> one.strip().equals(approval.kind().decidedIn()));
        return role ? null : "retention.other-role";
    }

    private Approval locked(UUID id) {
        Approval approval = jdbc.sql("select * from retention_approval where id = :id for update")
                .param("id", id)
                .query(Approvals::row)
                .single();
        if (approval.state() != Approval.State.OPEN) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.decided-already");
        }
        return approval;
    }

    public Optional<Approval> find(UUID id) {
        return jdbc.sql("select * from retention_approval where id = :id")
                .param("id", id)
                .query(Approvals::row)
                .optional();
    }

    /** What waits for a decision, oldest first. */
    public List<Approval> open() {
        return jdbc.sql("select * from retention_approval where state = 'OPEN' order by proposed_at limit " + MOST)
                .query(Approvals::row)
                .list();
    }

    /** The open one about a subject. */
    public Optional<Approval> open(Approval.Kind kind, String subject) {
        return jdbc.sql("select * from retention_approval where state = 'OPEN' and kind = :kind and subject = :subject")
                .param("kind", kind.name())
                .param("subject", subject)
                .query(Approvals::row)
                .optional();
    }

    /** What was decided, latest first. */
    public List<Approval> decided(int most) {
        return jdbc.sql("select * from retention_approval where state <> 'OPEN' order by decided_at desc limit :most")
                .param("most", Math.min(most, MOST))
                .query(Approvals::row)
                .list();
    }

    static ObjectNode content() {
        return JSON.createObjectNode();
    }

    private static Approval row(ResultSet row, int number) throws SQLException {
        JsonNode content = JSON.readTree(row.getString("content"));
        return new Approval(
                row.getObject("id", UUID.class),
                Approval.Kind.valueOf(row.getString("kind")),
                row.getString("subject"),
                content,
                row.getString("reason"),
                row.getString("proposed_by"),
                row.getString("proposed_by_name"),
                Retentions.time(row, "proposed_at"),
                Approval.State.valueOf(row.getString("state")),
                row.getString("decided_by_name"),
                Retentions.timeIfAny(row, "decided_at"),
                row.getString("note"));
    }
}
