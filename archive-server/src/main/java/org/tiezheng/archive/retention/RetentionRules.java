package org.tiezheng.archive.retention;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.web.Format;

/**
 * Which class evidence gets, from the type of its case, and when its period begins and ends. Rules are dated data; a gap in them
 * means for ever, never shorter. Safe for use by many threads.
 *
 * <p>Source of the shipped rows: domain rules B4, to be approved locally.
 */
public final class RetentionRules {
    private static final LocalDate NEVER = LocalDate.EPOCH;

    /** Holds where no rule is in force: for ever. */
    private static final RetentionRule NO_RULE = new RetentionRule(
            0,
            "NONE",
            CaseType.UNSPECIFIED,
            "PERMANENT",
            RetentionRule.Begins.END_OF_CLOSING_YEAR,
            null,
            NEVER,
            null,
            null);

    private static final RetentionClass NO_CLASS =
            new RetentionClass(0, "PERMANENT", null, "永久", "permanent", null, NEVER, null, null);

    private final JdbcClient jdbc;
    private final RetentionClasses classes;
    private final RetentionSettings settings;
    private final Clock clock;

    public RetentionRules(JdbcClient jdbc, RetentionClasses classes, RetentionSettings settings, Clock clock) {
        this.jdbc = jdbc;
        this.classes = classes;
        this.settings = settings;
        this.clock = clock;
    }

    /** The rule for a type of case that is in force on {@code day}. */
    public Optional<RetentionRule> find(CaseType type, LocalDate day) {
        return jdbc.sql("""
                        select * from retention_rule where case_type = :type and valid_from <= :day
                            and (valid_to is null or valid_to >= :day)
                        order by valid_from desc, row_id desc limit 1""")
                .param("type", type.name())
                .param("day", day)
                .query(RetentionRules::row)
                .optional();
    }

    /** Every row ever, newest first within each type of case. */
    public List<RetentionRule> all() {
        return jdbc.sql("select * from retention_rule order by case_type, valid_from desc, row_id desc")
                .query(RetentionRules::row)
                .list();
    }

    /** What was last said of a case; empty if nothing was. */
    public Optional<CaseState> caseState(String caseNo) {
        return jdbc.sql("select * from retention_case where case_no = :case order by id desc limit 1")
                .param("case", caseNo)
                .query(RetentionRules::caseRow)
                .optional();
    }

    /** What the rules of today say. */
    public Assessment assess(@Nullable String caseNo, Instant capturedTo) {
        LocalDate today = classes.today();
        Optional<CaseState> known = caseNo == null ? Optional.empty() : caseState(caseNo);
        CaseType type =
                caseNo == null ? CaseType.NO_CASE : known.map(CaseState::type).orElse(CaseType.UNSPECIFIED);
        RetentionRule rule = find(type, today).orElse(NO_RULE);
        RetentionClass klass = classes.find(rule.classId(), today).orElse(NO_CLASS);
        LocalDate closed = known.map(CaseState::closedOn).orElse(null);
        return new Assessment(type, rule, klass, begins(rule.begins(), capturedTo, closed));
    }

    /** Rows in force today for a type of case, 0 where none is. */
    record Rows(long rule, long klass) {}

    Rows rowsInForce(CaseType type) {
        LocalDate today = classes.today();
        RetentionRule rule = find(type, today).orElse(NO_RULE);
        return new Rows(
                rule.rowId(),
                classes.find(rule.classId(), today).orElse(NO_CLASS).rowId());
    }

    private static @Nullable LocalDate begins(
            RetentionRule.Begins rule, Instant capturedTo, @Nullable LocalDate closed) {
        return switch (rule) {
            case CAPTURE -> LocalDate.ofInstant(capturedTo, Format.BEIJING);
            case END_OF_CLOSING_YEAR -> closed == null ? null : LocalDate.of(closed.getYear(), 12, 31);
        };
    }

    /**
     * Until when the objects of a new package are to be locked: to the end of its period, or as far ahead as is configured where
     * that has no end yet.
     *
     * @param caseNo it will be linked to; null for none
     */
    public Instant lockOfNew(@Nullable String caseNo, Instant capturedTo) {
        Instant ends = assess(caseNo, capturedTo).endsAt();
        return ends == null ? horizon() : ends;
    }

    /** How far ahead a lock without a known end reaches when it is set now. */
    Instant horizon() {
        return clock.instant().atZone(ZoneOffset.UTC).plus(settings.horizon()).toInstant();
    }

    /** A lock without a known end that ends before this is to be extended now. */
    Instant near() {
        return clock.instant()
                .atZone(ZoneOffset.UTC)
                .plus(settings.extendBefore())
                .toInstant();
    }

    private static RetentionRule row(ResultSet row, int number) throws SQLException {
        return new RetentionRule(
                row.getLong("row_id"),
                row.getString("rule_id"),
                CaseType.valueOf(row.getString("case_type")),
                row.getString("class_id"),
                RetentionRule.Begins.valueOf(row.getString("begins")),
                row.getString("approval_doc"),
                row.getObject("valid_from", LocalDate.class),
                row.getObject("valid_to", LocalDate.class),
                row.getString("note"));
    }

    static CaseState caseRow(ResultSet row, int number) throws SQLException {
        return new CaseState(
                row.getString("case_no"),
                CaseType.valueOf(row.getString("case_type")),
                RetentionClasses.day(row, "closed_on"),
                row.getString("reason"),
                row.getString("said_by_name"),
                Objects.requireNonNull(row.getObject("said_at", OffsetDateTime.class))
                        .toInstant());
    }
}
