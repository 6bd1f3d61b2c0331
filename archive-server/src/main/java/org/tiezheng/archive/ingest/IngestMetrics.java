package org.tiezheng.archive.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Figures of ingest for Prometheus; docs/ingest.md lists them. Counters are of this server since its start, gauges of the whole
 * archive.
 */
final class IngestMetrics {
    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final List<UploadState> WAITING = List.of(
            UploadState.RECEIVING,
            UploadState.VERIFYING,
            UploadState.STORING,
            UploadState.QUARANTINED,
            UploadState.ORPHANED);

    /** What is timed. */
    enum Stage {
        VERIFY,
        STORE,
        ARCHIVE
    }

    /** A piece of work that may fail for reasons of the disk, the store or the database. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    private final UploadTable table;
    private final Clock clock;
    private final Counter received;
    private final Counter stored;
    private final Counter faults;
    private final Map<Stage, Timer> stages = new EnumMap<>(Stage.class);
    private final Map<UploadState, Counter> ends = new EnumMap<>(UploadState.class);
    private Map<UploadState, Long> counts = Map.of();
    private @Nullable Instant countedAt;

    IngestMetrics(MeterRegistry registry, UploadTable table, Clock clock) {
        this.table = table;
        this.clock = clock;
        this.received = Counter.builder("tiezheng.ingest.received")
                .baseUnit("bytes")
                .description("bytes of packages that came")
                .register(registry);
        this.stored = Counter.builder("tiezheng.ingest.stored")
                .baseUnit("bytes")
                .description("bytes of packages that were archived")
                .register(registry);
        this.faults = Counter.builder("tiezheng.ingest.faults")
                .description("faults of disk, store or database; what they stopped is tried again")
                .register(registry);
        for (Stage stage : Stage.values()) {
            stages.put(
                    stage,
                    Timer.builder("tiezheng.ingest.stage")
                            .tag("stage", name(stage))
                            .description("time of one package in one stage, failed ones too")
                            .register(registry));
        }
        for (UploadState end : UploadState.values()) {
            if (end.isFinal()) {
                ends.put(
                        end,
                        Counter.builder("tiezheng.ingest.ended")
                                .tag("state", name(end))
                                .description("packages that came to this end by themselves")
                                .register(registry));
            }
        }
        for (UploadState state : WAITING) {
            Gauge.builder("tiezheng.ingest.packages", this, metrics -> metrics.count(state))
                    .tag("state", name(state))
                    .description("packages that are in this state now")
                    .register(registry);
        }
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    void received(long bytes) {
        received.increment(bytes);
    }

    void fault() {
        faults.increment();
    }

    <T> T timed(Stage stage, Work<T> work) throws IOException {
        Timer.Sample begin = Timer.start();
        try {
            return work.run();
        } finally {
            long unused = begin.stop(Objects.requireNonNull(stages.get(stage)));
        }
    }

    /** Told once for each package that this server brought to {@code state}. */
    void ended(UploadState state, long bytes) {
        Counter end = ends.get(state);
        if (end != null) {
            end.increment();
        }
        if (state == UploadState.ARCHIVED) {
            stored.increment(bytes);
        }
    }

    /** All states by one query, kept for a moment: a scrape asks for each. */
    private synchronized double count(UploadState state) {
        Instant now = clock.instant();
        if (countedAt == null || countedAt.plus(FRESH).isBefore(now)) {
            counts = table.counts(WAITING);
            countedAt = now;
        }
        return counts.getOrDefault(state, 0L);
    }
}
