package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/**
 * One audit, step by step:
 *
 * <ol>
 *   <li>{@link LogCheck}: is this the log, whole and the one that others saw; what does it promise of which object.
 *   <li>{@link StoreCheck}, for the store and each copy, part by part: is every promised object there with its bytes and its
 *       lock, and is there nothing else.
 *   <li>{@link RecordIndex}: which package is in which batch of evidence records.
 *   <li>{@link RegisterCheck}: does the catalogue, as its newest register has it, say what the log says and what it said before.
 *   <li>{@link PackageCheck}, bucket by bucket: is every package what a court would accept, and what its entry and its
 *       row say.
 * </ol>
 *
 * <p>What is wrong with the archive is a finding; an {@code IOException} means that the audit could not go on, and goes on later
 * where it was ({@link Work}). Reads only.
 */
final class Audit {
    private final Input input;
    private final Work work;
    private final Progress progress;
    private final int digits;
    private final AtomicLong packages = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * What is audited.
     *
     * @param store that of the archive
     * @param copies others, which must hold the same
     * @param checkpoint the log as it is to be at the end; taken before the store is looked at
     * @param policy null if the auditor has none: nothing is known of the log's signature then
     * @param earlier checkpoints that the auditor kept
     * @param register one that the auditor brings; null: the newest in the store is compared
     * @param now the time to judge for
     */
    record Input(
            Place store,
            List<Place> copies,
            LogFiles log,
            Checkpoint checkpoint,
            @Nullable LogPolicy policy,
            List<Checkpoint> earlier,
            TrustAnchors anchors,
            AlgorithmPolicy algorithms,
            Sample sample,
            int threads,
            @Nullable Path register,
            Instant now) {
        Input {
            copies = List.copyOf(copies);
            earlier = List.copyOf(earlier);
        }
    }

    /** A store, and what findings call it; the archive's own has no name. */
    record Place(String name, ObjectStore store) {}

    /** Told how far an audit is; from several threads. */
    interface Progress {
        /** A part of a step is done. */
        void done(String step, long parts, long ofParts, long bytesRead, long packagesVerified);
    }

    Audit(Input input, Work work, Progress progress) {
        this.input = input;
        this.work = work;
        this.progress = progress;
        this.digits = LogCheck.digitsFor(input.checkpoint().size());
    }

    /** Runs what was not done yet. */
    void run() throws IOException {
        int parts = 1 << (4 * digits);
        work.unit(
                "1-log",
                "",
                log -> new LogCheck(
                                input.log(),
                                input.checkpoint(),
                                input.policy(),
                                input.earlier(),
                                input.now(),
                                input.sample(),
                                digits,
                                work.rows())
                        .run(log));
        progress.done("log", 1, 1, 0, 0);
        objects("2-store", input.store(), parts, true);
        for (int i = 0; i < input.copies().size(); i++) {
            objects("3-copy-" + (i + 1), input.copies().get(i), parts, false);
        }
        packages(parts);
    }

    private void objects(String step, Place place, int parts, boolean isStore) throws IOException {
        StoreCheck check = new StoreCheck(place.store(), input.now(), bytes::addAndGet);
        List<Part> all = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int part = i;
            all.add(new Part(step + "-" + name(part), log -> {
                try (DataInputStream rows = Buckets.open(work.rows(), LogCheck.PROMISES, part);
                        FoundObjects.Writer found = isStore ? new FoundObjects.Writer(work.rows(), part) : null) {
                    check.check(KeySpace.content(part, digits), rows, log, found);
                }
            }));
        }
        all.add(new Part(step + "-others", log -> check.checkOthers(KeySpace.others(digits), log)));
        run(step, place.name(), all);
    }

    private void packages(int parts) throws IOException {
        Sample.Drawn drawn = input.sample().new Drawn(work.file(LogCheck.LOT));
        Verifier verifier = new Verifier(
                        input.anchors(), Clock.fixed(input.now(), ZoneOffset.UTC), VerifierOptions.DEFAULT)
                .with(input.algorithms());
        RecordIndex records = new RecordIndex(input.store().store(), work.rows(), input.now());
        try (FoundObjects found = new FoundObjects(work.rows(), digits)) {
            work.unit("4-records", "", log -> records.build(found, parts, log));
            records.open();
            progress.done("4-records", 1, 1, bytes.get(), 0);
            work.unit(
                    "4-register",
                    "",
                    log -> new RegisterCheck(
                                    input.store().store(),
                                    input.checkpoint(),
                                    input.earlier(),
                                    input.register(),
                                    work.rows(),
                                    digits)
                            .run(found, log));
            progress.done("4-register", 1, 1, bytes.get(), 0);
            PackageCheck check = new PackageCheck(
                    input.store().store(),
                    input.now(),
                    found,
                    verifier,
                    records,
                    work.rows(),
                    drawn,
                    packages::addAndGet);
            List<Part> all = new ArrayList<>();
            for (int i = 0; i < parts; i++) {
                int part = i;
                all.add(new Part("5-packages-" + name(part), log -> {
                    try (DataInputStream entries = Buckets.open(work.rows(), LogCheck.ENTRIES, part)) {
                        check.check(entries, part, log);
                    }
                }));
            }
            run("5-packages", "", all);
        }
    }

    private String name(int part) {
        String hex = Integer.toHexString(part);
        return "0".repeat(digits - hex.length()) + hex;
    }

    private record Part(String name, Work.Unit unit) {}

    /** Several at a time. */
    private void run(String step, String place, List<Part> parts) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(input.threads());
        AtomicLong done = new AtomicLong();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Part part : parts) {
                running.add(threads.submit(() -> {
                    try {
                        work.unit(part.name(), place, part.unit());
                    } catch (IOException e) {
                        throw new UncheckedIOException(part.name() + ": " + e.getMessage(), e);
                    }
                    progress.done(step, done.incrementAndGet(), parts.size(), bytes.get(), packages.get());
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UncheckedIOException failed) {
                throw new IOException(failed.getMessage(), failed);
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
