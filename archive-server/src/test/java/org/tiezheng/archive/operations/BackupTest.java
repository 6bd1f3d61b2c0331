package org.tiezheng.archive.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.database.TestDatabase;

class BackupTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T00:00:00Z"), ZoneOffset.UTC);

    private final TestDatabase database = TestDatabase.create();
    private final AuditLog audit = new AuditLog(database.jdbc(), CLOCK);

    @TempDir
    private Path folder;

    private Path backup() throws Exception {
        for (String id : List.of("一", "tab\there", "back\\slash\nline", "\\.")) {
            database.transactions()
                    .executeWithoutResult(status ->
                            audit.append(AuditEvent.ok(Actor.system("test"), "evidence.view", "evidence", id)));
        }
        Path secrets = Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(secrets.resolve("totp"), "sesame");
        Files.writeString(secrets.resolve("database-app"), "never");
        Path file = folder.resolve("b.zip");
        Backup.Done done = new Backup(database.owner(), secrets, CLOCK).write(file);
        assertThat(done.auditHead()).isEqualTo(audit.head());
        assertThat(done.rows()).isGreaterThanOrEqualTo(4);
        return file;
    }

    private Path newSecrets() throws IOException {
        return Files.createDirectories(folder.resolve("new-secrets"));
    }

    @Test
    void emptyServerBecomesTheOneThatWasSaved() throws Exception {
        Path file = backup();
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
        TestDatabase other = TestDatabase.createEmpty();
        Restore.Done done = new Restore(other.owner(), newSecrets()).read(file);
        assertThat(done.chain().isIntact()).isTrue();
        assertThat(done.chain().head()).isEqualTo(audit.head());
        AuditLog restored = new AuditLog(other.jdbc(), CLOCK);
        assertThat(restored.ofObject("evidence", "back\\slash\nline"))
                .isEqualTo(audit.ofObject("evidence", "back\\slash\nline"))
                .hasSize(1);
        assertThat(newSecrets().resolve("totp")).hasContent("sesame");
        assertThat(newSecrets().resolve("database-app")).doesNotExist();
        // It goes on: the application may add, and still not change.
        other.transactions()
                .executeWithoutResult(status ->
                        restored.append(AuditEvent.ok(Actor.system("test"), "evidence.view", "evidence", "later")));
        assertThatThrownBy(() -> other.jdbc().sql("delete from audit_event").update())
                .rootCause()
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> {
                    try (Connection connection = other.owner().getConnection()) {
                        connection.createStatement().execute("delete from audit_event");
                    }
                })
                .hasMessageContaining("append-only");
        assertThat(tables(other)).isEqualTo(tables(database));
        // And a second restore would overwrite it.
        assertThatThrownBy(() -> new Restore(other.owner(), newSecrets()).read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
    }

    private static Map<String, List<String>> tables(TestDatabase of) throws Exception {
        try (Connection connection = of.owner().getConnection()) {
            return Schema.tables(connection);
        }
    }

    @Test
    void damagedBackupChangesNothing() throws Exception {
        Path file = backup();
        try (FileSystem zip = FileSystems.newFileSystem(file);
                OutputStream out = Files.newOutputStream(
                        zip.getPath("tables/audit_event.copy"), java.nio.file.StandardOpenOption.APPEND)) {
            out.write("1\n".getBytes(StandardCharsets.UTF_8));
        }
        TestDatabase other = TestDatabase.createEmpty();
        assertThatThrownBy(() -> new Restore(other.owner(), newSecrets()).read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
        assertThat(tables(other)).isEmpty();
        assertThat(newSecrets()).isEmptyDirectory();
    }

    @Test
    void backupOfAnUnknownSchemaIsRefused() throws Exception {
        Path file = backup();
        try (FileSystem zip = FileSystems.newFileSystem(file)) {
            Path json = zip.getPath(BackupManifest.ENTRY);
            BackupManifest manifest = BackupManifest.mapper().readValue(Files.readAllBytes(json), BackupManifest.class);
            Integer checksum = manifest.migrations().get(0).checksum();
            Files.writeString(json, Files.readString(json).replace("\"checksum\" : " + checksum, "\"checksum\" : 1"));
        }
        TestDatabase other = TestDatabase.createEmpty();
        assertThatThrownBy(() -> new Restore(other.owner(), newSecrets()).read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another or newer version");
    }

    @Test
    void otherSecretsAreNotOverwritten() throws Exception {
        Path file = backup();
        Files.writeString(newSecrets().resolve("totp"), "other");
        TestDatabase other = TestDatabase.createEmpty();
        assertThatThrownBy(() -> new Restore(other.owner(), newSecrets()).read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty data folder");
        assertThat(newSecrets().resolve("totp")).hasContent("other");
    }

    @Test
    void olderSchemaIsReadAndBroughtUpToDate() throws Exception {
        // As a backup of before the scheduler: its migration and its table are not in it.
        Path file = backup();
        try (FileSystem zip = FileSystems.newFileSystem(file)) {
            Path json = zip.getPath(BackupManifest.ENTRY);
            BackupManifest now = BackupManifest.mapper().readValue(Files.readAllBytes(json), BackupManifest.class);
            BackupManifest then = new BackupManifest(
                    now.format(),
                    now.createdAt(),
                    now.postgres(),
                    now.auditHead(),
                    now.migrations().stream()
                            .filter(migration -> !migration.version().equals("003"))
                            .toList(),
                    now.tables().stream()
                            .filter(table -> !table.name().equals("scheduled_tasks"))
                            .toList(),
                    now.sequences(),
                    now.secrets());
            Files.write(json, BackupManifest.mapper().writeValueAsBytes(then));
        }
        TestDatabase other = TestDatabase.createEmpty();
        Restore.Done done = new Restore(other.owner(), newSecrets()).read(file);
        assertThat(done.chain().isIntact()).isTrue();
        assertThat(tables(other)).isEqualTo(tables(database)).containsKey("scheduled_tasks");
    }

    @Test
    void cutOffLogInABackupIsFound() throws Exception {
        Path file = backup();
        try (FileSystem zip = FileSystems.newFileSystem(file)) {
            Path json = zip.getPath(BackupManifest.ENTRY);
            String noted = new ChainHead(9, "ab".repeat(32)).toString();
            Files.writeString(json, Files.readString(json).replace(audit.head().toString(), noted));
        }
        TestDatabase other = TestDatabase.createEmpty();
        assertThat(new Restore(other.owner(), newSecrets()).read(file).chain().isIntact())
                .isFalse();
    }

    @Test
    void fileIsNotOverwritten() throws Exception {
        Path file = backup();
        assertThatThrownBy(() -> new Backup(database.owner(), folder.resolve("secrets"), CLOCK).write(file))
                .isInstanceOf(FileAlreadyExistsException.class);
    }
}
