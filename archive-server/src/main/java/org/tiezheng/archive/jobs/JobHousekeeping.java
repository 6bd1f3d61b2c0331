package org.tiezheng.archive.jobs;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * What every server does again and again: takes back the jobs of lost agents, makes the runs of schedules, forgets old
 * idempotency keys. Every server does it; each piece of work is done by the one whose row lock it is.
 */
final class JobHousekeeping implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(JobHousekeeping.class);
    private static final long STOP_SECONDS = 10;

    private final Jobs jobs;
    private final Schedules schedules;
    private final Submissions submissions;
    private final JobSettings settings;
    private volatile @Nullable ScheduledExecutorService thread;
    /** When a round last worked, by {@link System#nanoTime}; 0 before the first. */
    private long lastRound;

    JobHousekeeping(Jobs jobs, Schedules schedules, Submissions submissions, JobSettings settings) {
        this.jobs = jobs;
        this.schedules = schedules;
        this.submissions = submissions;
        this.settings = settings;
    }

    @Override
    public void start() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "job-housekeeping");
            made.setDaemon(true);
            return made;
        });
        thread = started;
        long millis = settings.housekeeping().toMillis();
        started.scheduleWithFixedDelay(
                () -> {
                    takeBackLost();
                    quietly("schedules due", schedules::runDue);
                },
                0,
                millis,
                TimeUnit.MILLISECONDS);
        started.scheduleWithFixedDelay(
                () -> quietly("old idempotency keys forgotten", submissions::forgetOldKeys), 1, 60, TimeUnit.MINUTES);
    }

    /**
     * Agents that could not reach us are not lost. A round that comes late (we were down, the database was away) only makes
     * leases last; those who are really gone are found a lease later.
     */
    private void takeBackLost() {
        long now = System.nanoTime();
        boolean late = lastRound == 0 || now - lastRound > settings.lease().toNanos() / 2;
        boolean done = late
                ? quietly("leases made to last after an outage", jobs::forgiveSilence)
                : quietly("jobs of lost agents taken back", jobs::takeBackLost);
        if (done) {
            lastRound = now;
        }
    }

    @Override
    public void stop() {
        ScheduledExecutorService running = thread;
        thread = null;
        if (running != null) {
            running.shutdown();
            try {
                if (!running.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                    running.shutdownNow();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    /** The database may be away for a while; the next round tries again. */
    private static boolean quietly(String what, IntSupplier work) {
        try {
            int n = work.getAsInt();
            if (n > 0) {
                LOG.info("{}: {}", what, n);
            }
            return true;
        } catch (RuntimeException e) {
            LOG.warn("not done, trying again: {}: {}", what, e.toString());
            return false;
        }
    }
}
