package org.tiezheng.archive.log;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;

/** Whether the log advances, and whether witnesses follow it. */
final class LogHealth implements HealthPart {
    /** So long a proof may wait for witnesses before somebody should look. */
    private static final Duration LATE = Duration.ofMinutes(5);

    private final TransparencyLog log;
    private final LogRunner runner;
    private final Witnesses witnesses;
    private final BooleanSupplier isCopyLate;
    private final Clock clock;

    /** @param isCopyLate whether the copy in the store has failed for long */
    LogHealth(TransparencyLog log, LogRunner runner, Witnesses witnesses, BooleanSupplier isCopyLate, Clock clock) {
        this.isCopyLate = isCopyLate;
        this.log = log;
        this.runner = runner;
        this.witnesses = witnesses;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "log";
    }

    /** A database that was rolled back must not be worked on: who looks at readiness sends nobody here. */
    @Override
    public boolean isRequired() {
        return true;
    }

    @Override
    public Health look() {
        if (log.damage().isPresent()) {
            return Health.down("damaged", log.damage().get());
        }
        LogState state = log.state();
        String signed = Long.toString(state.signed());
        String waiting = Long.toString(state.assigned() - state.signed() + state.waiting());
        if (!witnesses.mayAdvance()) {
            return Health.degraded("comparing", String.join(", ", witnesses.notAsked()), waiting);
        }
        if (!runner.lastFailure().isEmpty()) {
            return Health.degraded("failing", signed, waiting);
        }
        Optional<Instant> since = log.unwitnessedSince();
        if (since.isPresent() && since.get().isBefore(clock.instant().minus(LATE))) {
            return Health.degraded("unwitnessed", signed, Long.toString(state.witnessed()));
        }
        if (isCopyLate.getAsBoolean()) {
            return Health.degraded("copy", signed, waiting);
        }
        return Health.up("advancing", signed, waiting);
    }
}
