package org.tiezheng.archive.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.settings.Secrets;

/**
 * A fresh, migrated database on a real PostgreSQL, without Spring:
 *
 * <pre>{@code
 * private static final TestDatabase database = TestDatabase.create();
 * private final Jobs jobs = new Jobs(database.jdbc(), database.transactions(), clock);
 * }</pre>
 *
 * <p>One PostgreSQL per test JVM, started when first asked for and stopped when the JVM ends; a database costs about a tenth of
 * a second. It is not deleted: all of them go with the JVM.
 */
public final class TestDatabase {
    private static final String PREFIX = "tiezheng-test-database";
    private static final String GONE = "gone-";
    private static final String TEMPLATE = "tiezheng_template";
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static @Nullable LocalPostgres postgres;
    private static @Nullable Secrets secrets;

    private final String name;
    private final HikariDataSource app;
    private final DataSource owner;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    private TestDatabase(String name) throws IOException {
        this.name = name;
        this.app = new HikariDataSource();
        app.setPoolName(name);
        app.setJdbcUrl(url());
        app.setUsername("tiezheng_app");
        app.setPassword(appPassword());
        app.setMaximumPoolSize(12);
        app.setMinimumIdle(0);
        app.setIdleTimeout(10_000);
        this.owner = as("tiezheng_owner", ownerPassword());
        this.jdbc = JdbcClient.create(app);
        this.transactions = new TransactionTemplate(new JdbcTransactionManager(app));
    }

    /** A database that nobody else uses. */
    public static synchronized TestDatabase create() {
        try {
            start();
            String name = "test" + NUMBER.incrementAndGet();
            execute("create database " + name + " template " + TEMPLATE + " owner tiezheng_owner");
            return new TestDatabase(name);
        } catch (IOException | SQLException failed) {
            throw new IllegalStateException("no test database", failed);
        }
    }

    /** A database without even a schema, for what makes one: migrations, restore. */
    public static synchronized TestDatabase createEmpty() {
        try {
            start();
            String name = "test" + NUMBER.incrementAndGet();
            execute("create database " + name + " owner tiezheng_owner");
            return new TestDatabase(name);
        } catch (IOException | SQLException failed) {
            throw new IllegalStateException("no test database", failed);
        }
    }

    /** Connections of the application's role, pooled. */
    public DataSource dataSource() {
        return app;
    }

    /** Of the owner of the schema, for what the application may not do: tampering, mostly. Not pooled. */
    public DataSource owner() {
        return owner;
    }

    /** With every right, for playing a malicious administrator. Not pooled. */
    public DataSource superuser() throws IOException {
        return as(LocalPostgres.SUPERUSER, secrets().get("database-superuser"));
    }

    /** As {@link #dataSource()}. */
    public JdbcClient jdbc() {
        return jdbc;
    }

    /** On {@link #dataSource()}. */
    public TransactionTemplate transactions() {
        return transactions;
    }

    public String url() {
        return LocalPostgres.jdbcUrl(postgres().port(), name);
    }

    public String ownerPassword() throws IOException {
        return secrets().get("database-owner");
    }

    public String appPassword() throws IOException {
        return secrets().get("database-app");
    }

    private DataSource as(String user, String password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser(user);
        source.setPassword(password);
        return source;
    }

    private static LocalPostgres postgres() {
        LocalPostgres running = postgres;
        if (running == null) {
            throw new IllegalStateException("create() first");
        }
        return running;
    }

    private static Secrets secrets() {
        Secrets made = secrets;
        if (made == null) {
            throw new IllegalStateException("create() first");
        }
        return made;
    }

    /** Ends and removes what a test JVM that was killed has left: its PostgreSQL outlives it. */
    private static void removeLeftovers(Path temporary) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path folder : folders) {
                Path owner = folder.resolve("test-jvm");
                if (!Files.exists(owner)
                        || ProcessHandle.of(
                                        Long.parseLong(Files.readString(owner).strip()))
                                .isPresent()) {
                    continue;
                }
                Path postmaster = folder.resolve("archive/pg18/postmaster.pid");
                if (Files.exists(postmaster)) {
                    ProcessHandle.of(Long.parseLong(
                                    Files.readAllLines(postmaster).get(0).strip()))
                            .filter(process ->
                                    process.info().command().orElse("").endsWith("/postgres"))
                            .ifPresent(ProcessHandle::destroyForcibly);
                }
                PostgresPrograms.delete(folder);
            }
        }
    }

    /**
     * Has the files removed by a process that outlives this one: they are tens of thousands, which takes longer on some disks than a
     * test JVM is given to end. Out of the way first, so that the next one does not find them half gone.
     */
    private static void discard(Path folder) throws IOException {
        Path gone = folder.resolveSibling(GONE + folder.getFileName());
        Files.move(folder, gone);
        Process unused = new ProcessBuilder("rm", "-rf", gone.toString())
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void start() throws IOException, SQLException {
        if (postgres != null) {
            return;
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        removeLeftovers(temporary);
        Path programs = temporary.resolve("tiezheng-test-pg-binaries");
        Files.createDirectories(programs, PostgresPrograms.ownerOnly());
        Path data = Files.createTempDirectory(PREFIX);
        Files.writeString(
                data.resolve("test-jvm"), String.valueOf(ProcessHandle.current().pid()));
        ArchiveFolder folder = ArchiveFolder.open(data);
        LocalPostgres started = LocalPostgres.start(folder.root(), programs, folder.secrets(), 300);
        // Not a hook of our own: these run after Spring's contexts are closed, which still speak to the database.
        SpringApplication.getShutdownHandlers().add(() -> {
            try {
                started.abandon();
                discard(data);
            } catch (IOException left) {
                System.err.println("test database not removed: " + left);
            }
        });
        postgres = started;
        secrets = folder.secrets();
        execute("create database " + TEMPLATE + " owner tiezheng_owner");
        PGSimpleDataSource owner = new PGSimpleDataSource();
        owner.setUrl(LocalPostgres.jdbcUrl(started.port(), TEMPLATE));
        owner.setUser("tiezheng_owner");
        owner.setPassword(secrets().get("database-owner"));
        Migrations.run(owner);
    }

    private static void execute(String sql) throws SQLException, IOException {
        try (Connection connection = postgres().superuser("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
