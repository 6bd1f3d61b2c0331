package org.tiezheng.archive.operations;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.tiezheng.archive.audit.ChainCheck;
import org.tiezheng.archive.audit.ChainChecks;
import org.tiezheng.archive.audit.ChainReport;

/** Whether the audit chain was verified lately, and holds. */
final class ChainHealth implements HealthPart {
    /** Between two checks of new rows. */
    static final Duration EVERY = Duration.ofHours(1);

    private static final Duration LATE = EVERY.multipliedBy(3);

    private final ChainChecks checks;
    private final Clock clock;

    ChainHealth(ChainChecks checks, Clock clock) {
        this.checks = checks;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "audit-chain";
    }

    @Override
    public Health look() {
        ChainChecks.Standing standing = checks.standing();
        ChainCheck full = standing.full();
        ChainCheck latest = standing.latest();
        if (standing.isBroken()) {
            return Health.down("broken");
        }
        if (full == null || latest == null) {
            // The first check runs within moments of the first start.
            return Health.up("none");
        }
        ChainReport report = latest.report();
        if (report == null) {
            return Health.degraded("unreadable");
        }
        Instant due = clock.instant().minus(LATE);
        return latest.endedAt().isBefore(due)
                ? Health.degraded("late", String.valueOf(report.head().seq()))
                : Health.up("intact", String.valueOf(report.head().seq()));
    }
}
