package org.tiezheng.archive.log;

import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;

/** Whether the log advances. */
final class LogHealth implements HealthPart {
    private final TransparencyLog log;
    private final LogRunner runner;

    LogHealth(TransparencyLog log, LogRunner runner) {
        this.log = log;
        this.runner = runner;
    }

    @Override
    public String name() {
        return "log";
    }

    @Override
    public Health look() {
        if (log.damage().isPresent()) {
            return Health.down("damaged", log.damage().get());
        }
        LogState state = log.state();
        String signed = Long.toString(state.signed());
        String waiting = Long.toString(state.assigned() - state.signed() + state.waiting());
        return runner.lastFailure().isEmpty()
                ? Health.up("advancing", signed, waiting)
                : Health.degraded("failing", signed, waiting);
    }
}
