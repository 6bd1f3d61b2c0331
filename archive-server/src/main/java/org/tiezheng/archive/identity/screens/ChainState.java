package org.tiezheng.archive.identity.screens;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.ChainCheck;
import org.tiezheng.archive.audit.ChainChecks;

/**
 * Verifications of the audit chain for the screen: what the last ones found, and one that somebody asks for now; on each server one
 * at a time, in the background. One that is cut off leaves nothing; the schedule verifies anyway.
 */
@Component
class ChainState implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(ChainState.class);
    private static final int SHOWN = 10;

    private final ChainChecks checks;
    private final AtomicBoolean running = new AtomicBoolean();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "verify-audit-chain");
        thread.setDaemon(true);
        return thread;
    });

    ChainState(ChainChecks checks) {
        this.checks = checks;
    }

    ChainChecks.Standing standing() {
        return checks.standing();
    }

    /** Newest first. */
    List<ChainCheck> latest() {
        return checks.list(SHOWN);
    }

    boolean isRunning() {
        return running.get();
    }

    /** Begins a verification of all rows unless this server has one under way. */
    void start(Actor by) {
        if (!running.compareAndSet(false, true)) {
            return;
        }
        worker.execute(() -> {
            try {
                ChainCheck done = checks.full(by);
                LOG.info("audit chain verified for {}: {}", by.id(), done.isIntact() ? "intact" : "not intact");
            } catch (DataAccessException | TransactionException e) {
                LOG.error("what a verification of the audit chain found could not be written down", e);
            } finally {
                running.set(false);
            }
        });
    }

    @Override
    public void destroy() {
        worker.shutdownNow();
    }
}
