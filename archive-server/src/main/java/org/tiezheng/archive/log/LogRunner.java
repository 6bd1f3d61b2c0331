package org.tiezheng.archive.log;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Runs the log every few seconds while the server is up. A failed run is repeated at the next turn; damage stops it. */
final class LogRunner implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(LogRunner.class);
    private static final long STOP_SECONDS = 10;

    private final TransparencyLog log;
    private final Duration every;
    private ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile String lastFailure = "";

    LogRunner(TransparencyLog log, Duration every) {
        this.log = log;
        this.every = every;
    }

    /** Checks first; a log that does not pass stands still, and readiness says why. */
    @Override
    public void start() {
        executor = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "log"));
        running = true;
        executor.execute(() -> turn(log::check));
        var unused = executor.scheduleWithFixedDelay(() -> turn(log::run), 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void turn(Runnable work) {
        if (log.damage().isPresent()) {
            return;
        }
        try {
            work.run();
            lastFailure = "";
        } catch (RuntimeException e) {
            // Once per cause, not every two seconds: a database that is away is away for a while.
            String failure = String.valueOf(e.getMessage());
            if (!failure.equals(lastFailure)) {
                LOG.error("the transparency log did not advance: {}", failure, e);
                lastFailure = failure;
            }
        }
    }

    /** Why the last turn failed; empty if it did not. */
    String lastFailure() {
        return lastFailure;
    }

    @Override
    public void stop() {
        running = false;
        executor.shutdown();
        try {
            if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                // Every step is one transaction: what is cut off here is rolled back and done again.
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
