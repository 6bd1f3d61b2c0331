package org.tiezheng.archive.filing;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Threads that work on the tasks of {@link FilingTasks}. Several servers may have one on one database.
 *
 * <p>A stop of the server gives the task back before its next package; a crash leaves a lease that ends.
 */
public final class FilingRunner implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(FilingRunner.class);
    private static final Duration POLL = Duration.ofSeconds(2);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);
    private static final int STOP_SECONDS = 20;

    private final FilingTasks tasks;
    private final Map<FilingTask.Kind, Work> works = new EnumMap<>(FilingTask.Kind.class);
    private final String node;
    private final int threads;
    private final Duration lease;
    private final Clock clock;
    private final String process = UUID.randomUUID().toString();
    private final Semaphore news = new Semaphore(0);
    private volatile boolean running;
    private ExecutorService executor = Executors.newSingleThreadExecutor();

    /** What a kind of task does. */
    interface Work {
        FilingTask.Kind kind();

        /**
         * Goes on where the rows of the task say.
         *
         * @throws IOException for a fault of ours: the task is tried again later
         * @throws FailedException if trying again is useless
         * @throws CancellationException as {@link Control#progress} threw it
         */
        void run(FilingTask task, Control control) throws IOException, FailedException;

        /** After its end was written: gives up what only this task needed. Not called if we die before. */
        default void ended(FilingTask task) throws IOException {}
    }

    /** The task cannot be done; the message says why. */
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1;

        FailedException(String message) {
            super(message);
        }
    }

    /** What the task waits for is not there yet; it is gone on with after a while. */
    static final class PostponedException extends CancellationException {
        private static final long serialVersionUID = 1;

        private final Duration wait;

        PostponedException(Duration wait) {
            super("postponed");
            this.wait = wait;
        }
    }

    private static final class StoppedException extends CancellationException {
        private static final long serialVersionUID = 1;
    }

    private static final class LostException extends CancellationException {
        private static final long serialVersionUID = 1;
    }

    FilingRunner(FilingTasks tasks, List<? extends Work> works, String node, int threads, Duration lease, Clock clock) {
        this.tasks = tasks;
        works.forEach(work -> this.works.put(work.kind(), work));
        this.node = node;
        this.threads = threads;
        this.lease = lease;
        this.clock = clock;
    }

    /** How a task's work says how far it is, and learns that it is to end. */
    final class Control {
        private final FilingTask task;
        private final String owner;
        private Instant last = Instant.MIN;

        private Control(FilingTask task, String owner) {
            this.task = task;
            this.owner = owner;
        }

        /**
         * Says how far the task is; writes it at most once a second.
         *
         * @throws CancellationException if the task is to end, or is another server's by now
         */
        void progress(int done, long doneBytes) {
            Instant now = clock.instant();
            if (running && now.isBefore(last.plus(HEARTBEAT)) && now.isAfter(last)) {
                return;
            }
            last = now;
            switch (tasks.renew(task.id(), owner, lease, done, doneBytes)) {
                case GO_ON -> {
                    if (!running) {
                        throw new StoppedException();
                    }
                }
                case CANCELLED -> throw new CancellationException();
                case LOST -> throw new LostException();
            }
        }

        /**
         * Writes how far a package is.
         *
         * @throws CancellationException if the task is another server's by now: what that one wrote stays
         */
        void change(FilingItem item) {
            if (!tasks.changeAs(owner, item)) {
                throw new LostException();
            }
        }

        /** As {@link #change(FilingItem)}. */
        void change(FilingItem item, FilingItem.State state, @Nullable String reason, @Nullable UUID runId) {
            change(item.at(state, reason, runId));
        }
    }

    @Override
    public void start() {
        running = true;
        executor = Executors.newFixedThreadPool(threads, task -> new Thread(task, "filing"));
        for (int i = 0; i < threads; i++) {
            String owner = process + "/" + i;
            executor.execute(() -> loop(owner));
        }
    }

    /** There is something to do. */
    public void wake() {
        news.release();
    }

    private void loop(String owner) {
        while (running) {
            boolean worked = false;
            try {
                worked = turn(owner);
            } catch (DataAccessException | TransactionException away) {
                log.warn("filing: {}", away.toString());
            }
            if (!worked) {
                try {
                    boolean unused = news.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS);
                    int drained = news.drainPermits();
                    assert drained >= 0;
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Works on one task, if there is one. For tests, and for the threads. */
    boolean turn(String owner) {
        Optional<FilingTask> claimed = tasks.claim(node, owner, lease);
        if (claimed.isEmpty()) {
            return false;
        }
        FilingTask task = claimed.get();
        Work work = works.get(task.kind());
        if (work == null) {
            tasks.end(task, owner, FilingTask.State.FAILED, "this server does not know " + task.kind());
            return true;
        }
        if (task.attempts() >= FilingTasks.ATTEMPTS) {
            end(task, owner, FilingTask.State.FAILED, "begun " + task.attempts() + " times, never ended");
            return true;
        }
        try {
            work.run(task, new Control(task, owner));
            end(task, owner, FilingTask.State.DONE, null);
        } catch (StoppedException stopped) {
            boolean unused = tasks.release(task, owner, null, false);
        } catch (PostponedException later) {
            tasks.postpone(task, owner, later.wait);
        } catch (LostException lost) {
            log.warn("task {} is another server's by now", task.id());
        } catch (CancellationException cancelled) {
            end(task, owner, FilingTask.State.CANCELLED, null);
        } catch (FailedException failed) {
            end(task, owner, FilingTask.State.FAILED, failed.getMessage());
        } catch (IOException | RuntimeException fault) {
            log.warn("task {} {}", task.kind(), task.id(), fault);
            if (tasks.release(task, owner, fault.getClass().getSimpleName() + ": " + fault.getMessage(), true)) {
                ended(task);
            }
        }
        return true;
    }

    private void end(FilingTask task, String owner, FilingTask.State state, @Nullable String failure) {
        if (tasks.end(task, owner, state, failure)) {
            ended(task);
        }
    }

    private void ended(FilingTask task) {
        Work work = works.get(task.kind());
        try {
            if (work != null) {
                work.ended(task);
            }
        } catch (IOException left) {
            log.warn("task {} {} has ended and left something behind: {}", task.kind(), task.id(), left.toString());
        }
    }

    /** Works on everything there is, in this thread. For tests. */
    void drain() {
        running = true;
        for (int i = 0; i < 1000 && turn(process); i++) {
            continue;
        }
    }

    @Override
    public void stop() {
        running = false;
        wake();
        executor.shutdown();
        try {
            if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
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
