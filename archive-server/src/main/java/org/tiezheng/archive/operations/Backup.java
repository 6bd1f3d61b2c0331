package org.tiezheng.archive.operations;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.tiezheng.archive.audit.ChainHead;

/**
 * Writes the database into one file while the server runs: all tables as they were at one moment, in PostgreSQL's COPY text
 * form, and the secrets that encrypt or sign what is in them. The objects are not in it: their store has its own copies.
 *
 * <p>No program of PostgreSQL is needed, and any version of it can read the file back: this is also the way to a new major
 * version.
 */
public final class Backup {
    private final DataSource owner;
    private final Path secrets;
    private final Clock clock;

    /** @param secrets the folder {@code secrets} of the server */
    public Backup(DataSource owner, Path secrets, Clock clock) {
        this.owner = owner;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** @param tables how many */
    public record Done(int tables, long rows, long sizeBytes, ChainHead auditHead) {}

    /**
     * Writes {@code file}, readable by its owner only (0600): it holds secrets. It appears under its name when it is complete
     * and flushed; an interrupted backup leaves {@code FILE.new}.
     *
     * @throws FileAlreadyExistsException if there is such a file
     */
    public Done write(Path file) throws IOException, SQLException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        BackupManifest manifest;
        try (FileChannel channel = FileChannel.open(
                        temporary,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                ZipOutputStream zip =
                        new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16))) {
            manifest = write(zip);
            zip.finish();
            zip.flush();
            channel.force(true);
        }
        // What was written can be read: better known now than at the restore.
        try (BackupFile written = BackupFile.open(temporary)) {
            written.check();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return new Done(
                manifest.tables().size(),
                manifest.tables().stream().mapToLong(BackupManifest.Table::rows).sum(),
                Files.size(file),
                ChainHead.parse(manifest.auditHead()).orElse(ChainHead.EMPTY));
    }

    private BackupManifest write(ZipOutputStream zip) throws IOException, SQLException {
        List<BackupManifest.Table> tables = new ArrayList<>();
        List<BackupManifest.Secret> kept = new ArrayList<>();
        try (Connection connection = owner.getConnection()) {
            // One snapshot for all tables.
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            for (Map.Entry<String, List<String>> table :
                    Schema.tables(connection).entrySet()) {
                tables.add(copy(connection, table.getKey(), table.getValue(), zip));
            }
            for (Path secret : secretFiles()) {
                kept.add(keep(secret, zip));
            }
            List<ChainHead> head = new ArrayList<>();
            Schema.each(
                    connection,
                    "select seq, hash from audit_event order by seq desc limit 1",
                    row -> head.add(new ChainHead(row.getLong(1), row.getString(2))));
            BackupManifest manifest = new BackupManifest(
                    BackupManifest.FORMAT,
                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                    connection.getMetaData().getDatabaseProductVersion(),
                    (head.isEmpty() ? ChainHead.EMPTY : head.get(0)).toString(),
                    Schema.migrations(connection),
                    tables,
                    Schema.sequences(connection),
                    kept);
            connection.rollback();
            zip.putNextEntry(new ZipEntry(BackupManifest.ENTRY));
            zip.write(BackupManifest.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
            zip.closeEntry();
            return manifest;
        }
    }

    private static BackupManifest.Table copy(
            Connection connection, String table, List<String> columns, ZipOutputStream zip)
            throws IOException, SQLException {
        BackupManifest.Table empty = new BackupManifest.Table(table, columns, 0, 0, "");
        zip.putNextEntry(new ZipEntry(empty.entry()));
        Counting counting = new Counting(zip);
        long rows = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut(
                        "copy " + Schema.quoted(table) + " (" + BackupFile.columnList(columns) + ") to stdout",
                        counting);
        zip.closeEntry();
        return new BackupManifest.Table(table, columns, rows, counting.size, counting.hex());
    }

    /** All but the passwords of the database, which belong to the server and not to what it keeps. */
    private List<Path> secretFiles() throws IOException {
        if (!Files.isDirectory(secrets)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(secrets)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> BackupFile.isSecretName(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    private static BackupManifest.Secret keep(Path secret, ZipOutputStream zip) throws IOException {
        String name = secret.getFileName().toString();
        zip.putNextEntry(new ZipEntry("secrets/" + name));
        Counting counting = new Counting(zip);
        Files.copy(secret, counting);
        zip.closeEntry();
        return new BackupManifest.Secret(name, counting.hex());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Digest and size of what passes; closing it leaves the zip open. */
    private static final class Counting extends FilterOutputStream {
        private final MessageDigest digest;
        private long size;

        Counting(OutputStream zip) {
            this(zip, sha256());
        }

        private Counting(OutputStream zip, MessageDigest digest) {
            super(new DigestOutputStream(zip, digest));
            this.digest = digest;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            size++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            size += length;
        }

        @Override
        public void close() {
            // The zip goes on.
        }

        String hex() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }

    /** Secrets that are never in a backup. */
    static final Set<String> OWN_SECRETS = Set.of("database-superuser", "database-owner", "database-app");
}
