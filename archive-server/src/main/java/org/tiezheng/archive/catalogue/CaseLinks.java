package org.tiezheng.archive.catalogue;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;

/**
 * What evidence belongs to: clue, case, fact to prove, shop, platform; and that a person has looked at an automatic capture.
 *
 * <p>Nothing is overwritten: each link is a row more, the newest of a kind is in force. Evidence may be free and linked later.
 */
public final class CaseLinks {
    private static final int MAX_REASON = 1000;

    private final JdbcClient jdbc;
    private final SearchIndex searchIndex;
    private final EvidenceCatalogue catalogue;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final List<LinkListener> listeners;

    public CaseLinks(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        this(jdbc, catalogue, transactions, audit, clock, List.of());
    }

    /** @param listeners told of every link */
    public CaseLinks(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            List<? extends LinkListener> listeners) {
        this.listeners = List.copyOf(listeners);
        this.jdbc = jdbc;
        this.searchIndex = new SearchIndex(jdbc);
        this.catalogue = catalogue;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** What a link is to, and the longest text of it in characters. */
    public enum Kind {
        CLUE("clue_no", 100),
        CASE("case_no", 100),
        FACT("fact_to_prove", 1000),
        SHOP("shop", 200),
        PLATFORM("platform", 200);

        private final String column;
        private final int longest;

        Kind(String column, int longest) {
            this.column = column;
            this.longest = longest;
        }

        public int longest() {
            return longest;
        }
    }

    /**
     * One link as it was made.
     *
     * @param value null: from then on there is none
     * @param caseType of a CASE, if it was said with the link
     */
    public record Link(
            Kind kind,
            @Nullable String value,
            @Nullable CaseType caseType,
            @Nullable String reason,
            Instant linkedAt,
            String linkedBy,
            String linkedByName) {}

    /** Somebody looked at an automatic capture. */
    public record Review(String name, String note, Instant reviewedAt) {}

    /** All links ever made, oldest first. */
    public List<Link> of(UUID evidenceId) {
        return jdbc.sql("select * from evidence_link where evidence_id = :id order by id")
                .param("id", evidenceId)
                .query((row, number) -> new Link(
                        Kind.valueOf(row.getString("kind")),
                        row.getString("value"),
                        row.getString("case_type") == null ? null : CaseType.valueOf(row.getString("case_type")),
                        row.getString("reason"),
                        EvidenceCatalogue.time(row, "linked_at"),
                        row.getString("linked_by"),
                        row.getString("linked_by_name")))
                .list();
    }

    /**
     * Links, or lifts a link.
     *
     * @param value null or blank to lift it
     * @return the evidence afterwards
     * @throws Problem 404 if there is no such evidence, 400 if a text is too long
     */
    public Evidence link(UUID evidenceId, Kind kind, @Nullable String value, @Nullable String reason, Actor by) {
        return link(evidenceId, kind, value, null, reason, by);
    }

    /**
     * As {@link #link(UUID, Kind, String, String, Actor)}.
     *
     * @param caseType what type of case this is, said of the whole case; only with a CASE. Null: nothing is said
     */
    public Evidence link(
            UUID evidenceId,
            Kind kind,
            @Nullable String value,
            @Nullable CaseType caseType,
            @Nullable String reason,
            Actor by) {
        String text = text("value", value, kind.longest());
        String why = text("reason", reason, MAX_REASON);
        if (caseType != null && (kind != Kind.CASE || text == null)) {
            throw Problem.invalid("caseType", "invalid");
        }
        Evidence after = transactions.execute(status -> {
            Evidence before = locked(evidenceId);
            Instant now = clock.instant();
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", evidenceId);
            row.put("kind", kind.name());
            row.put("value", text);
            row.put("caseType", caseType == null ? null : caseType.name());
            row.put("reason", why);
            row.put("at", Timestamp.from(now));
            row.put("by", by.id());
            row.put("name", by.name());
            jdbc.sql("""
                            insert into evidence_link (evidence_id, kind, value, case_type, reason, linked_at, linked_by,
                                linked_by_name)
                            values (:id, :kind, :value, :caseType, :reason, :at, :by, :name)""").params(row).update();
            jdbc.sql("update evidence set " + kind.column + " = :value, version = version + 1 where id = :id")
                    .params(row)
                    .update();
            Evidence linked = catalogue.find(evidenceId).orElseThrow();
            searchIndex.renew(linked);
            listeners.forEach(listener -> listener.linked(linked, kind, caseType, why, by));
            audit.append(new AuditEvent(
                    by,
                    "evidence.link",
                    "evidence",
                    evidenceId.toString(),
                    before.sha256().hex(),
                    AuditEvent.Result.OK,
                    kind + ": " + (text == null ? "-" : text) + (caseType == null ? "" : ", " + caseType)
                            + (why == null ? "" : " (" + why + ")"),
                    null));
            return linked;
        });
        return Objects.requireNonNull(after);
    }

    /** In order. */
    public List<Review> reviews(UUID evidenceId) {
        return jdbc.sql("select name, note, reviewed_at from automatic_review where evidence_id = :id order by id")
                .param("id", evidenceId)
                .query((row, number) -> new Review(
                        row.getString("name"), row.getString("note"), EvidenceCatalogue.time(row, "reviewed_at")))
                .list();
    }

    /**
     * Says that a person has looked at an automatic capture.
     *
     * @param note what was looked at and found
     * @throws Problem 409 if it is no automatic capture
     */
    public Evidence review(UUID evidenceId, String note, Actor by) {
        String text = text("note", note, MAX_REASON);
        if (text == null) {
            throw Problem.invalid("note", "required");
        }
        Evidence after = transactions.execute(status -> {
            Evidence before = locked(evidenceId);
            if (!before.automatic()) {
                throw Problem.of(HttpStatus.CONFLICT, "catalogue.not-automatic");
            }
            Instant now = clock.instant();
            jdbc.sql("""
                            insert into automatic_review (evidence_id, account_id, name, note, reviewed_at)
                            values (:id, :account, :name, :note, :at)""")
                    .param("id", evidenceId)
                    .param("account", by.id())
                    .param("name", by.name())
                    .param("note", text)
                    .param("at", Timestamp.from(now))
                    .update();
            jdbc.sql("""
                            update evidence set reviewed_at = coalesce(reviewed_at, :at), version = version + 1
                            where id = :id""")
                    .param("id", evidenceId)
                    .param("at", Timestamp.from(now))
                    .update();
            audit.append(new AuditEvent(
                    by,
                    "evidence.review",
                    "evidence",
                    evidenceId.toString(),
                    before.sha256().hex(),
                    AuditEvent.Result.OK,
                    text,
                    null));
            return catalogue.find(evidenceId).orElseThrow();
        });
        return Objects.requireNonNull(after);
    }

    private Evidence locked(UUID id) {
        boolean there = jdbc.sql("select 1 from evidence where id = :id for update")
                .param("id", id)
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!there) {
            throw Problem.notFound(id.toString());
        }
        Evidence evidence = catalogue.find(id).orElseThrow();
        if (evidence.disposedAt() != null) {
            throw EvidenceAccess.disposed(evidence);
        }
        return evidence;
    }

    private static @Nullable String text(String field, @Nullable String value, int most) {
        if (value == null || value.isBlank()) {
            return null;
        }
        String text = value.strip();
        if (text.length() > most) {
            throw Problem.invalid(field, "too-long", most);
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')) {
            throw Problem.invalid(field, "invalid");
        }
        return String.valueOf(CatalogueWriter.storable(text));
    }
}
