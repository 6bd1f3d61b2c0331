package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.tiezheng.archive.preservation.report.ReportContext.CancelledException;
import org.tiezheng.evidence.seal.SealException;

/**
 * Makes the reports that wait, one at a time on each server. A report whose server died is taken by any other when its lease ends;
 * one that fails three times is FAILED, with the reason.
 */
final class ReportRunner implements SmartLifecycle {
    static final int ATTEMPTS = 3;
    private static final Logger LOG = LoggerFactory.getLogger(ReportRunner.class);
    private static final Duration RETRY = Duration.ofSeconds(30);
    private static final long STOP_SECONDS = 10;

    private final ReportTable table;
    private final ReportMaker maker;
    private final Duration every;
    private final Clock clock;
    private ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile String lastTrouble = "";

    ReportRunner(ReportTable table, ReportMaker maker, Duration every, Clock clock) {
        this.table = table;
        this.maker = maker;
        this.every = every;
        this.clock = clock;
        executor.shutdown();
    }

    @Override
    public void start() {
        executor = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "reports"));
        running = true;
        executor.execute(maker::clean);
        var unused = executor.scheduleWithFixedDelay(this::turn, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void turn() {
        try {
            while (running && runOne()) {
                lastTrouble = "";
            }
        } catch (RuntimeException e) {
            // The database is away; once per cause.
            String trouble = String.valueOf(e.getMessage());
            if (!trouble.equals(lastTrouble)) {
                LOG.error("reports: {}", trouble, e);
                lastTrouble = trouble;
            }
        }
    }

    /** Makes the next report, if one waits; false if none does. */
    boolean runOne() {
        UUID worker = UUID.randomUUID();
        Optional<AuditReport> claimed = table.claim(worker, clock.instant(), ATTEMPTS);
        if (claimed.isEmpty()) {
            return false;
        }
        AuditReport report = claimed.get();
        try {
            maker.make(report, worker);
        } catch (CancelledException nobodyWantsIt) {
            LOG.info("report {} was cancelled", report.number());
        } catch (SealException | IOException | RuntimeException e) {
            LOG.error("report {} failed", report.number(), e);
            table.failed(
                    report.id(),
                    worker,
                    String.valueOf(e.getMessage()),
                    clock.instant(),
                    clock.instant().plus(RETRY),
                    ATTEMPTS);
        }
        return true;
    }

    @Override
    public void stop() {
        running = false;
        // What is cut off here is begun anew by the next server when its lease ends.
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a report did not stop in time");
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
