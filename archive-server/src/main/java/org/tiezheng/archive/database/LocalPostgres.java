package org.tiezheng.archive.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.archive.settings.Secrets;

/**
 * A PostgreSQL of our own on loopback, in {@code HOME/pg18}.
 *
 * <p>It is a real, durable server: {@code fsync} is on and checked after each start, log-in is by password (SCRAM) from the
 * first moment, the locale is the built-in {@code C.UTF-8}, so neither the environment nor the C library changes how text
 * sorts or splits. It runs in a session of its own: Ctrl-C on the terminal reaches us and not it, and it survives our
 * {@code kill -9}. The next start finds it by {@code postmaster.pid} and goes on with it, or, if its settings or version are
 * not ours, stops it properly and starts it again.
 *
 * <p>One server per folder: {@code pg18.lock} is held while we run, so a PostgreSQL that runs without us is an orphan.
 *
 * <p>As root, PostgreSQL is started in a user namespace of its own ({@code unshare -U}), since it refuses to run as root.
 *
 * <p>Thread-safe. {@link #close} stops the database: call it after the connection pool is closed.
 */
public final class LocalPostgres implements AutoCloseable {
    /** The major version whose files we can read; a later one gets a folder of its own and an import. */
    static final int MAJOR = 18;

    static final String SUPERUSER = "postgres";
    static final String DATABASE = "tiezheng";

    private static final Logger log = LoggerFactory.getLogger(LocalPostgres.class);

    /** Starting includes replaying the log after a crash, which may take minutes on a slow disk. */
    private static final int START_SECONDS = 600;

    private static final int STOP_SECONDS = 60;
    private static final int LET_GO_SECONDS = 30;
    private static final int INITDB_SECONDS = 180;

    private final Path home;
    private final Path data;
    private final Path programs;
    private final Secrets secrets;
    private final FileLock lock;
    private final int maxConnections;
    private volatile int port;
    private boolean everUp;
    private volatile boolean closed;
    private @Nullable Thread guard;

    private LocalPostgres(Path home, Path programs, Secrets secrets, FileLock lock, int maxConnections) {
        this.home = home;
        this.data = home.resolve("pg" + MAJOR);
        this.programs = programs;
        this.secrets = secrets;
        this.lock = lock;
        this.maxConnections = maxConnections;
    }

    /**
     * Starts the database of {@code home}, making it first if there is none, and makes the roles and the database
     * {@code tiezheng}.
     *
     * @param home the server's folder; the database's folder is never below the temporary folder of the system
     * @param programsFolder where the programs are unpacked to
     * @throws IOException if another server uses this folder, the files are of another major version, or PostgreSQL does not
     *     start; the message says which and what to do
     */
    public static LocalPostgres start(Path home, Path programsFolder, Secrets secrets, int maxConnections)
            throws IOException {
        FileLock lock = lock(home.resolve("pg" + MAJOR + ".lock"));
        try {
            LocalPostgres postgres =
                    new LocalPostgres(home, PostgresPrograms.unpack(programsFolder), secrets, lock, maxConnections);
            postgres.up();
            postgres.makeRoles();
            return postgres;
        } catch (IOException | RuntimeException failed) {
            lock.channel().close();
            throw failed;
        }
    }

    /**
     * The port of the database that runs in this folder now, for commands that speak to it beside the server.
     *
     * @return empty if none runs
     */
    public static OptionalInt runningPort(Path home) throws IOException {
        Optional<Postmaster> running = Postmaster.read(home.resolve("pg" + MAJOR));
        return running.isPresent() ? OptionalInt.of(running.get().port()) : OptionalInt.empty();
    }

    public int port() {
        return port;
    }

    public String jdbcUrl() {
        return jdbcUrl(port, DATABASE);
    }

    /** Address of a database of a PostgreSQL on loopback. */
    public static String jdbcUrl(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** A connection with all rights, for making roles and databases; close it soon. */
    Connection superuser(String database) throws SQLException, IOException {
        Properties properties = new Properties();
        properties.setProperty("user", SUPERUSER);
        properties.setProperty("password", secrets.get("database-superuser"));
        properties.setProperty("loginTimeout", "10");
        properties.setProperty("socketTimeout", "60");
        return DriverManager.getConnection(jdbcUrl(port, database), properties);
    }

    /** True while the database's first process lives. */
    public boolean isAlive() {
        try {
            return Postmaster.read(data).isPresent();
        } catch (IOException unreadable) {
            return false;
        }
    }

    /**
     * Starts a thread that starts the database again, on the same port, when its first process has died. Connections that were
     * open are lost, committed transactions are not.
     */
    public synchronized void keepUp() {
        if (guard != null) {
            return;
        }
        Thread thread = new Thread(this::guard, "postgres-guard");
        thread.setDaemon(true);
        thread.start();
        guard = thread;
    }

    private void guard() {
        while (!closed) {
            try {
                Thread.sleep(1000);
                synchronized (this) {
                    if (!closed && !isAlive()) {
                        log.error("PostgreSQL has died; starting it again on port {}", port);
                        up();
                        log.info("PostgreSQL is up again");
                    }
                }
            } catch (InterruptedException stop) {
                return;
            } catch (IOException again) {
                log.error("PostgreSQL does not start; trying again: {}", again.getMessage());
            }
        }
    }

    /** Stops the database: ends open connections, writes a checkpoint. */
    @Override
    public void close() throws IOException {
        close("fast");
    }

    /** For a database that is thrown away: no checkpoint, which may take a minute. */
    void abandon() throws IOException {
        close("immediate");
    }

    private void close(String mode) throws IOException {
        closed = true;
        Thread thread = guard;
        if (thread != null) {
            thread.interrupt();
        }
        synchronized (this) {
            try {
                stop(mode);
            } finally {
                lock.channel().close();
            }
        }
    }

    // ---- start ---------------------------------------------------------------------------------------------------

    private synchronized void up() throws IOException {
        if (!Files.exists(data)) {
            initialise();
        }
        String major = Files.readString(data.resolve("PG_VERSION"), StandardCharsets.US_ASCII)
                .strip();
        if (!major.equals(String.valueOf(MAJOR))) {
            throw new IOException(data + " was made by PostgreSQL " + major + ", this server brings " + MAJOR
                    + ": make a backup with the old version and restore it with this one");
        }
        // A free port may be taken between our look and PostgreSQL's bind; processes of a database that was killed need
        // a
        // moment to let go of its memory, longer while the disk is busy; one that a killed server had just started may
        // not
        // be up yet.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LET_GO_SECONDS);
        for (int attempt = 0; ; attempt++) {
            try {
                if (goesOn()) {
                    return;
                }
                // Once connections were given out, the port must stay: the pool would look for the old one for ever.
                if (port == 0 || (attempt > 2 && !everUp)) {
                    port = freePort();
                }
                Files.writeString(data.resolve("postgresql.conf"), settings(), StandardCharsets.UTF_8);
                // Not -W: pg_ctl waits until the server takes connections, through a recovery too.
                run(START_SECONDS + 5, pgCtl("start", "-w", "-t", String.valueOf(START_SECONDS), "-l", startLog()));
                if (!isAsWanted()) {
                    throw new IOException("PostgreSQL runs without fsync: something overrides our settings");
                }
                everUp = true;
                return;
            } catch (IOException failed) {
                if (System.nanoTime() > end) {
                    throw new IOException(
                            "PostgreSQL did not start, see " + startLog() + ": " + failed.getMessage(), failed);
                }
                pause(1000);
            }
        }
    }

    /** True if the database of an interrupted server still runs and is as wanted; one that is not is stopped. */
    private boolean goesOn() throws IOException {
        Optional<Postmaster> orphan = Postmaster.read(data);
        if (orphan.isEmpty()) {
            return false;
        }
        int before = port;
        port = orphan.get().port();
        if (isAsWanted() && (!everUp || port == before)) {
            log.info("the database of an interrupted server still runs on port {}: going on with it", port);
            everUp = true;
            return true;
        }
        log.info("the database of an interrupted server has other settings or another version: starting it again");
        port = everUp ? before : port;
        stop("fast");
        return false;
    }

    /**
     * Makes the cluster under another name first: a crash leaves {@code pg18.new}, which the next start removes. The
     * password is on the disk before.
     */
    private void initialise() throws IOException {
        Path fresh = home.resolve("pg" + MAJOR + ".new");
        PostgresPrograms.delete(fresh);
        secrets.get("database-superuser");
        run(
                INITDB_SECONDS,
                List.of(
                        programs.resolve("bin/initdb").toString(),
                        "-D",
                        fresh.toString(),
                        "-U",
                        SUPERUSER,
                        "--pwfile=" + secrets.file("database-superuser"),
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        // Collation and case are the provider's; extensions still ask the C library what a letter is.
                        "--locale=C",
                        "--lc-ctype=C.UTF-8",
                        "--data-checksums",
                        "--no-instructions"));
        Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The whole of {@code postgresql.conf}, written before each start. */
    private String settings() {
        return String.format(Locale.ROOT, """
                # Written by the server at each start.
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = %d
                shared_buffers = 128MB
                password_encryption = 'scram-sha-256'
                fsync = on
                full_page_writes = on
                synchronous_commit = on
                timezone = 'UTC'
                lc_messages = 'C'
                logging_collector = on
                log_directory = 'log'
                log_filename = 'postgres-%%a.log'
                log_file_mode = 0600
                log_truncate_on_rotation = on
                log_rotation_age = 1d
                log_rotation_size = 0
                # Statements and values may hold personal data.
                log_statement = 'none'
                log_min_error_statement = 'panic'
                log_error_verbosity = 'terse'
                """, port, maxConnections);
    }

    /** True if it is durable, and of the version we bring. */
    private boolean isAsWanted() throws IOException {
        try (Connection connection = superuser("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select current_setting('fsync'),"
                        + " current_setting('full_page_writes'), current_setting('synchronous_commit'),"
                        + " current_setting('max_connections')::int, current_setting('data_directory'),"
                        + " current_setting('server_version')")) {
            row.next();
            return row.getString(1).equals("on")
                    && row.getString(2).equals("on")
                    && row.getString(3).equals("on")
                    && row.getInt(4) == maxConnections
                    && Path.of(row.getString(5)).toRealPath().equals(data.toRealPath())
                    && run(30, List.of(programs.resolve("bin/postgres").toString(), "--version"))
                            .contains(row.getString(6));
        } catch (SQLException unusable) {
            log.warn("the running database does not let us in: {}", unusable.getMessage());
            return false;
        }
    }

    /** Idempotent: a crash between any two statements is completed by the next start. */
    private void makeRoles() throws IOException {
        try (Connection connection = superuser("postgres");
                Statement statement = connection.createStatement()) {
            for (String role : List.of("tiezheng_owner", "tiezheng_app")) {
                try (ResultSet row = statement.executeQuery("select 1 from pg_roles where rolname = '" + role + "'")) {
                    if (row.next()) {
                        continue;
                    }
                }
                // The secret is base64url: it needs no quoting.
                statement.execute("create role " + role + " login nosuperuser nocreatedb nocreaterole password '"
                        + secrets.get(role.replace("tiezheng_", "database-")) + "'");
            }
            try (ResultSet row =
                    statement.executeQuery("select 1 from pg_database where datname = '" + DATABASE + "'")) {
                if (row.next()) {
                    return;
                }
            }
            statement.execute("create database " + DATABASE + " owner tiezheng_owner");
        } catch (SQLException failed) {
            throw new IOException("the roles of the database could not be made: " + failed.getMessage(), failed);
        }
    }

    private void stop(String mode) throws IOException {
        if (Postmaster.read(data).isPresent()) {
            run(STOP_SECONDS + 5, pgCtl("stop", "-m", mode, "-w", "-t", String.valueOf(STOP_SECONDS)));
        }
    }

    // ---- processes -----------------------------------------------------------------------------------------------

    private List<String> pgCtl(String verb, String... options) {
        List<String> command = new ArrayList<>();
        command.add(programs.resolve("bin/pg_ctl").toString());
        command.add(verb);
        command.add("-D");
        command.add(data.toString());
        command.addAll(List.of(options));
        return command;
    }

    private String startLog() {
        return home.resolve("pg" + MAJOR + "-start.log").toString();
    }

    /** Runs one of PostgreSQL's programs; what it says is in the exception if it fails, else returned. */
    private String run(int seconds, List<String> command) throws IOException {
        List<String> whole = new ArrayList<>();
        boolean root = "root".equals(System.getProperty("user.name"));
        if (root) {
            whole.addAll(List.of("unshare", "-U"));
        }
        whole.addAll(command);
        // Not a pipe: the postmaster would inherit it and keep us reading.
        Path output = Files.createTempFile(home, "pg-", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(whole)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
            builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
            builder.environment().put("LANG", "C");
            Process process = builder.start();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.get(0) + " took longer than " + seconds + " s");
            }
            String said = Files.readString(output, StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new IOException(command.get(0) + " failed: " + said
                        + (root && said.contains("unshare")
                                ? " (PostgreSQL does not run as root and user namespaces are off here:"
                                        + " start the server as an ordinary user)"
                                : ""));
            }
            return said;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command.get(0), interrupted);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting PostgreSQL", interrupted);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static FileLock lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException inThisProcess) {
            // Reported below like any other holder.
        }
        channel.close();
        throw new IOException("another archive server is running on " + file.getParent());
    }

    /** The first process of a running PostgreSQL, as its {@code postmaster.pid} names it. */
    private record Postmaster(long pid, int port) {
        /**
         * Empty if there is no file, or its process is dead or something else by now.
         *
         * @throws IOException if the file cannot be read
         */
        static Optional<Postmaster> read(Path data) throws IOException {
            List<String> lines;
            try {
                lines = Files.readAllLines(data.resolve("postmaster.pid"), StandardCharsets.UTF_8);
            } catch (NoSuchFileException none) {
                return Optional.empty();
            }
            // Lines: pid, data folder, start time, port, socket folder, listen address, memory key, status.
            if (lines.size() < 4
                    || !lines.get(0).strip().matches("\\d{1,10}")
                    || !lines.get(3).strip().matches("\\d{1,5}")) {
                return Optional.empty();
            }
            long pid = Long.parseLong(lines.get(0).strip());
            boolean isPostgres = ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .flatMap(process -> process.info().command())
                    .filter(command -> command.endsWith("/postgres") || command.endsWith("/postgres (deleted)"))
                    .isPresent();
            return isPostgres
                    ? Optional.of(
                            new Postmaster(pid, Integer.parseInt(lines.get(3).strip())))
                    : Optional.empty();
        }
    }
}
