package org.tiezheng.archive.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.settings.ArchiveFolder;

/** The database that comes with the server, through what can happen to it. */
class LocalPostgresTest {
    @TempDir
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private ArchiveFolder folder;

    private Path programs = Path.of("");

    @BeforeEach
    void folders() throws IOException {
        folder = ArchiveFolder.open(data);
        programs = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "tiezheng-test-pg-binaries"));
    }

    /** Nothing of a failed test stays. */
    @AfterEach
    void stop() throws Exception {
        Path pid = folder.root().resolve("pg18/postmaster.pid");
        if (Files.exists(pid)) {
            ProcessHandle.of(postmaster()).ifPresent(process -> {
                process.destroyForcibly();
                process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
            });
        }
    }

    private LocalPostgres start() throws IOException {
        return LocalPostgres.start(folder.root(), programs, folder.secrets(), 40);
    }

    private long postmaster() throws IOException {
        return Long.parseLong(Files.readAllLines(folder.root().resolve("pg18/postmaster.pid"))
                .get(0)
                .strip());
    }

    private static String ask(LocalPostgres postgres, String sql) throws Exception {
        try (Connection connection = postgres.superuser(LocalPostgres.DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    private static void tell(LocalPostgres postgres, String sql) throws Exception {
        try (Connection connection = postgres.superuser(LocalPostgres.DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void isDurableClosedToStrangersAndReadsChinese() throws Exception {
        try (LocalPostgres postgres = start()) {
            assertThat(ask(postgres, "show fsync")).isEqualTo("on");
            assertThat(ask(postgres, "show full_page_writes")).isEqualTo("on");
            assertThat(ask(postgres, "show data_checksums")).isEqualTo("on");
            assertThat(ask(postgres, "show server_version")).startsWith("18.");
            assertThat(ask(
                            postgres,
                            "select datlocprovider::text || datlocale from pg_database where datname = 'tiezheng'"))
                    .isEqualTo("bC.UTF-8");
            tell(postgres, "create extension pg_trgm");
            assertThat(ask(postgres, "select array_length(show_trgm('电子数据存证'), 1)"))
                    .isEqualTo("7");
            assertThat(ask(postgres, "select upper('ä') || lower('Ä')")).isEqualTo("Ää");
            for (String user : List.of("postgres", "tiezheng_owner", "tiezheng_app", "root")) {
                assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), user, "wrong"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("password authentication failed");
            }
            assertThat(Files.readString(folder.root().resolve("pg18/pg_hba.conf")))
                    .doesNotContainPattern("(?m)^[^#].*trust");
            assertThat(Files.getPosixFilePermissions(folder.root().resolve("pg18")))
                    .hasSize(3);
            assertThat(Files.getPosixFilePermissions(folder.secrets().file("database-app")))
                    .hasSize(2);
        }
        assertThat(Files.exists(folder.root().resolve("pg18/postmaster.pid"))).isFalse();
    }

    @Test
    void secondServerOnTheSameFolderIsRefused() throws Exception {
        try (LocalPostgres postgres = start()) {
            assertThat(postgres.isAlive()).isTrue();
            assertThatThrownBy(this::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another archive server");
        }
    }

    @Test
    void filesOfAnotherMajorVersionAreLeftAlone() throws Exception {
        start().close();
        Path version = folder.root().resolve("pg18/PG_VERSION");
        Files.writeString(version, "17\n");
        assertThatThrownBy(this::start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("made by PostgreSQL 17")
                .hasMessageContaining("backup");
        Files.writeString(version, "18\n");
        start().close();
    }

    @Test
    void interruptedInitialisationIsDoneAgain() throws Exception {
        Files.createDirectories(folder.root().resolve("pg18.new/base"));
        Files.writeString(folder.root().resolve("pg18.new/PG_VERSION"), "18\n");
        try (LocalPostgres postgres = start()) {
            assertThat(ask(postgres, "select 1")).isEqualTo("1");
        }
        assertThat(Files.exists(folder.root().resolve("pg18.new"))).isFalse();
    }

    @Test
    void diedDatabaseIsStartedAgainOnItsPort() throws Exception {
        try (LocalPostgres postgres = start()) {
            postgres.keepUp();
            tell(postgres, "create table kept (id int)");
            tell(postgres, "insert into kept values (7)");
            int port = postgres.port();
            long killed = postmaster();
            ProcessHandle.of(killed).orElseThrow().destroyForcibly();
            long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
            while (true) {
                try {
                    assertThat(ask(postgres, "select id from kept")).isEqualTo("7");
                    if (postmaster() != killed) {
                        break;
                    }
                } catch (SQLException | IOException notYet) {
                    assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
                }
                Thread.sleep(200);
            }
            assertThat(postgres.port()).isEqualTo(port);
        }
    }

    @Test
    void databaseOfAKilledServerIsFoundAgainWithAllItHad() throws Exception {
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        data.toString(),
                        programs.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(server.inputReader().readLine()).isEqualTo("committed");
            long postmaster = postmaster();
            server.destroyForcibly();
            assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(ProcessHandle.of(postmaster).orElseThrow().isAlive()).isTrue();
            try (LocalPostgres again = start()) {
                assertThat(postmaster()).isEqualTo(postmaster);
                assertThat(ask(again, "select count(*) from kept")).isEqualTo("1");
            }
            assertThat(Files.exists(folder.root().resolve("pg18/postmaster.pid")))
                    .isFalse();
            // With other settings it is started again instead.
            LocalPostgres.start(folder.root(), programs, folder.secrets(), 50).close();
        } finally {
            server.destroyForcibly();
        }
    }

    /** A server that is killed: commits a row, leaves another open. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            ArchiveFolder folder = ArchiveFolder.open(Path.of(arguments[0]));
            LocalPostgres postgres = LocalPostgres.start(folder.root(), Path.of(arguments[1]), folder.secrets(), 40);
            tell(postgres, "create table kept (id int)");
            tell(postgres, "insert into kept values (1)");
            Connection open = postgres.superuser(LocalPostgres.DATABASE);
            open.setAutoCommit(false);
            open.createStatement().execute("insert into kept values (2)");
            System.out.println("committed");
            Thread.sleep(Duration.ofMinutes(5).toMillis());
        }
    }
}
