package org.tiezheng.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.FolderTree;
import org.tiezheng.capture.record.CaptureJson;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code <data>/work/<id>}: everything of one capture until its package stands. Held by one process through a lock that
 * the operating system drops when the process dies, so a folder that can be claimed belongs to nobody.
 *
 * <pre>
 * lock                held while a process works here
 * state.json          {@link Status}
 * files/              what the package will hold
 * capture.wacz.part   being written
 * sealing.json        {@link Assembled}: what the seal needs to know of capture.wacz, in place before it
 * capture.wacz        complete: from here the capture can be sealed at any time
 * </pre>
 */
final class WorkFolder implements AutoCloseable {
    private static final JsonMapper JSON = CaptureJson.mapper();

    private final Path folder;
    private final Clock clock;
    private final FileChannel lockFile;
    private @Nullable Status status;

    private WorkFolder(Path folder, Clock clock, FileChannel lockFile) {
        this.folder = folder;
        this.clock = clock;
        this.lockFile = lockFile;
    }

    /**
     * What {@code state.json} says.
     *
     * @param out folder the package is to go to, absolute
     * @param detail of the state, for the reader
     */
    record Status(
            UUID id, String url, WorkState state, Instant startedAt, Instant updatedAt, String out, String detail) {}

    /** What {@code sealing.json} says: capture.wacz in figures, computed while it was written. */
    record Assembled(Digest sha256, Digest sm3, long sizeBytes, Completeness.Verdict verdict, String captureSummary) {

        static Assembled of(Digests digests, Completeness.Verdict verdict, String captureSummary) {
            return new Assembled(digests.sha256(), digests.sm3(), digests.sizeBytes(), verdict, captureSummary);
        }

        Digests digests() {
            return new Digests(sha256, sm3, sizeBytes);
        }
    }

    /** Empty if another process, or another part of this one, holds the folder. */
    static Optional<WorkFolder> claim(Path folder, Clock clock) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new WorkFolder(folder, clock, channel));
            }
        } catch (OverlappingFileLockException e) {
            // Held by another thread of this process.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    void begin(UUID id, String url, Path out) throws IOException {
        Files.createDirectory(files());
        Instant now = clock.instant();
        store(new Status(
                id, url, WorkState.PREPARING, now, now, out.toAbsolutePath().toString(), ""));
    }

    Path folder() {
        return folder;
    }

    /** Where the members of the package are gathered, flat. */
    Path files() {
        return folder.resolve("files");
    }

    Path wacz() {
        return folder.resolve("capture.wacz");
    }

    Path waczPart() {
        return folder.resolve("capture.wacz.part");
    }

    boolean isAssembled() {
        return Files.isRegularFile(wacz()) && Files.isRegularFile(folder.resolve("sealing.json"));
    }

    /**
     * The point of no return: {@link #waczPart} becomes {@code capture.wacz}.
     *
     * <p>If we die before the rename, the capture counts as interrupted; sealing.json without capture.wacz means nothing.
     * If we die after it, {@link DataFolder#recover} sees that it waits for its seal.
     */
    void assembled(Assembled assembled) throws IOException {
        DataFolder.replace(folder.resolve("sealing.json"), JSON.writeValueAsString(assembled));
        Durable.sync(waczPart());
        Durable.rename(waczPart(), wacz());
        update(WorkState.SEALING, "");
    }

    Assembled readAssembled() throws IOException {
        try {
            return JSON.readValue(Files.readString(folder.resolve("sealing.json")), Assembled.class);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("not readable: " + folder.resolve("sealing.json"), e);
        }
    }

    void update(WorkState state, String detail) throws IOException {
        Status old = status().orElseThrow(() -> new IllegalStateException("no state yet in " + folder));
        store(new Status(old.id(), old.url(), state, old.startedAt(), clock.instant(), old.out(), detail));
    }

    Optional<Status> status() throws IOException {
        if (status == null) {
            status = readStatus(folder).orElse(null);
        }
        return Optional.ofNullable(status);
    }

    /** Without claiming the folder. Empty if there is no state file, or none that can be read. */
    static Optional<Status> readStatus(Path folder) throws IOException {
        try {
            return Optional.ofNullable(JSON.readValue(Files.readString(folder.resolve("state.json")), Status.class));
        } catch (NoSuchFileException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** Whether a process works in {@code folder} now. */
    static boolean isHeld(Path folder) throws IOException {
        Optional<WorkFolder> claimed = claim(folder, Clock.systemUTC());
        if (claimed.isPresent()) {
            claimed.get().close();
            return false;
        }
        return true;
    }

    /** Removes what was recorded; the state stays. */
    void discard() throws IOException {
        FolderTree.delete(files());
        Files.deleteIfExists(waczPart());
        Files.deleteIfExists(folder.resolve("spool.pcapng"));
    }

    /** Removes everything and lets go. */
    void delete() throws IOException {
        // The state file goes last but for the lock: dying in between leaves a state that says what this folder was.
        FolderTree.delete(files());
        Files.deleteIfExists(waczPart());
        Files.deleteIfExists(wacz());
        FolderTree.delete(folder);
        close();
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    private void store(Status next) throws IOException {
        DataFolder.replace(folder.resolve("state.json"), JSON.writeValueAsString(next));
        status = next;
    }
}
