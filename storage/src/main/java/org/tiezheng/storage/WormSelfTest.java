package org.tiezheng.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Tries, with the archive's own credentials and on the live store, what nobody must be able to do: there are servers that
 * accept the headers of Object Lock and delete all the same.
 *
 * <p>A canary is locked in COMPLIANCE mode for {@link #CANARY_LOCK}. Deleting it, shortening, weakening and bypassing its
 * lock must be refused, and it must be unharmed after each try; overwriting must leave its first version readable by
 * its id; a second canary under legal hold must survive the end of its retention. Whatever succeeds makes the store
 * NOT_WORM. Canaries of earlier runs whose lock has ended are removed.
 */
public final class WormSelfTest {
    /** How long the first canary stays. */
    public static final Duration CANARY_LOCK = Duration.ofHours(1);

    private static final String FOLDER = "self-test/";
    /** The second canary's retention, by the store's clock; short, since the test waits for its end. */
    private static final Duration SHORT_LOCK = Duration.ofSeconds(4);

    private final ObjectStore store;
    private final LockAttempts attempts;
    private final Clock clock;
    private final Pause pause;

    /** Lets time pass. */
    @FunctionalInterface
    public interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    public WormSelfTest(ObjectStore store, LockAttempts attempts, Clock clock) {
        this(store, attempts, clock, duration -> Thread.sleep(duration.toMillis()));
    }

    WormSelfTest(ObjectStore store, LockAttempts attempts, Clock clock, Pause pause) {
        this.store = store;
        this.attempts = attempts;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Runs all probes; takes about ten seconds. A store that does not answer makes probes NOT_TRIED, never an exception.
     *
     * @throws InterruptedException if the thread was told to stop; canaries stay until the next run
     */
    public WormReport run() throws InterruptedException {
        List<WormReport.Probe> probes = new ArrayList<>();
        Instant at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Optional<StoreCapabilities> capabilities = Optional.empty();
        try {
            removeOldCanaries();
            String key = FOLDER + UUID.randomUUID();
            byte[] bytes = ("canary " + key).getBytes(StandardCharsets.UTF_8);
            StoredObject canary = store.put(request(key, bytes, at.plus(CANARY_LOCK), false), stream(bytes));
            tryLock(canary, bytes, probes);
            tryOverwrite(canary, bytes, probes);
            tryHold(canary, probes);
            capabilities = Optional.of(attempts.capabilities(clock.instant().plus(SHORT_LOCK)));
        } catch (IOException e) {
            probes.add(
                    new WormReport.Probe("reach-store", WormReport.Outcome.NOT_TRIED, String.valueOf(e.getMessage())));
        }
        return new WormReport(store.describe().id(), at, probes, capabilities);
    }

    private void tryLock(StoredObject canary, byte[] bytes, List<WormReport.Probe> probes) {
        ObjectVersion version = canary.version();
        Retention lock = canary.retention();
        Instant end = lock == null ? clock.instant().plus(CANARY_LOCK) : lock.until();
        Instant earlier = end.minus(Duration.ofMinutes(30));
        probe("delete-version", () -> attempts.deleteVersion(version), canary, bytes, probes);
        probe("delete-bypass", () -> attempts.deleteBypassingLock(version), canary, bytes, probes);
        probe("shorten", () -> attempts.shorten(version, earlier), canary, bytes, probes);
        probe("shorten-bypass", () -> attempts.shortenBypassingLock(version, earlier), canary, bytes, probes);
        probe("weaken", () -> attempts.weaken(version, end), canary, bytes, probes);
    }

    private void tryOverwrite(StoredObject canary, byte[] bytes, List<WormReport.Probe> probes) {
        byte[] other = "overwritten".getBytes(StandardCharsets.UTF_8);
        Instant soon = clock.instant().plus(CANARY_LOCK);
        try {
            StoredObject second = store.put(request(canary.version().key(), other, soon, false), stream(other));
            boolean apart = !second.version().equals(canary.version());
            boolean intact = isIntact(canary, bytes);
            probes.add(new WormReport.Probe(
                    "overwrite",
                    apart && intact ? WormReport.Outcome.PASSED : WormReport.Outcome.VIOLATED,
                    apart && intact
                            ? "a new version; the first is byte-identical"
                            : "the first version is not what it was"));
        } catch (ObjectMissingException e) {
            probes.add(violated("overwrite", "the first version is gone"));
        } catch (IOException e) {
            probes.add(notTried("overwrite", e));
        }
    }

    private void tryHold(StoredObject canary, List<WormReport.Probe> probes) throws InterruptedException {
        byte[] bytes = ("held " + canary.version()).getBytes(StandardCharsets.UTF_8);
        // Retention ends by the store's clock, which may not be ours.
        Duration skew = Duration.between(clock.instant(), canary.storedAt());
        Duration ahead = skew.isNegative() ? Duration.ZERO : skew;
        try {
            StoredObject held = store.put(
                    request(
                            canary.version().key() + "-held",
                            bytes,
                            clock.instant().plus(SHORT_LOCK).plus(ahead),
                            true),
                    stream(bytes));
            Retention lock = held.retention();
            Instant end = lock == null ? clock.instant() : lock.until();
            Duration behind = skew.isNegative() ? skew.negated() : Duration.ZERO;
            pause.sleep(Duration.between(clock.instant(), end).plus(behind).plusSeconds(2));
            probe("hold-after-retention", () -> attempts.deleteVersion(held.version()), held, bytes, probes);
            probe("hold-bypass", () -> attempts.deleteBypassingLock(held.version()), held, bytes, probes);
            if (store.head(held.version()).isPresent()) {
                store.setLegalHold(held.version(), false);
                store.delete(held.version());
            }
        } catch (IOException e) {
            probes.add(notTried("hold-after-retention", e));
        }
    }

    @FunctionalInterface
    private interface Attempt {
        LockAttempts.Answer make() throws IOException;
    }

    private void probe(String name, Attempt attempt, StoredObject canary, byte[] bytes, List<WormReport.Probe> probes) {
        try {
            LockAttempts.Answer answer = attempt.make();
            if (!isIntact(canary, bytes)) {
                probes.add(violated(name, "answered " + answer + ", and the canary is no longer what it was"));
            } else if (answer == LockAttempts.Answer.DONE) {
                probes.add(violated(name, "the store says that it did it"));
            } else {
                probes.add(new WormReport.Probe(name, WormReport.Outcome.PASSED, "refused; the canary is intact"));
            }
        } catch (ObjectMissingException e) {
            probes.add(violated(name, "the canary is gone"));
        } catch (IOException e) {
            probes.add(notTried(name, e));
        }
    }

    private boolean isIntact(StoredObject canary, byte[] bytes) throws IOException {
        Optional<StoredObject> there = store.head(canary.version());
        if (there.isEmpty() || !there.get().equals(canary)) {
            return false;
        }
        try (InputStream in = store.get(canary)) {
            return java.util.Arrays.equals(in.readAllBytes(), bytes);
        } catch (ContentMismatchException e) {
            return false;
        }
    }

    private static WormReport.Probe violated(String name, String detail) {
        return new WormReport.Probe(name, WormReport.Outcome.VIOLATED, detail);
    }

    private static WormReport.Probe notTried(String name, IOException e) {
        return new WormReport.Probe(name, WormReport.Outcome.NOT_TRIED, String.valueOf(e.getMessage()));
    }

    /** Canaries are small: a list of them fits into memory. */
    private void removeOldCanaries() throws IOException {
        List<StoredObject> old = new ArrayList<>();
        Instant now = clock.instant();
        store.list(FOLDER, canary -> {
            Retention lock = canary.retention();
            if (old.size() < 1000 && (lock == null || !lock.holdsAt(now.minus(Duration.ofMinutes(5))))) {
                old.add(canary);
            }
        });
        for (StoredObject canary : old) {
            try {
                if (canary.legalHold()) {
                    // Its run died while it was held.
                    store.setLegalHold(canary.version(), false);
                }
                store.delete(canary.version());
            } catch (ObjectLockedException stillLockedByTheStoresClock) {
                continue;
            }
        }
    }

    private static PutRequest request(String key, byte[] bytes, Instant until, boolean hold) {
        String sha256 = HexFormat.of().formatHex(AnnouncedContent.sha256().digest(bytes));
        return new PutRequest(key, bytes.length, sha256, Retention.compliance(until), hold);
    }

    private static InputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }
}
