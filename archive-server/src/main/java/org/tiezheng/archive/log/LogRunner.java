package org.tiezheng.archive.log;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Runs the log every few seconds while the server is up. A failed run is repeated at the next turn; damage stops it.
 *
 * <p>First the database is compared with the published files, then with what witnesses have seen; before that is done nothing new
 * is signed.
 */
final class LogRunner implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(LogRunner.class);
    private static final long STOP_SECONDS = 10;

    private final TransparencyLog log;
    private final Witnesses witnesses;
    private final Runnable first;
    private final Runnable eachTurn;
    private final Runnable published;
    private final Duration every;
    private ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile String lastFailure = "";
    private boolean checked;
    private boolean isPublished;

    LogRunner(TransparencyLog log, Witnesses witnesses, Duration every) {
        this(log, witnesses, () -> {}, () -> {}, () -> {}, every);
    }

    /**
     * @param first once after a start, before anything is signed
     * @param eachTurn before anything is signed, each time
     * @param published once after a start, in a thread of its own, when there is a published checkpoint
     */
    LogRunner(
            TransparencyLog log,
            Witnesses witnesses,
            Runnable first,
            Runnable eachTurn,
            Runnable published,
            Duration every) {
        this.first = first;
        this.eachTurn = eachTurn;
        this.published = published;
        this.log = log;
        this.witnesses = witnesses;
        this.every = every;
    }

    /** Checks first; a log that does not pass stands still, and readiness says why. */
    @Override
    public void start() {
        executor = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "log"));
        running = true;
        checked = false;
        isPublished = false;
        var unused =
                executor.scheduleWithFixedDelay(() -> turn(this::advance), 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void advance() {
        if (!checked) {
            log.check();
            first.run();
            checked = true;
            ScheduledExecutorService current = executor;
            witnesses.start(() -> current.execute(() -> turn(log::finish)));
        }
        eachTurn.run();
        if (witnesses.mayAdvance()) {
            log.run();
        }
        if (!isPublished && log.publishedSize() > 0) {
            isPublished = true;
            Thread thread = new Thread(published, "log-stamp");
            thread.setDaemon(true);
            thread.start();
        }
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
        witnesses.stop();
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
