package org.tiezheng.archive.preservation.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Columns as the sections want them. */
final class Sql {
    private Sql() {}

    static Value time(ResultSet row, String column) throws SQLException {
        return Value.time(instant(row, column));
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
