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
                    quietly("jobs of lost agents taken back", jobs::takeBackLost);
                    quietly("schedules due", schedules::runDue);
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
        started.scheduleWithFixedDelay(
                () -> quietly("old idempotency keys forgotten", submissions::forgetOldKeys), 1, 60, TimeUnit.MINUTES);
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
    private static void quietly(String what, IntSupplier work) {
        try {
            int n = work.getAsInt();
            if (n > 0) {
                LOG.info("{}: {}", what, n);
            }
        } catch (RuntimeException e) {
            LOG.warn("not done, trying again: {}: {}", what, e.toString());
        }
    }
}
