package org.tiezheng.storage;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link WormSelfTest} found.
 *
 * @param storeId of {@link StoreDescription}
 * @param probes in the order they were made
 * @param capabilities empty if the store has none to tell, or they could not be found out
 */
public record WormReport(String storeId, Instant at, List<Probe> probes, Optional<StoreCapabilities> capabilities) {
    /** What it means. */
    public enum Verdict {
        /** Every forbidden act was refused and the canary is intact. */
        WORM,
        /** At least one forbidden act succeeded: locked objects can go. */
        NOT_WORM,
        /** Nothing forbidden succeeded, but something could not be tried. */
        UNKNOWN
    }

    /** How one probe ended. */
    public enum Outcome {
        PASSED,
        VIOLATED,
        NOT_TRIED
    }

    /**
     * One forbidden act, or one check of what must be so afterwards.
     *
     * @param name stable word: {@code delete-version}, {@code shorten} …
     * @param detail what the store did, in English; no secrets
     */
    public record Probe(String name, Outcome outcome, String detail) {}

    public WormReport {
        probes = List.copyOf(probes);
    }

    public Verdict verdict() {
        if (probes.stream().anyMatch(probe -> probe.outcome() == Outcome.VIOLATED)) {
            return Verdict.NOT_WORM;
        }
        boolean all = !probes.isEmpty() && probes.stream().allMatch(probe -> probe.outcome() == Outcome.PASSED);
        return all ? Verdict.WORM : Verdict.UNKNOWN;
    }
}
