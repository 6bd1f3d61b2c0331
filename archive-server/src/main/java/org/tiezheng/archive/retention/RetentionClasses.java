package org.tiezheng.archive.retention;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.web.Format;

/** The classes, as dated data. Reads only; rows are added by two persons. Safe for use by many threads. */
public final class RetentionClasses {
    private final JdbcClient jdbc;
    private final Clock clock;

    public RetentionClasses(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** Today in Beijing: the day that decides which row is in force. */
    LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), Format.BEIJING);
    }

    /** The row of each class that is in force today, longest first. */
    public List<RetentionClass> inForce() {
        return inForce(today());
    }

    /** The row of each class in force on {@code day}, longest first. */
    public List<RetentionClass> inForce(LocalDate day) {
        Map<String, RetentionClass> found = new LinkedHashMap<>();
        jdbc.sql("""
                        select * from retention_class where valid_from <= :day and (valid_to is null or valid_to >= :day)
                        order by class_id, valid_from desc, row_id desc""")
                .param("day", day)
                .query(RetentionClasses::row)
                .list()
                .forEach(row -> found.putIfAbsent(row.classId(), row));
        return found.values().stream()
                .sorted((one, other) -> one.classId().equals(other.classId())
                        ? 0
                        : one.isAtLeast(other)
                                ? (other.isAtLeast(one) ? one.classId().compareTo(other.classId()) : -1)
                                : 1)
                .toList();
    }

    /** The row of a class in force on {@code day}. */
    public Optional<RetentionClass> find(String classId, LocalDate day) {
        return jdbc.sql("""
                        select * from retention_class where class_id = :id and valid_from <= :day
                            and (valid_to is null or valid_to >= :day)
                        order by valid_from desc, row_id desc limit 1""")
                .param("id", classId)
                .param("day", day)
                .query(RetentionClasses::row)
                .optional();
    }

    /** Every row ever, newest first within each class. */
    public List<RetentionClass> all() {
        return jdbc.sql("select * from retention_class order by class_id, valid_from desc, row_id desc")
                .query(RetentionClasses::row)
                .list();
    }

    private static RetentionClass row(ResultSet row, int number) throws SQLException {
        int years = row.getInt("years");
        Integer orNull = row.wasNull() ? null : years;
        return new RetentionClass(
                row.getLong("row_id"),
                row.getString("class_id"),
                orNull,
                row.getString("title_zh"),
                row.getString("title_en"),
                row.getString("approval_doc"),
                row.getObject("valid_from", LocalDate.class),
                row.getObject("valid_to", LocalDate.class),
                row.getString("note"));
    }

    static @Nullable LocalDate day(ResultSet row, String column) throws SQLException {
        return row.getObject(column, LocalDate.class);
    }
}
