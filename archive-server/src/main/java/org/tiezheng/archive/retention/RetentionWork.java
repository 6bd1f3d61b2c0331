package org.tiezheng.archive.retention;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * One turn of everything in retention that recurs: rules for what came in, holds, locks, disposals. Each part goes on where it
 * stopped, after a crash too. Run by one server at a time.
 */
public final class RetentionWork {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionWork.class);

    private final Retentions retentions;
    private final Cases cases;
    private final Holds holds;
    private final LockExtension locks;
    private final Disposals disposals;

    public RetentionWork(Retentions retentions, Cases cases, Holds holds, LockExtension locks, Disposals disposals) {
        this.retentions = retentions;
        this.cases = cases;
        this.holds = holds;
        this.locks = locks;
        this.disposals = disposals;
    }

    /** A part that fails does not keep the others from their work. */
    public void turn() {
        // Holds first: they are urgent, and disposals look at them.
        part("holds", holds::work);
        part("cases", cases::work);
        part("classes", () -> {
            int done = retentions.applyToSome();
            while (done > 0 && !Thread.currentThread().isInterrupted()) {
                done = retentions.applyToSome();
            }
        });
        part("locks", locks::run);
        part("disposals", disposals::work);
    }

    private static void part(String name, Runnable work) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            work.run();
        } catch (DataAccessException | TransactionException | IllegalStateException fault) {
            LOG.error("retention, {}: again at the next turn", name, fault);
        }
    }
}
