package org.tiezheng.archive.register;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Makes the registers that wait, one at a time on each server. One whose server died is taken by any other when its lease ends; one that
 * fails three times is FAILED, with the reason.
 */
final class RegisterRunner implements SmartLifecycle {
    static final int ATTEMPTS = 3;
    private static final Logger LOG = LoggerFactory.getLogger(RegisterRunner.class);
    private static final Duration RETRY = Duration.ofSeconds(30);
    private static final long STOP_SECONDS = 10;

    private final Registers registers;
    private final RegisterMaker maker;
    private final Duration every;
    private ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean running;
    private volatile String lastTrouble = "";

    RegisterRunner(Registers registers, RegisterMaker maker, Duration every) {
        this.registers = registers;
        this.maker = maker;
        this.every = every;
        executor.shutdown();
    }

    @Override
    public void start() {
        executor = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "registers"));
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
                LOG.error("registers: {}", trouble, e);
                lastTrouble = trouble;
            }
        }
    }

    /** Makes the next one, if one waits; false if none does. */
    boolean runOne() {
        UUID worker = UUID.randomUUID();
        Optional<Register> claimed = registers.claim(worker, ATTEMPTS);
        if (claimed.isEmpty()) {
            return false;
        }
        Register register = claimed.get();
        try {
            maker.make(register, worker);
        } catch (RegisterMaker.CancelledException nobodyWantsIt) {
            LOG.info("register {} was cancelled", register.number());
        } catch (IOException | SQLException | RuntimeException e) {
            LOG.error("register {} failed", register.number(), e);
            registers.failed(register.id(), worker, String.valueOf(e.getMessage()), RETRY, ATTEMPTS);
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
                LOG.warn("a register did not stop in time");
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
