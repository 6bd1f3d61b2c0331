package org.tiezheng.archive.operations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What tables and sequences the database has, read from its own catalogue. */
final class Schema {
    /** Flyway's own table: made by migrating, not by copying. */
    static final String HISTORY = "flyway_schema_history";

    private Schema() {}

    /** A name as SQL writes it. */
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Tables by name, with their columns but for those the database computes. */
    static Map<String, List<String>> tables(Connection connection) throws SQLException {
        Map<String, List<String>> columns = new TreeMap<>();
        each(
                connection,
                "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                        + " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0"
                        + " and not a.attisdropped and a.attgenerated = '' and c.relname <> '" + HISTORY
                        + "' order by c.relname, a.attnum",
                row -> columns.computeIfAbsent(row.getString(1), name -> new ArrayList<>())
                        .add(row.getString(2)));
        return columns;
    }

    /** @param definition as {@code alter table … add constraint NAME} takes it */
    record Reference(String table, String name, String definition) {}

    /** References between tables. Tables may refer to each other in circles, so no order of copying satisfies them. */
    static List<Reference> references(Connection connection) throws SQLException {
        List<Reference> references = new ArrayList<>();
        each(
                connection,
                "select c.relname, k.conname, pg_get_constraintdef(k.oid) from pg_constraint k"
                        + " join pg_class c on c.oid = k.conrelid where k.contype = 'f'"
                        + " and c.relnamespace = 'public'::regnamespace order by 1, 2",
                row -> references.add(new Reference(row.getString(1), row.getString(2), row.getString(3))));
        return references;
    }

    static List<BackupManifest.Sequence> sequences(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        each(
                connection,
                "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' order by 1",
                row -> names.add(row.getString(1)));
        List<BackupManifest.Sequence> sequences = new ArrayList<>();
        for (String name : names) {
            each(
                    connection,
                    "select last_value, is_called from " + quoted(name),
                    row -> sequences.add(new BackupManifest.Sequence(name, row.getLong(1), row.getBoolean(2))));
        }
        return sequences;
    }

    static List<BackupManifest.Migration> migrations(Connection connection) throws SQLException {
        List<BackupManifest.Migration> migrations = new ArrayList<>();
        each(
                connection,
                "select version, description, checksum from " + HISTORY
                        + " where success and version is not null order by installed_rank",
                row -> migrations.add(new BackupManifest.Migration(
                        row.getString(1), row.getString(2), row.getObject(3, Integer.class))));
        return migrations;
    }

    /** True if there is such a table and it has rows. */
    static boolean hasRows(Connection connection, String table) throws SQLException {
        List<Boolean> exists = new ArrayList<>();
        each(
                connection,
                "select to_regclass('public." + table + "') is not null",
                row -> exists.add(row.getBoolean(1)));
        if (!exists.get(0)) {
            return false;
        }
        List<Boolean> rows = new ArrayList<>();
        each(connection, "select exists (select 1 from " + quoted(table) + ")", row -> rows.add(row.getBoolean(1)));
        return rows.get(0);
    }

    interface Row {
        void read(ResultSet row) throws SQLException;
    }

    static void each(Connection connection, String sql, Row reader) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                reader.read(row);
            }
        }
    }
}
