package org.tiezheng.capture;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.Step;
import org.tiezheng.capture.record.Step.Outcome;

/**
 * Runs the steps of one capture, each within its own time and all within the total, and writes down
 * how each ended. A step that fails fails alone: {@link #run} returns null and the capture goes on.
 *
 * <p>Steps are run and asked for by one thread; {@link #cancel} may be called by any.
 */
final class StepRunner {
    /** How long a step whose time is up may take to notice. After that its thread is left behind. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final int LONGEST_DETAIL = 500;

    /** Hears of steps as they happen, on the thread that runs the capture. */
    interface Listener {
        default void started(String name) {}

        default void ended(Step step) {}
    }

    /** The work of a step. */
    @FunctionalInterface
    interface Action<T> {
        T run(Note note) throws Exception;
    }

    /** The work of a step that makes nothing. */
    @FunctionalInterface
    interface Work {
        void run(Note note) throws Exception;
    }

    /** What a step says about itself besides its result. Used by the step's own thread. */
    static final class Note {
        private volatile @Nullable String detail;
        private volatile Outcome outcome = Outcome.OK;
        private volatile @Nullable Instant ended;

        void detail(String text) {
            detail = text;
        }

        /** The step is done after all, whatever it said before. */
        void ok(String text) {
            outcome = Outcome.OK;
            detail = text;
        }

        /** The step has a result, but not within its time. */
        void timeout(String text) {
            outcome = Outcome.TIMEOUT;
            detail = text;
        }

        /** The step has a result, but not as it should be. */
        void error(String text) {
            outcome = Outcome.ERROR;
            detail = text;
        }

        void skipped(String text) {
            outcome = Outcome.SKIPPED;
            detail = text;
        }
    }

    private final Clock clock;
    private final Listener listener;
    private final long deadlineNanos;
    private final List<Step> steps = new ArrayList<>();
    private final Object lock = new Object();
    private boolean cancelled;
    private final Set<Thread> current = new HashSet<>();

    /** @param total time for all steps but those of {@link #runAlways}, from now */
    StepRunner(Clock clock, Duration total, Listener listener) {
        this.clock = clock;
        this.listener = listener;
        this.deadlineNanos = System.nanoTime() + total.toNanos();
    }

    /** Runs {@code action} unless the total time is over or the capture cancelled. Null if there is no result. */
    <T> @Nullable T run(String name, Duration limit, Action<T> action) {
        return end(start(name, limit, action));
    }

    /**
     * The same in two halves, for steps that do not need each other: several may be under way. Each started step must be
     * ended; it is written down when it is, with its own times.
     */
    <T> Running<T> start(String name, Duration limit, Action<T> action) {
        if (isCancelled()) {
            return new Running<>(name, limit, clock, action, "cancelled");
        }
        Duration left = left();
        if (left.isZero()) {
            return new Running<>(name, limit, clock, action, "the capture's total time is over");
        }
        boolean short_ = left.compareTo(limit) < 0;
        return begin(name, short_ ? left : limit, true, action);
    }

    /** Waits for a step. Null if there is no result. */
    <T> @Nullable T end(Running<T> step) {
        if (step.whySkipped != null) {
            skip(step.name, step.whySkipped);
            return null;
        }
        return finish(step);
    }

    /** A step under way, or one that was not even started. */
    static final class Running<T> {
        private final String name;
        private final Duration limit;
        private final Instant start;
        private final long startNanos = System.nanoTime();
        private final @Nullable String whySkipped;
        private final Note note = new Note();
        private final FutureTask<T> task;
        private final Thread thread;

        private Running(String name, Duration limit, Clock clock, Action<T> action, @Nullable String whySkipped) {
            this.name = name;
            this.limit = limit;
            this.start = clock.instant();
            this.whySkipped = whySkipped;
            task = new FutureTask<>(() -> {
                try {
                    return action.run(note);
                } finally {
                    note.ended = clock.instant();
                }
            });
            thread = new Thread(task, "step-" + name);
            thread.setDaemon(true);
        }

        boolean isOver() {
            return task.isDone();
        }
    }

    /** The same, for steps that must run whatever happened before: closing, end checks, assembly. */
    <T> @Nullable T runAlways(String name, Duration limit, Action<T> action) {
        return end(begin(name, limit, false, action));
    }

    void work(String name, Duration limit, Work work) {
        run(name, limit, note -> {
            work.run(note);
            return Boolean.TRUE;
        });
    }

    void workAlways(String name, Duration limit, Work work) {
        runAlways(name, limit, note -> {
            work.run(note);
            return Boolean.TRUE;
        });
    }

    /** Work after the record is closed. */
    @FunctionalInterface
    interface LateAction<T> {
        T run(Note note) throws IOException;
    }

    /**
     * Runs {@code action} on this thread and shows it like a step, without keeping it among {@link #steps}: for what comes
     * when they have been written down already. What it throws is the caller's.
     */
    <T> T show(String name, LateAction<T> action) throws IOException {
        listener.started(name);
        Instant start = clock.instant();
        Note note = new Note();
        try {
            return action.run(note);
        } catch (IOException | RuntimeException e) {
            note.error(describe(e));
            throw e;
        } finally {
            listener.ended(new Step(steps.size() + 1, name, start, clock.instant(), note.outcome, note.detail));
        }
    }

    void skip(String name, String why) {
        Instant now = clock.instant();
        ended(new Step(steps.size() + 1, name, now, now, Outcome.SKIPPED, why));
    }

    /** Interrupts what is running, unless it is a step that always runs, and skips all further ones. */
    void cancel() {
        synchronized (lock) {
            cancelled = true;
            current.forEach(Thread::interrupt);
        }
    }

    boolean isCancelled() {
        synchronized (lock) {
            return cancelled;
        }
    }

    /** What is left of the total time; zero if none. */
    Duration left() {
        long nanos = deadlineNanos - System.nanoTime();
        return nanos <= 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    private <T> Running<T> begin(String name, Duration limit, boolean cancellable, Action<T> action) {
        listener.started(name);
        Running<T> step = new Running<>(name, limit, clock, action, null);
        if (cancellable) {
            synchronized (lock) {
                current.add(step.thread);
            }
        }
        step.thread.start();
        return step;
    }

    private <T> @Nullable T finish(Running<T> step) {
        Note note = step.note;
        @Nullable T result = null;
        Outcome outcome = Outcome.ERROR;
        @Nullable String detail = null;
        try {
            result = await(step.task, step.startNanos + step.limit.toNanos());
            outcome = note.outcome;
            detail = note.detail;
        } catch (TimeoutException e) {
            outcome = Outcome.TIMEOUT;
            detail = note.detail == null ? "not done within " + step.limit.toMillis() + " ms" : note.detail;
            step.thread.interrupt();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof Error error && !(cause instanceof LinkageError || cause instanceof AssertionError)) {
                throw error;
            }
            outcome = cause instanceof TimeoutException ? Outcome.TIMEOUT : Outcome.ERROR;
            detail = isCancelled() && cause instanceof InterruptedException ? "cancelled" : describe(cause);
        } finally {
            synchronized (lock) {
                current.remove(step.thread);
            }
        }
        if (outcome == Outcome.TIMEOUT) {
            join(step.thread);
        }
        Instant own = note.ended;
        ended(new Step(steps.size() + 1, step.name, step.start, own == null ? clock.instant() : own, outcome, detail));
        return result;
    }

    private static <T> T await(FutureTask<T> task, long end) throws TimeoutException, ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    // Cancelling goes through cancel(): it reaches the step itself. Remember, go on waiting.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(GRACE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ended(Step step) {
        steps.add(step);
        listener.ended(step);
    }

    /** One line for the reader: the message, with the kind of exception where the message alone says too little. */
    static String describe(Throwable cause) {
        String message = fileProblem(cause);
        String text = message == null || message.isBlank()
                ? cause.getClass().getSimpleName()
                : cause instanceof IOException && message.contains(" ")
                        ? message
                        : cause.getClass().getSimpleName() + ": " + message;
        String line = text.lines()
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .findFirst()
                .orElse(text);
        return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "…";
    }

    /** The message; for those of java.nio.file that consist of a path only, with what is the matter with it. */
    private static @Nullable String fileProblem(Throwable cause) {
        String message = cause.getMessage();
        if (!(cause instanceof FileSystemException problem) || problem.getReason() != null) {
            return message;
        }
        if (cause instanceof AccessDeniedException) {
            return message + ": no permission";
        } else if (cause instanceof NoSuchFileException) {
            return message + ": does not exist";
        } else if (cause instanceof FileAlreadyExistsException) {
            return message + ": exists already";
        }
        return message;
    }
}
