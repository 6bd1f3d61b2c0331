package org.tiezheng.archive.stores;

import java.time.Clock;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.web.Problem;

/** What people may see and do about the stores; the screen and REST are two doors to it. */
public final class StoreOffice {
    private static final int LEAST_REASON = 10;
    private static final int MOST_REASON = 1000;

    private final Stores stores;
    private final StoreGate gate;
    private final WormTests tests;
    private final StoreWatch watch;
    private final StoreSettings settings;
    private final Clock clock;

    public StoreOffice(
            Stores stores, StoreGate gate, WormTests tests, StoreWatch watch, StoreSettings settings, Clock clock) {
        this.stores = stores;
        this.gate = gate;
        this.tests = tests;
        this.watch = watch;
        this.settings = settings;
        this.clock = clock;
    }

    public StoresView view() {
        return StoresView.of(stores, gate, tests, settings, clock);
    }

    /** Begins a self-test; its result is in {@link #view} some ten seconds later. */
    public void test(String storeId, Actor actor) {
        Stores.Part part = stores.parts().stream()
                .filter(one -> one.description().id().equals(storeId))
                .findFirst()
                .orElseThrow(() -> Problem.notFound(storeId));
        watch.testNow(part, actor);
    }

    /** Begins to work through the custodian's queue. */
    public void catchUp() {
        if (stores.mirrored().isEmpty()) {
            throw Problem.notFound("custodian");
        }
        watch.catchUpNow();
    }

    /** @throws Problem if the reason is too short or too long, or the store is open already */
    public void override(String reason, Actor actor) {
        String given = reason.strip();
        if (given.length() < LEAST_REASON) {
            throw Problem.invalid("reason", "stores-reason", LEAST_REASON);
        }
        if (given.length() > MOST_REASON) {
            throw Problem.invalid("reason", "too-long", MOST_REASON);
        }
        if (!gate.override(given, actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "stores.open");
        }
    }

    /** @throws Problem if there is no override */
    public void withdraw(Actor actor) {
        if (!gate.withdraw(actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "stores.no-override");
        }
    }
}
