package org.tiezheng.archive.database;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A figure that takes a look at every row of something, for pages that do not wait for that. Thread-safe.
 *
 * <p>Of up to {@value #MANY} rows it is counted whenever it is asked for. Of more, what was counted last is given: for {@link #KEPT}, or
 * twenty times as long as counting took, so that counting never takes more than a twentieth of the time; then it is counted anew in the
 * background, and whoever asks meanwhile waits no longer than {@link #PATIENCE} for that. So such a figure belongs on a page together with
 * the moment it was counted at. What was counted more than {@link #TOO_OLD} ago is not given any more.
 *
 * @param <T> the figure; never changed once it was counted
 */
public final class Counted<T> {
    /** Counting so many rows takes some 50 ms. */
    public static final long MANY = 50_000;

    private static final Duration KEPT = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofMillis(150);
    private static final Duration TOO_OLD = Duration.ofHours(1);
    private static final int SHARE = 20;

    private final String name;
    private final Supplier<T> count;
    private final ToLongFunction<T> rows;
    private final Clock clock;
    private volatile @Nullable Known<T> known;
    private @Nullable FutureTask<Known<T>> underWay;

    /**
     * A figure, and how old it is.
     *
     * @param took to count it
     */
    public record Known<T>(T value, Instant at, Duration took) {}

    /**
     * Counts nothing yet.
     *
     * @param name of the thread that counts
     * @param count what to do; from one thread at a time in the background, and from whoever calls {@link #anew}
     * @param rows how many rows a figure is of
     */
    public Counted(String name, Supplier<T> count, ToLongFunction<T> rows, Clock clock) {
        this.name = name;
        this.count = count;
        this.rows = rows;
        this.clock = clock;
    }

    /** The figure. @throws RuntimeException that of the counting, if there is no figure to give instead */
    public T get() {
        return now().value();
    }

    /** As {@link #get}, with the moment. */
    public Known<T> now() {
        Known<T> last = known;
        if (last != null && rows.applyAsLong(last.value()) <= MANY) {
            return count();
        }
        Instant now = clock.instant();
        if (last != null && now.isBefore(last.at().plus(keptFor(last)))) {
            return last;
        }
        boolean tooOld = last == null || last.at().plus(TOO_OLD).isBefore(now);
        FutureTask<Known<T>> task = inBackground();
        try {
            return tooOld ? task.get() : task.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            return java.util.Objects.requireNonNull(last);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + name + " is counted", e);
        }
    }

    /** Counted now, by this thread, however long it takes. */
    public T anew() {
        return count().value();
    }

    private static Duration keptFor(Known<?> last) {
        Duration share = last.took().multipliedBy(SHARE);
        return share.compareTo(KEPT) > 0 ? share : KEPT;
    }

    private Known<T> count() {
        Instant at = clock.instant();
        long began = System.nanoTime();
        T value = count.get();
        Known<T> counted = new Known<>(value, at, Duration.ofNanos(System.nanoTime() - began));
        known = counted;
        return counted;
    }

    /** The counting that is under way, or a new one. */
    private synchronized FutureTask<Known<T>> inBackground() {
        FutureTask<Known<T>> task = underWay;
        if (task == null || task.isDone()) {
            task = new FutureTask<>(this::count);
            underWay = task;
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            thread.start();
        }
        return task;
    }
}
