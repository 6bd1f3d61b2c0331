package org.tiezheng.capture.environment;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks outside time when a capture begins and again when it ends, and watches the machine's clock in between. */
public final class ClockWatch {
    /** Beyond one second the minute on the official form may be wrong. */
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(1);

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);

    private final Clock clock;
    private final SntpClient client;
    private final List<String> servers;
    private final Duration limit;
    private final Instant startedAt;
    private final long startedNanos;
    private final List<SntpSample> before;

    private ClockWatch(Clock clock, SntpClient client, List<String> servers, Duration limit) {
        this.clock = clock;
        this.client = client;
        this.servers = List.copyOf(servers);
        this.limit = limit;
        this.startedAt = clock.instant();
        this.startedNanos = System.nanoTime();
        this.before = client.askAll(this.servers);
    }

    /** Asks now; returns within a little more than 2 s. No servers is allowed: then nothing is known, and said so. */
    public static ClockWatch start(Clock clock, List<String> servers, Duration limit) {
        return new ClockWatch(clock, new SntpClient(clock, Duration.ofSeconds(1)), servers, limit);
    }

    /** What was learnt at the start. */
    public List<SntpSample> before() {
        return before;
    }

    /** Asks again. @param page the page's clock, if the browser was asked */
    public ClockProof finish(ClockProof.@Nullable PageReading page) {
        List<SntpSample> after = client.askAll(servers);
        Instant endedAt = clock.instant();
        long elapsedNanos = System.nanoTime() - startedNanos;
        double drift = (Duration.between(startedAt, endedAt).toNanos() - elapsedNanos) / 1e6;
        return new ClockProof(
                limit.toMillis(),
                startedAt,
                endedAt,
                Math.round(elapsedNanos / 1e3) / 1e3,
                Math.round(drift * 1e3) / 1e3,
                KernelClock.ask(COMMAND_TIMEOUT),
                before,
                after,
                page);
    }
}
