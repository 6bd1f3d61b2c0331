package org.tiezheng.archive.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;

/** PostgreSQL as the system brings it, which may be older than ours: all migrations, and a backup of ours restored there. */
class OtherPostgresTest {
    @TempDir
    private Path folder;

    private Path programs = Path.of("");
    private int port;

    @BeforeEach
    void start() throws Exception {
        Path versions = Path.of("/usr/lib/postgresql");
        assertThat(versions)
                .as("PostgreSQL of the system: apt-get install postgresql")
                .isDirectory();
        try (Stream<Path> installed = Files.list(versions)) {
            programs = installed
                    .max(Comparator.comparing(
                            version -> Integer.valueOf(version.getFileName().toString())))
                    .orElseThrow()
                    .resolve("bin");
        }
        run(programs.resolve("initdb").toString(), "-D", data(), "-U", "postgres", "--auth=trust", "-E", "UTF8");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        run(
                programs.resolve("pg_ctl").toString(),
                "start",
                "-w",
                "-D",
                data(),
                "-l",
                folder.resolve("log").toString(),
                "-o",
                "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
    }

    @AfterEach
    void stop() throws Exception {
        if (Files.exists(folder.resolve("data/postmaster.pid"))) {
            run(programs.resolve("pg_ctl").toString(), "stop", "-w", "-m", "immediate", "-D", data());
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private void run(String... command) throws Exception {
        List<String> whole = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            whole.addAll(List.of("unshare", "-U"));
        }
        whole.addAll(List.of(command));
        Process process = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("said").toFile()))
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("said")))
                .isZero();
    }

    private PGSimpleDataSource as(String user) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://127.0.0.1:" + port + "/tiezheng");
        source.setUser(user);
        return source;
    }

    @Test
    void backupOfOursIsRestoredThere() throws Exception {
        // As deploy/database-roles.sh.
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute("create role tiezheng_owner login");
            statement.execute("create role tiezheng_app login");
            statement.execute("create database tiezheng owner tiezheng_owner template template0 encoding 'UTF8'"
                    + " locale_provider icu icu_locale 'und'");
        }
        TestDatabase ours = TestDatabase.create();
        AuditLog audit = new AuditLog(ours.jdbc(), Clock.systemUTC());
        ours.transactions()
                .executeWithoutResult(
                        status -> audit.append(AuditEvent.ok(Actor.system("test"), "evidence.view", "evidence", "铁证")));
        Path secrets = Files.createDirectory(folder.resolve("secrets"));
        Path file = folder.resolve("b.zip");
        new Backup(ours.owner(), secrets, Clock.systemUTC()).write(file);

        Restore.Done done = new Restore(as("tiezheng_owner"), secrets).read(file);
        assertThat(done.chain().isIntact()).isTrue();

        JdbcClient jdbc = JdbcClient.create(as("tiezheng_app"));
        AuditLog there = new AuditLog(jdbc, Clock.systemUTC());
        assertThat(there.ofObject("evidence", "铁证")).isEqualTo(audit.ofObject("evidence", "铁证"));
        assertThatThrownBy(() -> jdbc.sql("truncate audit_event").update())
                .rootCause()
                .hasMessageContaining("permission denied");
    }
}
