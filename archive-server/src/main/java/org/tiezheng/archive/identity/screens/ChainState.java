package org.tiezheng.archive.identity.screens;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.archive.audit.ChainReport;
import org.tiezheng.archive.audit.ChainVerifier;

/** The last verification of the audit chain that somebody asked this server for; one at a time, in the background. */
@Component
class ChainState implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(ChainState.class);

    private final ChainVerifier verifier;
    private final Clock clock;
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicReference<@Nullable Result> last = new AtomicReference<>();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "verify-audit-chain");
        thread.setDaemon(true);
        return thread;
    });

    ChainState(ChainVerifier verifier, Clock clock) {
        this.verifier = verifier;
        this.clock = clock;
    }

    /**
     * What a verification found.
     *
     * @param report null: the log could not be read to its end, so nothing is known
     */
    record Result(Instant at, @Nullable ChainReport report) {}

    @Nullable
    Result last() {
        return last.get();
    }

    boolean isRunning() {
        return running.get();
    }

    /** Begins a verification unless one is under way. */
    void start() {
        if (!running.compareAndSet(false, true)) {
            return;
        }
        Result before = last.get();
        // What was true at the last look must still be there: a log cut off since is found so.
        List<ChainHead> noted = before == null || before.report() == null
                ? List.of()
                : List.of(before.report().head());
        worker.execute(() -> {
            Instant at = clock.instant();
            try {
                last.set(new Result(at, verifier.verify(noted)));
            } catch (SQLException | RuntimeException e) {
                LOG.error("audit chain could not be read to its end", e);
                last.set(new Result(at, null));
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
