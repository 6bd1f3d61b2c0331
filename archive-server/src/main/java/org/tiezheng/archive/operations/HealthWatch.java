package org.tiezheng.archive.operations;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks all parts, each on its own thread, and keeps the answer for a moment so that whoever may ask cannot wear the parts out.
 * A part that hangs is down, and is not asked again before it has come back. Thread-safe.
 */
public final class HealthWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);
    private static final Duration KEPT = Duration.ofSeconds(5);

    private final List<HealthPart> parts;
    private final Clock clock;
    private final Duration patience;
    private final ExecutorService threads;
    private final Map<String, Future<Health>> running = new HashMap<>();
    private @Nullable HealthReport last;

    public HealthWatch(List<HealthPart> parts, Clock clock) {
        this(parts, clock, Duration.ofSeconds(5));
    }

    HealthWatch(List<HealthPart> parts, Clock clock, Duration patience) {
        this.parts = List.copyOf(parts);
        this.clock = clock;
        this.patience = patience;
        // Bounded by the number of parts: one that hangs is not started twice.
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "health");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** How everything is; at most five seconds old. */
    public synchronized HealthReport report() {
        Instant now = clock.instant();
        HealthReport known = last;
        if (known != null && now.isBefore(known.at().plus(KEPT)) && !now.isBefore(known.at())) {
            return known;
        }
        Map<String, Future<Health>> answers = new HashMap<>();
        for (HealthPart part : parts) {
            Future<Health> answer = running.get(part.name());
            if (answer == null || answer.isDone()) {
                answer = threads.submit(part::look);
                running.put(part.name(), answer);
            }
            answers.put(part.name(), answer);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        Map<String, Health> seen = new TreeMap<>();
        boolean ready = true;
        Health.Status worst = Health.Status.UP;
        for (HealthPart part : parts) {
            Health health = await(part.name(), answers.get(part.name()), deadline);
            seen.put(part.name(), health);
            ready &= !part.isRequired() || health.status() != Health.Status.DOWN;
            worst = worst.compareTo(health.status()) < 0 ? health.status() : worst;
        }
        tellChanges(known, seen);
        HealthReport report = new HealthReport(now, ready, worst, Collections.unmodifiableMap(seen));
        last = report;
        return report;
    }

    private static Health await(String part, @Nullable Future<Health> answer, long deadline) {
        if (answer == null) {
            throw new IllegalStateException("two parts are called " + part);
        }
        try {
            return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return Health.down("no-answer");
        } catch (ExecutionException failed) {
            log.warn("health of {} cannot be told", part, failed.getCause());
            return Health.down("failed");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Health.down("no-answer");
        }
    }

    private static void tellChanges(@Nullable HealthReport known, Map<String, Health> seen) {
        seen.forEach((part, health) -> {
            Health before = known == null ? null : known.parts().get(part);
            if (before == null ? health.status() != Health.Status.UP : before.status() != health.status()) {
                log.warn("health: {} is {} ({})", part, health.status(), health.code());
            }
        });
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
