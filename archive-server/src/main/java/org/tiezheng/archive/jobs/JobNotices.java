package org.tiezheng.archive.jobs;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Hears of changes of jobs, whichever server made them: PostgreSQL's LISTEN, on a connection of its own.
 *
 * <p>A notice says which job, nothing more; whoever wants to know reads the row. Notices are lost while the connection is
 * down, so after each (re)connection listeners are told that anything may have changed.
 */
final class JobNotices implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(JobNotices.class);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int WAIT_MILLIS = 1_000;
    private static final Pattern CHANGE = Pattern.compile("([0-9]{1,18}):([0-9]{0,18})");

    /** Told on the listening thread: must be quick, and must not throw. */
    interface Listener {
        void changed(long jobId, @Nullable Long batchId);

        /** A job waits for an agent. */
        void ready();

        /** Notices may have been missed. */
        void anything();
    }

    private final DataSource source;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable Thread thread;

    JobNotices(DataSource source) {
        this.source = source;
    }

    void add(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public void start() {
        Thread started = new Thread(this::run, "job-notices");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    @Override
    public void stop() {
        Thread running = thread;
        thread = null;
        if (running != null) {
            running.interrupt();
            try {
                running.join(PAUSE.toMillis() + WAIT_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    private void run() {
        while (isRunning()) {
            try {
                listen();
            } catch (SQLException e) {
                if (isRunning()) {
                    LOG.warn("cannot hear of changes of jobs, trying again: {}", e.getMessage());
                    pause();
                }
            } catch (RuntimeException e) {
                LOG.error("a notice about a job was not handled", e);
                pause();
            }
        }
    }

    private void listen() throws SQLException {
        try (Connection connection = source.getConnection()) {
            PGConnection postgres = connection.unwrap(PGConnection.class);
            try (Statement statement = connection.createStatement()) {
                statement.execute("listen " + JobTable.CHANNEL);
            }
            listeners.forEach(Listener::anything);
            try {
                while (isRunning()) {
                    PGNotification[] notices = postgres.getNotifications(WAIT_MILLIS);
                    if (notices != null) {
                        for (PGNotification notice : notices) {
                            hear(notice.getParameter());
                        }
                    }
                }
            } finally {
                // Back to the pool as it was.
                try (Statement statement = connection.createStatement()) {
                    statement.execute("unlisten *");
                }
            }
        }
    }

    private void hear(String notice) {
        if (notice.equals(JobTable.READY_NOTICE)) {
            listeners.forEach(Listener::ready);
            return;
        }
        Matcher change = CHANGE.matcher(notice);
        if (change.matches()) {
            long job = Long.parseLong(change.group(1));
            Long batch = change.group(2).isEmpty() ? null : Long.valueOf(change.group(2));
            listeners.forEach(listener -> listener.changed(job, batch));
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            // stop() wants the end, which the loop sees by itself.
        }
    }
}
