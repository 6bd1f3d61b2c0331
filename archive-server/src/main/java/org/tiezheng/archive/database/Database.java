package org.tiezheng.archive.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.tiezheng.archive.settings.ArchiveFolder;

/**
 * Where the database is and how its two roles get in; and the PostgreSQL behind it, if it is ours and we started it.
 *
 * <p>Close it after all connections.
 */
public final class Database implements AutoCloseable {
    static final String OWNER = "tiezheng_owner";
    static final String APPLICATION = "tiezheng_app";
    private static final int OLDEST = 15;

    private final String url;
    private final String ownerPassword;
    private final String appPassword;
    private final @Nullable LocalPostgres local;

    private Database(String url, String ownerPassword, String appPassword, @Nullable LocalPostgres local) {
        this.url = url;
        this.ownerPassword = ownerPassword;
        this.appPassword = appPassword;
        this.local = local;
    }

    /**
     * For the server: starts our own PostgreSQL and keeps it up, unless an address is set.
     *
     * @throws IOException if it does not start, or the database cannot be reached or is too old
     */
    public static Database open(DatabaseSettings settings, ArchiveFolder folder) throws IOException {
        Database database = settings.isLocal() ? start(settings, folder) : remote(settings);
        if (database.local != null) {
            database.local.keepUp();
        }
        return database;
    }

    /**
     * For a command: the PostgreSQL of the running server, or one started for as long as the command runs.
     *
     * @throws IOException as {@link #open}
     */
    public static Database openBeside(DatabaseSettings settings, ArchiveFolder folder) throws IOException {
        if (!settings.isLocal()) {
            return remote(settings);
        }
        OptionalInt running = LocalPostgres.runningPort(folder.root());
        return running.isPresent()
                ? local(LocalPostgres.jdbcUrl(running.getAsInt(), LocalPostgres.DATABASE), folder, null)
                : start(settings, folder);
    }

    private static Database start(DatabaseSettings settings, ArchiveFolder folder) throws IOException {
        LocalPostgres postgres = LocalPostgres.start(
                folder.root(), folder.folder("pg-binaries"), folder.secrets(), settings.poolSize() + 20);
        return local(postgres.jdbcUrl(), folder, postgres);
    }

    private static Database local(String url, ArchiveFolder folder, @Nullable LocalPostgres postgres)
            throws IOException {
        return new Database(
                url, folder.secrets().get("database-owner"), folder.secrets().get("database-app"), postgres);
    }

    private static Database remote(DatabaseSettings settings) throws IOException {
        String url = settings.url() == null ? "" : settings.url();
        Database database = new Database(url, settings.ownerPassword(), settings.appPassword(), null);
        try (Connection connection = database.owner().getConnection()) {
            int major = connection.getMetaData().getDatabaseMajorVersion();
            if (major < OLDEST) {
                throw new IOException("PostgreSQL " + major + " is too old: " + OLDEST + " or newer is needed");
            }
        } catch (SQLException unreachable) {
            throw new IOException("the database does not let us in: " + unreachable.getMessage(), unreachable);
        }
        return database;
    }

    /** True if the PostgreSQL is ours; false at an address that was set, and for a command beside a running server. */
    public boolean isLocal() {
        return local != null;
    }

    public String url() {
        return url;
    }

    /** Connections of the owner of the schema, one at a time, for migrations, backup and restore. */
    public DataSource owner() {
        return simple(OWNER, ownerPassword);
    }

    /** Connections of the application, one at a time: for commands. */
    public DataSource application() {
        return simple(APPLICATION, appPassword);
    }

    /** Connections of the application. Close it before this. */
    public HikariDataSource pool(int size) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("database");
        pool.setJdbcUrl(url);
        pool.setUsername(APPLICATION);
        pool.setPassword(appPassword);
        pool.setMaximumPoolSize(size);
        pool.setConnectionTimeout(10_000);
        pool.addDataSourceProperty("socketTimeout", "300");
        // "Key (login)=(…) already exists" would carry values into logs and answers.
        pool.addDataSourceProperty("logServerErrorDetail", "false");
        pool.addDataSourceProperty("ApplicationName", "tiezheng");
        return pool;
    }

    private DataSource simple(String user, String password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        source.setUser(user);
        source.setPassword(password);
        source.setLoginTimeout(10);
        source.setLogServerErrorDetail(false);
        return source;
    }

    @Override
    public void close() throws IOException {
        if (local != null) {
            local.close();
        }
    }
}
