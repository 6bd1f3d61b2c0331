package org.tiezheng.archive.retention;

import java.time.Clock;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * New rows of classes and rules: a responsible leader asks, an archivist approves. Rows are never changed, and none begins in the
 * past: what was decided under the old one stays explained by it.
 */
public final class RuleEdits {
    private final JdbcClient jdbc;
    private final RetentionClasses classes;
    private final Approvals approvals;
    private final Clock clock;

    public RuleEdits(JdbcClient jdbc, RetentionClasses classes, Approvals approvals, Clock clock) {
        this.jdbc = jdbc;
        this.classes = classes;
        this.approvals = approvals;
        this.clock = clock;
        approvals.register(Approval.Kind.CLASS, this::classApproved);
        approvals.register(Approval.Kind.RULE, this::ruleApproved);
    }

    /**
     * A row as asked for.
     *
     * @param years null: for ever
     * @param approvalDoc number of the document of the bureau or archives administration; required
     * @param validFrom first day, today or later
     * @param validTo last day; null: until a later row
     */
    public record NewClass(
            String classId,
            @Nullable Integer years,
            String titleZh,
            String titleEn,
            String approvalDoc,
            LocalDate validFrom,
            @Nullable LocalDate validTo) {}

    /** A row as asked for; as {@link NewClass}. */
    public record NewRule(
            String ruleId,
            CaseType caseType,
            String classId,
            RetentionRule.Begins begins,
            String approvalDoc,
            LocalDate validFrom,
            @Nullable LocalDate validTo) {}

    public UUID propose(NewClass row, String reason, Actor by) {
        if (!row.classId().matches("[A-Z][A-Z0-9_]{0,29}")) {
            throw Problem.invalid("classId", "invalid");
        }
        Integer years = row.years();
        if (years != null && (years < 1 || years > 200)) {
            throw Problem.invalid("years", "number", 1, 200);
        }
        requireDays(row.validFrom(), row.validTo());
        ObjectNode content = Approvals.content()
                .put("classId", row.classId())
                .put("years", years)
                .put("titleZh", Texts.required("titleZh", row.titleZh()))
                .put("titleEn", Texts.required("titleEn", row.titleEn()));
        return propose(
                Approval.Kind.CLASS,
                "class " + row.classId(),
                dated(content, row.approvalDoc(), row.validFrom(), row.validTo()),
                reason,
                by);
    }

    public UUID propose(NewRule row, String reason, Actor by) {
        if (!row.ruleId().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")) {
            throw Problem.invalid("ruleId", "invalid");
        }
        if (row.caseType() == CaseType.NO_CASE && row.begins() != RetentionRule.Begins.CAPTURE) {
            throw Problem.invalid("begins", "invalid");
        }
        requireDays(row.validFrom(), row.validTo());
        requireClass(row.classId(), row.validFrom());
        ObjectNode content = Approvals.content()
                .put("ruleId", row.ruleId())
                .put("caseType", row.caseType().name())
                .put("classId", row.classId())
                .put("begins", row.begins().name());
        return propose(
                Approval.Kind.RULE,
                "rule " + row.caseType(),
                dated(content, row.approvalDoc(), row.validFrom(), row.validTo()),
                reason,
                by);
    }

    private UUID propose(Approval.Kind kind, String subject, ObjectNode content, String reason, Actor by) {
        boolean leader = Arrays.stream(by.role().split(","))
                .anyMatch(role -> role.strip().equals("RESPONSIBLE_LEADER"));
        if (!leader) {
            throw Problem.of(HttpStatus.FORBIDDEN, "retention.other-role");
        }
        return approvals.propose(kind, subject, content, Texts.required("reason", reason), by);
    }

    private static ObjectNode dated(ObjectNode content, String doc, LocalDate from, @Nullable LocalDate to) {
        return content.put("approvalDoc", Texts.required("approvalDoc", doc))
                .put("validFrom", from.toString())
                .put("validTo", to == null ? null : to.toString());
    }

    private void requireDays(LocalDate from, @Nullable LocalDate to) {
        if (from.isBefore(classes.today()) || from.getYear() > 9000) {
            throw Problem.invalid("validFrom", "invalid");
        }
        if (to != null && (to.isBefore(from) || to.getYear() > 9000)) {
            throw Problem.invalid("validTo", "invalid");
        }
    }

    private void requireClass(String classId, LocalDate day) {
        if (classes.find(classId, day).isEmpty()) {
            throw Problem.invalid("classId", "invalid");
        }
    }

    private void classApproved(Approval approval, Actor by) {
        JsonNode asked = approval.content();
        Map<String, @Nullable Object> row = row(approval, by);
        row.put("class", asked.path("classId").asString());
        row.put("years", asked.path("years").isNumber() ? asked.path("years").asInt() : null);
        row.put("zh", asked.path("titleZh").asString());
        row.put("en", asked.path("titleEn").asString());
        jdbc.sql("""
                        insert into retention_class (class_id, years, title_zh, title_en, approval_doc, valid_from, valid_to, note,
                            proposed_by, proposed_by_name, approved_by, approved_by_name, approved_at)
                        values (:class, :years, :zh, :en, :doc, :from, :to, :note, :asked, :askedName, :by, :name, :at)""").params(row).update();
    }

    private void ruleApproved(Approval approval, Actor by) {
        JsonNode asked = approval.content();
        Map<String, @Nullable Object> row = row(approval, by);
        row.put("rule", asked.path("ruleId").asString());
        row.put("type", asked.path("caseType").asString());
        row.put("class", asked.path("classId").asString());
        row.put("begins", asked.path("begins").asString());
        jdbc.sql("""
                        insert into retention_rule (rule_id, case_type, class_id, begins, approval_doc, valid_from, valid_to, note,
                            proposed_by, proposed_by_name, approved_by, approved_by_name, approved_at)
                        values (:rule, :type, :class, :begins, :doc, :from, :to, :note, :asked, :askedName, :by, :name, :at)""").params(row).update();
    }

    private Map<String, @Nullable Object> row(Approval approval, Actor by) {
        JsonNode asked = approval.content();
        LocalDate from = LocalDate.parse(asked.path("validFrom").asString());
        LocalDate to = asked.path("validTo").isString()
                ? LocalDate.parse(asked.path("validTo").asString())
                : null;
        // Approved late, it still does not begin in the past.
        requireDays(from, to);
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("doc", asked.path("approvalDoc").asString());
        row.put("from", from);
        row.put("to", to);
        row.put("note", approval.reason());
        row.put("asked", approval.proposedBy());
        row.put("askedName", approval.proposedByName());
        row.put("by", by.id());
        row.put("name", by.name());
        row.put("at", Retentions.stamp(clock.instant()));
        return row;
    }
}
