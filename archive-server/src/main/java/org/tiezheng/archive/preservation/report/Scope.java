package org.tiezheng.archive.preservation.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which part of the archive a report is about; null means all. What concerns the archive as a whole (stores, audit log, accounts) is
 * reported in any case.
 *
 * @param store {@code objects} or {@code custodian}: copies elsewhere are not counted
 * @param caseNo evidence linked to this case now
 * @param fonds evidence filed in this fonds
 * @param unit evidence that an officer of this unit confirmed
 * @param retentionClass evidence of this retention class
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Scope(
        @Nullable String store,
        @JsonProperty("case") @Nullable String caseNo,
        @Nullable String fonds,
        @Nullable String unit,
        @JsonProperty("class") @Nullable String retentionClass) {
    public static final Scope EVERYTHING = new Scope(null, null, null, null, null);

    public Scope {
        store = blankToNull(store);
        caseNo = blankToNull(caseNo);
        fonds = blankToNull(fonds);
        unit = blankToNull(unit);
        retentionClass = blankToNull(retentionClass);
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    /** Whether every package is in it. */
    boolean isEveryPackage() {
        return caseNo == null && fonds == null && unit == null && retentionClass == null;
    }

    /**
     * The packages of this scope as a condition on {@code evidence e}, with its parameters.
     *
     * @param sql begins with {@code and}, or is empty
     */
    record Selection(String sql, Map<String, Object> parameters) {}

    Selection selection() {
        List<String> conditions = new ArrayList<>();
        Map<String, Object> parameters = new HashMap<>();
        add(conditions, parameters, caseNo, "scopeCase", "e.case_no = :scopeCase");
        add(
                conditions,
                parameters,
                fonds,
                "scopeFonds",
                "exists (select 1 from filed f where f.evidence_id = e.id and f.fonds_no = :scopeFonds)");
        add(
                conditions,
                parameters,
                unit,
                "scopeUnit",
                "exists (select 1 from confirmation c where c.evidence_id = e.id and c.unit = :scopeUnit)");
        add(
                conditions,
                parameters,
                retentionClass,
                "scopeClass",
                "exists (select 1 from evidence_retention r where r.evidence_id = e.id and r.class_id = :scopeClass)");
        return new Selection(conditions.isEmpty() ? "" : " and " + String.join(" and ", conditions), parameters);
    }

    private static void add(
            List<String> conditions,
            Map<String, Object> parameters,
            @Nullable String value,
            String name,
            String condition) {
        if (value != null) {
            conditions.add(condition);
            parameters.put(name, value);
        }
    }
}
