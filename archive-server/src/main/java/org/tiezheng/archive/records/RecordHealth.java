package org.tiezheng.archive.records;

import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;

/** Whether records are made and renewed in time. */
final class RecordHealth implements HealthPart {
    private final RecordFigures figures;

    RecordHealth(RecordFigures figures) {
        this.figures = figures;
    }

    @Override
    public String name() {
        return "records";
    }

    @Override
    public Health look() {
        RecordFigures.Now now = figures.now();
        if (now.ended() > 0) {
            return Health.down("ended", String.valueOf(now.ended()));
        }
        if (now.late()) {
            return Health.down("late", String.valueOf(now.waiting()));
        }
        if (now.badPackages() > 0) {
            return Health.degraded("bad", String.valueOf(now.badPackages()));
        }
        if (now.failing() > 0 || now.lastFailure() != null) {
            return Health.degraded("failing", String.valueOf(Math.max(1, now.failing())));
        }
        return Health.up("current", String.valueOf(now.recorded()), String.valueOf(now.waiting()));
    }
}
