package org.tiezheng.archive.stores;

import java.time.Clock;
import java.time.Duration;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.storage.MirroredStore;

/** The custodian: how many copies wait, and whether one waits too long. */
final class CustodianHealth implements HealthPart {
    private final Stores stores;
    private final Duration alarmAfter;
    private final Clock clock;

    CustodianHealth(Stores stores, Duration alarmAfter, Clock clock) {
        this.stores = stores;
        this.alarmAfter = alarmAfter;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "custodian";
    }

    @Override
    public Health look() {
        if (stores.mirrored().isEmpty()) {
            return Health.degraded("none");
        }
        MirroredStore.Status status = stores.mirrored().get().status();
        Duration age = status.age(clock.instant());
        String waiting = Integer.toString(status.waiting());
        String hours = Long.toString(age.toHours());
        if (age.compareTo(alarmAfter) > 0) {
            return Health.down("too-late", waiting, hours);
        }
        // A put in hand is an entry, too: a young one is no reason to worry.
        return age.toMinutes() >= 5 ? Health.degraded("waiting", waiting, hours) : Health.up("ok");
    }
}
