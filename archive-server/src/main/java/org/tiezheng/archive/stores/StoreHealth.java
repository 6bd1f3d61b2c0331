package org.tiezheng.archive.stores;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.S3Store;

/** The primary store: whether it answers, and whether evidence may go into it. */
final class StoreHealth implements HealthPart {
    private final Stores stores;
    private final StoreGate gate;
    private final Clock clock;
    private final Duration selfTestEvery;

    StoreHealth(Stores stores, StoreGate gate, Clock clock, Duration selfTestEvery) {
        this.stores = stores;
        this.gate = gate;
        this.clock = clock;
        this.selfTestEvery = selfTestEvery;
    }

    @Override
    public String name() {
        return "store";
    }

    @Override
    public boolean isRequired() {
        return true;
    }

    @Override
    public Health look() throws IOException {
        ObjectStore store = stores.primary().store();
        if (store instanceof S3Store s3) {
            s3.requireLockedBucket(false);
        } else if (store instanceof FolderStore folder) {
            folder.freeBytes();
        }
        StoreGate.Decision decision = gate.decide();
        if (!decision.open()) {
            return Health.down("closed-"
                    + decision.standing()
                            .name()
                            .toLowerCase(java.util.Locale.ROOT)
                            .replace('_', '-'));
        }
        if (decision.override() != null) {
            return Health.degraded("overridden");
        }
        if (decision.testedAt() != null
                && decision.testedAt().isBefore(clock.instant().minus(selfTestEvery.multipliedBy(3)))) {
            return Health.degraded("not-tested");
        }
        return Health.up(decision.standing() == StoreGate.Standing.FOLDER ? "folder" : "proved");
    }
}
