package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.storage.StoredObject;

/** Looks for stray objects when somebody asks, in the background, and keeps what the last look found until the server stops. */
public final class StrayCheck implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StrayCheck.class);
    private static final int MOST = 1000;

    private final StrayObjects strays;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "stray-check");
        made.setDaemon(true);
        return made;
    });
    private boolean running;
    private @Nullable Look last;

    /**
     * What a look found.
     *
     * @param seen versions looked at
     * @param found strays; at most {@value #MOST} of them are in {@code objects}
     * @param failure why it could not come to its end; null if it did
     */
    public record Look(
            Instant at,
            long seen,
            long found,
            List<StoredObject> objects,
            @Nullable String failure) {
        public Look {
            objects = List.copyOf(objects);
        }
    }

    StrayCheck(StrayObjects strays, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.strays = strays;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    public synchronized boolean isRunning() {
        return running;
    }

    /** Null before the first. */
    public synchronized @Nullable Look last() {
        return last;
    }

    /** Begins a look; nothing if one is under way. */
    public synchronized void start(Actor by) {
        if (running) {
            return;
        }
        transactions.executeWithoutResult(
                status -> audit.append(AuditEvent.ok(by, "store.stray-check", "store", "objects")));
        running = true;
        thread.execute(this::look);
    }

    private void look() {
        List<StoredObject> some = new ArrayList<>();
        long[] found = {0};
        long seen = 0;
        String failure = null;
        try {
            seen = strays.find(object -> {
                found[0]++;
                if (some.size() < MOST) {
                    some.add(object);
                }
            });
        } catch (IOException | RuntimeException failed) {
            log.warn("stray objects", failed);
            failure = failed.getClass().getSimpleName();
        }
        synchronized (this) {
            last = new Look(clock.instant(), seen, found[0], some, failure);
            running = false;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
