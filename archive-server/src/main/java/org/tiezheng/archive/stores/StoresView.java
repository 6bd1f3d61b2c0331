package org.tiezheng.archive.stores;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.storage.CopyQueue;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.WormReport;

/**
 * State of the stores, for the screen and for REST.
 *
 * @param copies null if there is no custodian
 */
public record StoresView(
        StoreGate.Decision gate,
        List<Store> stores,
        @Nullable Copies copies) {
    private static final int TESTS = 10;
    private static final int ENTRIES = 20;

    /**
     * One store.
     *
     * @param tests newest first
     */
    public record Store(
            String id, StoreDescription.Kind kind, String location, StoreGate.Standing standing, List<Test> tests) {
        /** The newest test; null if there is none yet. */
        public @Nullable Test lastTest() {
            return tests.isEmpty() ? null : tests.get(0);
        }
    }

    /** One self-test; {@code capabilities} is null if they could not be found out. */
    public record Test(
            long number,
            Instant at,
            WormReport.Verdict verdict,
            List<WormReport.Probe> probes,
            org.tiezheng.storage.@Nullable StoreCapabilities capabilities) {
        static Test of(WormTests.Kept kept) {
            WormReport report = kept.report();
            return new Test(
                    kept.number(),
                    report.at(),
                    report.verdict(),
                    report.probes(),
                    report.capabilities().orElse(null));
        }
    }

    /**
     * The custodian's queue.
     *
     * @param late whether the oldest copy waits longer than allowed
     * @param first oldest entries
     */
    public record Copies(
            int waiting,
            @Nullable Instant oldest,
            long ageSeconds,
            boolean late,
            String lastFailure,
            long fallbackReads,
            List<CopyQueue.Entry> first) {
        public Duration age() {
            return Duration.ofSeconds(ageSeconds);
        }
    }

    static StoresView of(Stores stores, StoreGate gate, WormTests tests, StoreSettings settings, Clock clock) {
        List<Store> shown = stores.parts().stream()
                .map(part -> {
                    StoreDescription store = part.description();
                    List<Test> history =
                            tests.history(store, TESTS).stream().map(Test::of).toList();
                    return new Store(store.id(), store.kind(), store.location(), gate.standing(store), history);
                })
                .toList();
        Optional<MirroredStore> mirrored = stores.mirrored();
        return new StoresView(
                gate.decide(),
                shown,
                mirrored.map(store -> copies(store, settings, clock.instant())).orElse(null));
    }

    private static Copies copies(MirroredStore mirrored, StoreSettings settings, Instant now) {
        MirroredStore.Status status = mirrored.status();
        Duration age = status.age(now);
        return new Copies(
                status.waiting(),
                status.oldest().orElse(null),
                age.toSeconds(),
                age.compareTo(settings.custodian().alarmAfter()) > 0,
                status.lastFailure(),
                status.fallbackReads(),
                mirrored.waiting(ENTRIES));
    }
}
