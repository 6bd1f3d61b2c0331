package org.tiezheng.archive.operations;

import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.HeadNotes;

/**
 * Writes start and stop of the server into the audit log, and every minute notes its head outside the database, so that {@code
 * verify-chain} finds a cut-off end. The notes are this machine's: each server of a shared database has its own.
 *
 * <p>A start without a stop before it in the log is the trace of a crash.
 */
final class HeadKeeper implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(HeadKeeper.class);
    private static final Actor SERVER = Actor.system("server");

    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final HeadNotes notes;
    private final Clock clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "audit-heads");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean running;

    HeadKeeper(AuditLog audit, TransactionTemplate transactions, HeadNotes notes, Clock clock) {
        this.audit = audit;
        this.transactions = transactions;
        this.notes = notes;
        this.clock = clock;
    }

    @Override
    public void start() {
        append("server.start");
        running = true;
        timer.scheduleWithFixedDelay(this::note, 0, 60, TimeUnit.SECONDS);
    }

    private void append(String action) {
        transactions.executeWithoutResult(status -> audit.append(AuditEvent.ok(SERVER, action, "server", "archive")));
    }

    private synchronized void note() {
        try {
            notes.note(clock.instant(), audit.head());
        } catch (IOException | DataAccessException later) {
            log.warn("the head of the audit log could not be noted: {}", later.getMessage());
        }
    }

    @Override
    public void stop() {
        running = false;
        timer.shutdown();
        try {
            append("server.stop");
        } catch (DataAccessException | TransactionException gone) {
            log.warn("the stop could not be written into the audit log: {}", gone.getMessage());
        }
        note();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** First to start and last to stop. */
    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
