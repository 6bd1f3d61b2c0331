package org.tiezheng.archive.operations;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainReport;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.database.Migrations;

/**
 * Puts a backup into an empty database.
 *
 * <p>The schema is first made as the backup had it, the rows are copied in one transaction, then later migrations run: so a
 * newer server reads an older one's backup. A crash leaves a database without audit events, which the next restore empties.
 */
public final class Restore {
    private final DataSource owner;
    private final Path secrets;

    /** @param secrets the folder {@code secrets} of the new server */
    public Restore(DataSource owner, Path secrets) {
        this.owner = owner;
        this.secrets = secrets;
    }

    /** @param chain of the restored audit log, against the head the backup noted */
    public record Done(int tables, long rows, String createdAt, ChainReport chain) {}

    /**
     * Restores {@code file}.
     *
     * @throws IOException if the file is damaged, of a newer server, or the database or the secrets are in use; nothing has
     *     been changed then
     * @throws SQLException if the database failed; it holds no data then
     */
    public Done read(Path file) throws IOException, SQLException {
        try (BackupFile backup = BackupFile.open(file)) {
            backup.check();
            BackupManifest manifest = backup.manifest();
            requireKnown(manifest);
            requireSecretsFit(backup);
            try (Connection connection = owner.getConnection()) {
                if (Schema.hasRows(connection, "audit_event")) {
                    throw new IOException("the database is in use: restore into an empty one (another --data)");
                }
                clear(connection);
            }
            writeSecrets(backup);
            List<String> versions = manifest.migrations().stream()
                    .map(BackupManifest.Migration::version)
                    .toList();
            Migrations.runOnly(owner, versions);
            long rows;
            try (Connection connection = owner.getConnection()) {
                connection.setAutoCommit(false);
                rows = copy(connection, backup);
                connection.commit();
            }
            Migrations.run(owner);
            ChainReport chain = new ChainVerifier(owner)
                    .verify(ChainHead.parse(manifest.auditHead()).stream().toList());
            return new Done(manifest.tables().size(), rows, manifest.createdAt(), chain);
        }
    }

    /** Every migration of the backup is one of ours, unchanged. */
    private void requireKnown(BackupManifest manifest) throws IOException {
        Map<String, Integer> ours = Migrations.checksums(owner);
        for (BackupManifest.Migration migration : manifest.migrations()) {
            Integer checksum = ours.get(migration.version());
            if (checksum == null || !checksum.equals(migration.checksum())) {
                throw new IOException("the backup was made by another or newer version of the server: migration "
                        + migration.version() + " (" + migration.description() + ") is not the one known here");
            }
        }
    }

    private void requireSecretsFit(BackupFile backup) throws IOException {
        for (BackupManifest.Secret secret : backup.manifest().secrets()) {
            Path file = secrets.resolve(secret.name());
            if (Files.exists(file)) {
                byte[] present = Files.readAllBytes(file);
                try (InputStream in = backup.read(secret.entry())) {
                    if (!java.util.Arrays.equals(present, in.readAllBytes())) {
                        throw new IOException(file + " exists and is another than in the backup: restore into an empty"
                                + " data folder");
                    }
                }
            }
        }
    }

    /** Before the rows: whatever happens then, what they need to be read is there. */
    private void writeSecrets(BackupFile backup) throws IOException {
        for (BackupManifest.Secret secret : backup.manifest().secrets()) {
            Path file = secrets.resolve(secret.name());
            if (Files.exists(file)) {
                continue;
            }
            Path temporary = Files.createTempFile(
                    secrets,
                    secret.name(),
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (InputStream in = backup.read(secret.entry())) {
                Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
                Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** What a server that never ran, or an interrupted restore, left: a schema without data. */
    private static void clear(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop schema public cascade");
            statement.execute("create schema public");
        }
    }

    private static long copy(Connection connection, BackupFile backup) throws SQLException, IOException {
        Map<String, BackupManifest.Table> saved = new HashMap<>();
        backup.manifest().tables().forEach(table -> saved.put(table.name(), table));
        Map<String, List<String>> tables = Schema.tables(connection);
        if (!tables.keySet().equals(saved.keySet())) {
            throw new IOException("the backup's tables are not those of its migrations");
        }
        List<Schema.Reference> references = Schema.references(connection);
        long rows = 0;
        try (Statement statement = connection.createStatement()) {
            for (Schema.Reference reference : references) {
                statement.execute("alter table " + Schema.quoted(reference.table()) + " drop constraint "
                        + Schema.quoted(reference.name()));
            }
            // Triggers have fired when these rows were first written; and the audit log's refuses to be emptied.
            for (String table : tables.keySet()) {
                statement.execute("alter table " + Schema.quoted(table) + " disable trigger user");
            }
            // Rows that migrations put in are in the backup too.
            statement.execute(
                    "truncate " + tables.keySet().stream().map(Schema::quoted).collect(Collectors.joining(", ")));
            for (String name : tables.keySet()) {
                BackupManifest.Table table = saved.get(name);
                if (table != null) {
                    rows += copy(connection, table, backup);
                }
            }
            for (BackupManifest.Sequence sequence : backup.manifest().sequences()) {
                statement.execute("select setval('public." + Schema.quoted(sequence.name()) + "', " + sequence.value()
                        + ", " + sequence.called() + ")");
            }
            for (String table : tables.keySet()) {
                statement.execute("alter table " + Schema.quoted(table) + " enable trigger user");
            }
            for (Schema.Reference reference : references) {
                statement.execute("alter table " + Schema.quoted(reference.table()) + " add constraint "
                        + Schema.quoted(reference.name()) + " " + reference.definition());
            }
        }
        return rows;
    }

    private static long copy(Connection connection, BackupManifest.Table table, BackupFile backup)
            throws SQLException, IOException {
        try (InputStream in = backup.read(table.entry())) {
            long rows = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn(
                            "copy " + Schema.quoted(table.name()) + " (" + BackupFile.columnList(table.columns())
                                    + ") from stdin",
                            in);
            if (rows != table.rows()) {
                throw new IOException(table.name() + ": " + rows + " rows read, " + table.rows() + " written");
            }
            return rows;
        }
    }
}
