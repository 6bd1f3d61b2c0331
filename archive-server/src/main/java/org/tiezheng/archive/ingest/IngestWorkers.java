package org.tiezheng.archive.ingest;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of ingest: a clock that looks for packages that are due, and workers that bring them to their end. Stopping
 * interrupts what is under way; the next start takes it up again.
 */
public final class IngestWorkers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IngestWorkers.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration HOUSEKEEPING = Duration.ofSeconds(15);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Ingest ingest;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService clock;

    IngestWorkers(Ingest ingest, int count) {
        this.ingest = ingest;
        // A full queue drops: what is due is found again a second later.
        this.workers = new ThreadPoolExecutor(
                count,
                count,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(2 * count),
                work -> daemon(work, "ingest"),
                new ThreadPoolExecutor.DiscardPolicy());
        this.clock = Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "ingest-clock"));
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Begins; what was under way when the last process ended first. */
    void start() {
        ScheduledFuture<?> look = clock.scheduleWithFixedDelay(
                () -> guarded("look", () -> ingest.due().forEach(this::wake)),
                0,
                LOOK.toMillis(),
                TimeUnit.MILLISECONDS);
        ScheduledFuture<?> housekeeping = clock.scheduleWithFixedDelay(
                () -> guarded("housekeeping", ingest::housekeeping),
                HOUSEKEEPING.toMillis(),
                HOUSEKEEPING.toMillis(),
                TimeUnit.MILLISECONDS);
        log.debug("ingest works: {}, {}", look, housekeeping);
    }

    /** Has a package worked on without waiting for the clock. */
    void wake(UUID id) {
        try {
            workers.execute(() -> guarded("upload " + id, () -> {
                var unused = ingest.process(id);
            }));
        } catch (RejectedExecutionException stopping) {
            log.debug("upload {} waits for the next start", id);
        }
    }

    /** A fault must not end the clock: it is logged, and the next look finds the same work. */
    private static void guarded(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException fault) {
            log.error("ingest, {}", what, fault);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        workers.shutdownNow();
        try {
            if (!workers.awaitTermination(STOP.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("a package is still being worked on; the next start takes it up");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
