package org.tiezheng.archive.stores;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.storage.MirroredStore;

/**
 * Tests the stores at start and then as often as configured, and works through the custodian's queue. Two threads of this
 * server: each server has a queue of its own on its disk.
 */
public final class StoreWatch implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    /** A store that could not be reached is tried again sooner than the next day. */
    private static final long SECONDS_UNTIL_RETRY = 60;

    private final Stores stores;
    private final WormTests tests;
    private final StoreGate gate;
    private final StoreSettings settings;
    private final CustodianAlarm alarm;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "stores");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean running;

    StoreWatch(Stores stores, WormTests tests, StoreGate gate, StoreSettings settings, CustodianAlarm alarm) {
        this.stores = stores;
        this.tests = tests;
        this.gate = gate;
        this.settings = settings;
        this.alarm = alarm;
    }

    @Override
    public void start() {
        running = true;
        threads.execute(this::testAll);
        stores.mirrored().ifPresent(mirrored -> {
            long millis = settings.custodian().catchUpEvery().toMillis();
            threads.scheduleWithFixedDelay(() -> catchUp(mirrored), millis, millis, TimeUnit.MILLISECONDS);
        });
    }

    private void testAll() {
        long nextSeconds = settings.selfTestEvery().toSeconds();
        try {
            for (Stores.Part part : stores.parts()) {
                tests.run(part, Actor.system("stores"));
            }
            if (gate.decide().standing() == StoreGate.Standing.NOT_PROVED) {
                nextSeconds = Math.min(nextSeconds, SECONDS_UNTIL_RETRY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeException e) {
            // Else it would never run again. The database may be away.
            LOG.error("WORM self-test did not run", e);
            nextSeconds = Math.min(nextSeconds, SECONDS_UNTIL_RETRY);
        }
        if (running) {
            threads.schedule(this::testAll, nextSeconds, TimeUnit.SECONDS);
        }
    }

    private void catchUp(MirroredStore mirrored) {
        try {
            if (mirrored.status().waiting() > 0) {
                MirroredStore.CaughtUp done = mirrored.catchUp();
                LOG.info("custodian: {} copied, {} failed, {} wait", done.done(), done.failed(), done.left());
            }
            alarm.look(mirrored.status());
        } catch (IOException | RuntimeException e) {
            // Else it would never run again.
            LOG.error("custodian queue", e);
        }
    }

    /** Tests a store now, in the background. */
    public void testNow(Stores.Part part, Actor actor) {
        threads.execute(() -> {
            try {
                tests.run(part, actor);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.error("WORM self-test did not run", e);
            }
        });
    }

    /** Tries the waiting copies now, in the background. */
    public void catchUpNow() {
        stores.mirrored().ifPresent(mirrored -> threads.execute(() -> catchUp(mirrored)));
    }

    @Override
    public void stop() {
        running = false;
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
                LOG.warn("store threads do not end");
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
