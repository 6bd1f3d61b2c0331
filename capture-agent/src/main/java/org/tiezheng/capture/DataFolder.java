package org.tiezheng.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * {@code --data}: keys, trust, work in progress, packages, and the log of ended captures.
 *
 * <pre>
 * keys/            of the embedded authority and signer, 0600
 * trust/root.pem   root certificate of the embedded authority, to give to verifiers
 * work/ID/         one capture in progress or waiting for its seal
 * packages/        where packages go unless --out says otherwise
 * outbox/          what an agent owes its server
 * captures.ndjson  one line for each capture that ended, in whatever way
 * </pre>
 */
final class DataFolder {
    /** How long the work of an interrupted capture is kept before the next start removes it. */
    static final Duration KEEP_INTERRUPTED = Duration.ofDays(7);

    private final Path root;
    private final Clock clock;
    private final CaptureLog log;

    private DataFolder(Path root, Clock clock) {
        this.root = root;
        this.clock = clock;
        this.log = new CaptureLog(root.resolve("captures.ndjson"));
    }

    /**
     * Opens the folder, making what is missing, for its owner only: packages hold the TLS keys and cookies of captures. A
     * folder that exists keeps its mode.
     *
     * @throws IOException if it cannot be made or written to
     */
    static DataFolder open(Path root, Clock clock) throws IOException {
        Path absolute = root.toAbsolutePath().normalize();
        for (Path folder : List.of(absolute, absolute.resolve("work"), absolute.resolve("packages"))) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path probe = Files.createTempFile(absolute.resolve("work"), "probe", "");
        Files.delete(probe);
        return new DataFolder(absolute, clock);
    }

    Path root() {
        return root;
    }

    Path packages() {
        return root.resolve("packages");
    }

    Path workOf(UUID id) {
        return root.resolve("work").resolve(id.toString());
    }

    CaptureLog log() {
        return log;
    }

    /** A new, empty work folder, held by this process. */
    WorkFolder create(UUID id, String url, Path out) throws IOException {
        Path folder = workOf(id);
        Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        WorkFolder work = WorkFolder.claim(folder, clock)
                .orElseThrow(() -> new IOException("the new folder is in use already: " + folder));
        work.begin(id, url, out);
        return work;
    }

    /**
     * What earlier runs left: claims every folder nobody holds and brings it to a state with a name.
     *
     * <ul>
     *   <li>ended, but the folder is still there (died between the log line and the deletion): removed;
     *   <li>complete capture.wacz: SEALING, whatever the state file says, since its rename is what counts;
     *   <li>anything else: INTERRUPTED, written to the log, kept for {@link #KEEP_INTERRUPTED}, then removed.
     * </ul>
     *
     * @return what is worth telling, oldest first
     */
    List<Leftover> recover() throws IOException {
        List<Leftover> found = new ArrayList<>();
        for (Path folder : folders()) {
            Optional<WorkFolder> claimed = WorkFolder.claim(folder, clock);
            if (claimed.isEmpty()) {
                continue;
            }
            try (WorkFolder work = claimed.get()) {
                recover(work).ifPresent(found::add);
            }
        }
        return found;
    }

    private Optional<Leftover> recover(WorkFolder work) throws IOException {
        Optional<WorkFolder.Status> read = work.status();
        if (read.isEmpty()) {
            // Died before the first state file was in place: nothing had been asked of the network.
            work.delete();
            return Optional.empty();
        }
        WorkFolder.Status status = read.get();
        if (status.state() == WorkState.INTERRUPTED) {
            if (status.updatedAt().plus(KEEP_INTERRUPTED).isBefore(clock.instant())) {
                work.delete();
                return Optional.of(new Leftover(status, Leftover.Kind.REMOVED));
            }
            return Optional.empty();
        }
        if (status.state().isEnd()) {
            work.delete();
            return Optional.empty();
        }
        if (work.isAssembled()) {
            if (status.state() != WorkState.SEALING) {
                work.update(WorkState.SEALING, "found complete at a later start");
            }
            return Optional.of(new Leftover(status, Leftover.Kind.WAITING));
        }
        String reason = "the agent died while " + status.state();
        // Log line first: dying between the two repeats the line, which says the same again, rather than losing it.
        log.append(status, WorkState.INTERRUPTED, null, null, reason, clock.instant());
        work.update(WorkState.INTERRUPTED, reason);
        return Optional.of(new Leftover(status, Leftover.Kind.INTERRUPTED));
    }

    /** All work, whoever holds it; for {@code list}. */
    List<WorkFolder.Status> statuses() throws IOException {
        List<WorkFolder.Status> all = new ArrayList<>();
        for (Path folder : folders()) {
            WorkFolder.readStatus(folder).ifPresent(all::add);
        }
        return all;
    }

    /** Claims the folder of a capture. Empty if there is none or another process holds it. */
    Optional<WorkFolder> claim(UUID id) throws IOException {
        Path folder = workOf(id);
        return Files.isDirectory(folder) ? WorkFolder.claim(folder, clock) : Optional.empty();
    }

    private List<Path> folders() throws IOException {
        try (Stream<Path> children = Files.list(root.resolve("work"))) {
            return children.filter(Files::isDirectory)
                    .filter(folder -> isId(folder.getFileName().toString()))
                    .sorted((a, b) -> age(a).compareTo(age(b)))
                    .toList();
        }
    }

    private static Instant age(Path folder) {
        try {
            return Files.getLastModifiedTime(folder).toInstant();
        } catch (IOException e) {
            return Instant.MAX;
        }
    }

    private static boolean isId(String name) {
        try {
            return UUID.fromString(name).toString().equals(name);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** One thing an earlier run left behind. */
    record Leftover(WorkFolder.Status status, Kind kind) {
        enum Kind {
            INTERRUPTED,
            WAITING,
            REMOVED
        }
    }

    /** Writes a small file so that after a power cut there is either the old one or the new one. */
    static void replace(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Durable.write(part, text.getBytes(StandardCharsets.UTF_8));
        Durable.rename(part, file);
    }
}
