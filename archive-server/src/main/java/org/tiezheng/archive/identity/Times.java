package org.tiezheng.archive.identity;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Instants in and out of {@code timestamptz} columns. PostgreSQL keeps microseconds. */
final class Times {
    private Times() {}

    static OffsetDateTime in(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    /** The column, which is declared not null. */
    static Instant at(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant atOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
