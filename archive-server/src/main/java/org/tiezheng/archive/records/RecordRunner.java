package org.tiezheng.archive.records;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Gives evidence records their turns while the server is up. A failed turn is repeated. */
final class RecordRunner implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(RecordRunner.class);
    private static final long EVERY_SECONDS = 5;
    private static final long STOP_SECONDS = 10;

    private final RecordBatches batches;
    private ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile String lastFailure = "";

    RecordRunner(RecordBatches batches) {
        this.batches = batches;
    }

    @Override
    public void start() {
        executor.shutdown();
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "records");
            thread.setDaemon(true);
            return thread;
        });
        running = true;
        var unused = executor.scheduleWithFixedDelay(this::turn, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void turn() {
        try {
            batches.turn();
            lastFailure = "";
        } catch (RuntimeException e) {
            String failure = String.valueOf(e.getMessage());
            if (!failure.equals(lastFailure)) {
                log.error("evidence records: {}", failure, e);
                lastFailure = failure;
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        executor.shutdown();
        try {
            if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                // Every step is durable: what is cut off here is taken up by the next start.
                executor.shutdownNow();
            }
            batches.release();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("the lease on evidence records was left to end by itself: {}", e.getMessage());
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
