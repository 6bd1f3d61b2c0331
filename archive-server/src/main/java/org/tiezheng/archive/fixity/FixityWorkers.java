package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The threads of one server: one for each store, which reads copies, one for other work in the background, one that says that this server
 * is there. Any number of servers may run them on one database.
 *
 * <p>A thread claims a batch and reads it copy by copy; results are written down {@value #WRITE_AFTER} at a time, or every few seconds, or
 * at once when something is bad. Dying loses what was read since; what was claimed is freed by another server, or by this one after its
 * restart.
 */
public final class FixityWorkers implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(FixityWorkers.class);
    private static final int WRITE_AFTER = 50;
    private static final Duration WRITE_WITHIN = Duration.ofSeconds(5);
    private static final Duration BETWEEN_BEATS = Duration.ofSeconds(3);
    private static final Duration BETWEEN_TURNS = Duration.ofSeconds(2);
    /** So many copies in a row without an answer, and the store is taken to be down for a while. */
    private static final int SILENCE_OF_A_STORE_THAT_IS_DOWN = 3;

    /** For so long it is left alone then. */
    static final Duration REST = Duration.ofSeconds(30);

    private static final long STOP_SECONDS = 20;

    /** Something that is done in the background, a piece at a time. */
    @FunctionalInterface
    interface Work {
        /**
         * Does one piece.
         *
         * @return false if there is nothing to do now
         */
        boolean turn(UUID worker) throws InterruptedException;
    }

    private final CheckedStores stores;
    private final CopyTable copies;
    private final Checks checks;
    private final Runs runs;
    private final Paces paces;
    private final Workers workers;
    private final ReadRate rate;
    private final List<Work> background;
    private final Clock clock;
    private final int batch;
    private final String node;
    private final boolean enabled;
    private final Duration rest;
    private final UUID me = UUID.randomUUID();

    private ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile boolean registered;
    private volatile boolean paused;
    private volatile Set<UUID> openRuns = Set.of();

    FixityWorkers(
            CheckedStores stores,
            CopyTable copies,
            Checks checks,
            Runs runs,
            Paces paces,
            Workers workers,
            ReadRate rate,
            List<Work> background,
            Clock clock,
            int batch,
            String node,
            boolean enabled,
            Duration rest) {
        this.stores = stores;
        this.copies = copies;
        this.checks = checks;
        this.runs = runs;
        this.paces = paces;
        this.workers = workers;
        this.rate = rate;
        this.background = List.copyOf(background);
        this.clock = clock;
        this.batch = batch;
        this.node = node;
        this.enabled = enabled;
        this.rest = rest;
    }

    @Override
    public void start() {
        if (!enabled) {
            return;
        }
        threads = Executors.newScheduledThreadPool(stores.ids().size() + 2, task -> {
            Thread thread = new Thread(task, "fixity");
            thread.setDaemon(true);
            return thread;
        });
        running = true;
        repeat(BETWEEN_BEATS, this::beat);
        for (String store : stores.ids()) {
            repeat(BETWEEN_TURNS, () -> {
                while (turn(store)) {
                    // Until nothing is due.
                }
            });
        }
        repeat(BETWEEN_TURNS, this::background);
    }

    private interface Task {
        void run() throws InterruptedException;
    }

    private void repeat(Duration between, Task task) {
        var unused = threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        // Else it would never run again. The database may be away.
                        LOG.error("fixity checks", e);
                    }
                },
                0,
                between.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** This server is there; what others lost is free; pace and open runs are as they are now. */
    void beat() {
        workers.beat(me, node);
        workers.freeLost();
        if (!registered) {
            stores.register();
            registered = true;
        }
        refresh();
        runs.finish();
    }

    private void refresh() {
        Pace pace = paces.now();
        paused = pace.isPaused();
        rate.set(pace.bytesPerSecond());
        openRuns = runs.running();
    }

    /** Everything there is to do in the background now. */
    void background() throws InterruptedException {
        if (!registered) {
            return;
        }
        boolean more = true;
        while (more && !Thread.currentThread().isInterrupted()) {
            more = false;
            for (Work work : background) {
                try {
                    more |= work.turn(me);
                } catch (RuntimeException e) {
                    // The other kinds of work are not to wait for it.
                    LOG.error("fixity, in the background", e);
                }
            }
        }
    }

    /**
     * Claims a batch of a store and checks it: what persons asked for first, then what is due.
     *
     * @return whether there may be more to do at once
     */
    boolean turn(String store) throws InterruptedException {
        if (!registered) {
            return false;
        }
        refresh();
        if (paused) {
            return false;
        }
        List<Copy> claimed = copies.claimOfRuns(store, me, batch);
        if (claimed.isEmpty()) {
            claimed = copies.claimDue(store, me, clock.instant(), batch);
        }
        if (claimed.isEmpty()) {
            return false;
        }
        boolean answers = true;
        try {
            answers = read(claimed);
        } finally {
            // What was not read is for whoever claims next; what was, is not claimed any more.
            copies.release(me, store);
        }
        if (!answers) {
            LOG.warn("store {} does not answer; fixity checks of it rest {} s", store, rest.toSeconds());
            TimeUnit.MILLISECONDS.sleep(rest.toMillis());
        }
        return true;
    }

    /** @return false if the store seems to be down */
    private boolean read(List<Copy> claimed) throws InterruptedException {
        List<Checked> unwritten = new ArrayList<>();
        Instant writtenAt = clock.instant();
        int silent = 0;
        for (Copy copy : claimed) {
            if (paused || (copy.runId() != null && !openRuns.contains(copy.runId()))) {
                break;
            }
            Checked checked = checks.check(copy);
            unwritten.add(checked);
            silent = checked.outcome() == FixityOutcome.NO_ANSWER ? silent + 1 : 0;
            if (unwritten.size() >= WRITE_AFTER
                    || checked.isAlarming()
                    || clock.instant().isAfter(writtenAt.plus(WRITE_WITHIN))) {
                checks.record(unwritten);
                unwritten.clear();
                writtenAt = clock.instant();
            }
            if (silent >= SILENCE_OF_A_STORE_THAT_IS_DOWN) {
                break;
            }
        }
        if (!unwritten.isEmpty()) {
            checks.record(unwritten);
        }
        return silent < SILENCE_OF_A_STORE_THAT_IS_DOWN;
    }

    @Override
    public void stop() {
        if (!running) {
            return;
        }
        running = false;
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("fixity threads do not end");
            }
            workers.gone(me);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("fixity: the database is gone first; another server frees what was claimed", e);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
