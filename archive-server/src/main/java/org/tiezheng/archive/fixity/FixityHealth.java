package org.tiezheng.archive.fixity;

import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;

/** Whether every copy that was read is good, and whether the reading keeps up. */
final class FixityHealth implements HealthPart {
    private final FixityFigures figures;

    FixityHealth(FixityFigures figures) {
        this.figures = figures;
    }

    @Override
    public String name() {
        return "fixity";
    }

    @Override
    public Health look() {
        FixityFigures.Now now = figures.now();
        String checked = Long.toString(now.checked());
        String copies = Long.toString(now.copies());
        if (now.withoutGoodCopy() > 0) {
            return Health.down("lost", Long.toString(now.withoutGoodCopy()));
        }
        if (now.openDamages() > 0) {
            return Health.down("bad", Long.toString(now.openDamages()));
        }
        if (now.extras() > 0) {
            return Health.degraded("extra", Long.toString(now.extras()));
        }
        if (now.paused()) {
            return Health.degraded("paused", checked, copies);
        }
        long overdue = now.stores().stream()
                .mapToLong(FixityFigures.StoreFigures::overdue)
                .sum();
        if (overdue > 0) {
            return Health.degraded("overdue", checked, copies, Long.toString(overdue));
        }
        return Health.up("checking", checked, copies);
    }
}
