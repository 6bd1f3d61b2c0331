package org.tiezheng.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Objects as read-only files below a folder: <em>tamper-evident, not WORM</em>.
 *
 * <p>This class refuses to delete or change what is locked, and every change shows since the version id is the SHA-256
 * of the bytes; but whoever owns the files can delete them with other tools, and whoever sets the clock decides when a
 * lock ends. It is the default because it needs nothing; evidence in earnest belongs in an S3 bucket whose lock
 * {@link WormSelfTest} has proved.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 * store.json                              marker: {"v":1,"id":"objects","created":"…"}
 * sha256/ab/cd/abcd…@abcd…                the bytes, mode 0444; after the @ their SHA-256, which is the version id
 * sha256/ab/cd/abcd…@abcd….2              the same bytes again, put beside a damaged first version: version id abcd….2
 * sha256/ab/cd/abcd…@abcd….lock.json      {@link LockRecord}
 * .unfinished/                            files being written
 * .mutex                                  taken for changes of lock records, across processes
 * </pre>
 *
 * <h2>Order of durable steps</h2>
 *
 * A put writes and syncs the bytes in {@code .unfinished}, then publishes the lock record, then the bytes: so no bytes
 * are ever there without their lock. Dying before the second step leaves a file that {@link #open} removes; dying before
 * the third leaves a lock record without bytes, which counts as nothing and is merged into the next put of the same
 * bytes. A delete removes the bytes first, then the record.
 *
 * <p>What was written is not read back: it would come from the cache of the operating system. Fixity checks read later.
 */
public final class FolderStore implements VersionedStore, LockAttempts, AutoCloseable {
    /** Where a put or delete is, for tests that die there. */
    enum Step {
        BYTES_SYNCED,
        LOCK_PUBLISHED,
        BYTES_PUBLISHED,
        BYTES_DELETED
    }

    private static final String MARKER = "store.json";
    private static final String UNFINISHED = ".unfinished";
    private static final String LOCK_SUFFIX = ".lock.json";
    /** What the store needs for itself. */
    private static final Set<String> OWN = Set.of(MARKER, UNFINISHED, ".mutex");

    /** Version ids: the digest, and from the second version of the same bytes on a number. */
    private static final Pattern VERSION_ID = Pattern.compile("([0-9a-f]{64})(?:\\.(?:[2-9]|[1-9][0-9]))?");

    private static final Pattern OBJECT_NAME =
            Pattern.compile("([a-z0-9_-][a-z0-9._-]{0,99})@(" + VERSION_ID.pattern() + ")");
    private static final int MOST_VERSIONS = 99;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    private final String id;
    private final Path root;
    private final Path unfinished;
    private final Clock clock;
    private final Consumer<Step> steps;
    private final ReentrantLock threads = new ReentrantLock();
    /** Null if this store is only read. */
    private final @Nullable FileChannel processes;

    private FolderStore(String id, Path root, Clock clock, Consumer<Step> steps, @Nullable FileChannel processes) {
        this.id = id;
        this.root = root.toAbsolutePath();
        this.unfinished = this.root.resolve(UNFINISHED);
        this.clock = clock;
        this.steps = steps;
        this.processes = processes;
    }

    /** Whether a store was created at {@code root}. False too where its disk is not mounted. */
    public static boolean exists(Path root) {
        return Files.isRegularFile(marker(root));
    }

    /** Creates what is missing of a store and opens it. */
    public static FolderStore create(String id, Path root, Clock clock) throws IOException {
        DurableFiles.createFolders(root.toAbsolutePath().resolve(UNFINISHED));
        if (!exists(root)) {
            String json = "{\"v\":1,\"id\":\"" + id + "\",\"created\":\"" + clock.instant() + "\"}\n";
            DurableFiles.write(root.resolve(UNFINISHED), marker(root), json.getBytes(StandardCharsets.UTF_8));
        }
        return open(id, root, clock);
    }

    /**
     * Opens a store that was created before and removes what a process that died has left unfinished.
     *
     * @param id see {@link StoreDescription}
     * @throws IOException if there is none: a missing store is more likely an unmounted disk than a wish for a new one
     */
    public static FolderStore open(String id, Path root, Clock clock) throws IOException {
        return open(id, root, clock, step -> {});
    }

    static FolderStore open(String id, Path root, Clock clock, Consumer<Step> steps) throws IOException {
        if (!exists(root)) {
            throw new IOException("no store in " + root + ": is its disk mounted?");
        }
        DurableFiles.createFolders(root.toAbsolutePath().resolve(UNFINISHED));
        DurableFiles.removeAbandoned(root.resolve(UNFINISHED));
        return new FolderStore(
                id,
                root,
                clock,
                steps,
                FileChannel.open(root.resolve(".mutex"), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    /**
     * Opens a store that belongs to somebody else: writes nothing, not even what {@link #open} tidies up, so it may lie on a
     * disk that is mounted read-only. Every act but reading throws {@code IOException}.
     *
     * @throws IOException if there is none
     */
    public static FolderStore openForReading(String id, Path root, Clock clock) throws IOException {
        if (!exists(root)) {
            throw new IOException("no store in " + root + ": is its disk mounted?");
        }
        return new FolderStore(id, root, clock, step -> {}, null);
    }

    private static Path marker(Path root) {
        return root.resolve(MARKER);
    }

    @Override
    public StoredObject put(PutRequest request, InputStream content) throws IOException {
        for (int number = 1; number <= MOST_VERSIONS; number++) {
            ObjectVersion version = version(request, number);
            if (!isFile(fileOf(version))) {
                if (number == 1) {
                    return put(request, version, content);
                }
                break;
            }
            if (isWhole(version, request)) {
                return put(request, version, content);
            }
        }
        throw new IOException("store " + id + " holds damaged bytes under " + request.key());
    }

    /** Version {@code number}, from 1, of the requested bytes. */
    private static ObjectVersion version(PutRequest request, int number) {
        return new ObjectVersion(request.key(), request.sha256() + (number == 1 ? "" : "." + number));
    }

    @Override
    public StoredObject putBeside(PutRequest request, InputStream content, Set<String> damaged) throws IOException {
        for (int number = 1; number <= MOST_VERSIONS; number++) {
            ObjectVersion version = version(request, number);
            if (!damaged.contains(version.versionId()) && (!isFile(fileOf(version)) || isWhole(version, request))) {
                return put(request, version, content);
            }
        }
        throw new IOException("store " + id + " holds " + MOST_VERSIONS + " damaged versions of " + request.key());
    }

    /** Writes the version if it is not there, and locks it as asked. */
    private StoredObject put(PutRequest request, ObjectVersion version, InputStream content) throws IOException {
        if (processes == null) {
            throw new IOException("store " + id + " was opened for reading");
        }
        Instant now = clock.instant();
        if (!request.retention().holdsAt(now)) {
            throw new IllegalArgumentException("retention ended already: " + request.retention());
        }
        Path file = fileOf(version);
        if (!isFile(file)) {
            StoredObject object = new StoredObject(
                    version, request.sizeBytes(), request.sha256(), now, request.retention(), request.legalHold());
            write(file, object, content);
        }
        // Repeated on purpose: another put of these bytes, or a delete, may have come in between.
        return locked(() -> {
            StoredObject there = recorded(version);
            return record(there, lockedBy(there, request.retention(), there.legalHold() || request.legalHold()));
        });
    }

    private void write(Path file, StoredObject object, InputStream content) throws IOException {
        AnnouncedContent announced = new AnnouncedContent(content, object.sizeBytes(), object.sha256(), false);
        try (DurableFiles.Unpublished bytes = DurableFiles.Unpublished.write(unfinished, out -> copy(announced, out))) {
            // Dying here leaves a file in .unfinished, which open() removes.
            steps.accept(Step.BYTES_SYNCED);
            locked(() -> {
                DurableFiles.createFolders(DurableFiles.parentOf(file));
                if (!isFile(file)) {
                    // A record without bytes, left by a put that died: its lock may only be lengthened.
                    Optional<StoredObject> left = recordOf(object.version());
                    write(
                            left.isEmpty()
                                    ? object
                                    : lockedBy(
                                            object,
                                            left.get().retention(),
                                            left.get().legalHold() || object.legalHold()));
                    // Dying here leaves a lock record without bytes: head() and list() do not see it.
                    steps.accept(Step.LOCK_PUBLISHED);
                    bytes.publish(file);
                    steps.accept(Step.BYTES_PUBLISHED);
                }
                return object;
            });
        }
    }

    private static void copy(AnnouncedContent content, OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (int count = content.read(buffer, 0, buffer.length); count >= 0; ) {
            out.write(buffer, 0, count);
            count = content.read(buffer, 0, buffer.length);
        }
    }

    private boolean isWhole(ObjectVersion version, PutRequest request) throws IOException {
        try (InputStream in = Files.newInputStream(fileOf(version))) {
            new AnnouncedContent(in, request.sizeBytes(), request.sha256(), false).finish();
            return true;
        } catch (ContentMismatchException e) {
            return false;
        }
    }

    @Override
    public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("negative range: " + offset + ", " + length);
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(fileOf(version), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new ObjectMissingException(version, e);
        }
        boolean handedOver = false;
        try {
            if (channel.size() < offset || channel.size() - offset < length) {
                throw new EOFException(
                        version + " has " + channel.size() + " bytes; asked for " + length + " from " + offset);
            }
            channel.position(offset);
            InputStream range = new ExactLength(Channels.newInputStream(channel), length, version.toString());
            handedOver = true;
            return range;
        } finally {
            if (!handedOver) {
                channel.close();
            }
        }
    }

    @Override
    public Optional<StoredObject> head(ObjectVersion version) throws IOException {
        if (!isVersionId(version) || !isFile(fileOf(version))) {
            return Optional.empty();
        }
        StoredObject recorded = recorded(version);
        return Optional.of(new StoredObject(
                version,
                Files.size(fileOf(version)),
                recorded.sha256(),
                recorded.storedAt(),
                recorded.retention(),
                recorded.legalHold()));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
        walk(prefix, (version, file) -> listed(version, file).ifPresent(consumer), (name, file) -> {});
    }

    @Override
    public void requireThere() throws IOException {
        if (!exists(root)) {
            throw new IOException("store " + id + ": no store in " + root + ": is its disk mounted?");
        }
    }

    @Override
    public void listVersions(String prefix, Consumer<ListedVersion> consumer, Consumer<ForeignObject> foreign)
            throws IOException {
        walk(
                prefix,
                (version, file) -> {
                    try {
                        Instant written = Files.getLastModifiedTime(file).toInstant();
                        consumer.accept(new ListedVersion(version, Files.size(file), written, true, false));
                    } catch (NoSuchFileException deletedMeanwhile) {
                        // As if the listing had begun a moment later.
                    }
                },
                (name, file) -> foreign(name, "", file).ifPresent(foreign));
    }

    @Override
    public void listOutside(Consumer<ForeignObject> consumer) throws IOException {
        walk(
                root,
                "",
                path -> ObjectKeys.contentPrefix(path + "/").isPresent() || OWN.contains(path),
                (version, file) ->
                        foreign(version.key(), version.versionId(), file).ifPresent(consumer),
                (name, file) -> foreign(name, "", file).ifPresent(consumer));
    }

    /** Empty if it was deleted meanwhile. A link is described, not followed. */
    private static Optional<ForeignObject> foreign(String name, String versionId, Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new ForeignObject(
                    name,
                    versionId,
                    attributes.size(),
                    attributes.lastModifiedTime().toInstant(),
                    true,
                    false));
        } catch (NoSuchFileException deletedMeanwhile) {
            return Optional.empty();
        }
    }

    @FunctionalInterface
    private interface FileConsumer {
        void accept(ObjectVersion version, Path file) throws IOException;
    }

    /** Of what is no object; the name is the path below the root. */
    @FunctionalInterface
    private interface OtherConsumer {
        void accept(String name, Path file) throws IOException;
    }

    private void walk(String prefix, FileConsumer consumer, OtherConsumer others) throws IOException {
        ObjectKeys.checkPrefix(prefix);
        Path folder = root.resolve(prefix.substring(0, prefix.lastIndexOf('/') + 1));
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            walk(folder, prefix, OWN::contains, consumer, others);
        }
    }

    private void walk(
            Path folder, String prefix, Predicate<String> leftOut, FileConsumer consumer, OtherConsumer others)
            throws IOException {
        String inside = root.relativize(folder).toString();
        String path = inside.isEmpty() ? "" : inside + "/";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                String whole = path + name;
                if (leftOut.test(whole) || !(whole.startsWith(prefix) || prefix.startsWith(whole))) {
                    continue;
                }
                Matcher object = OBJECT_NAME.matcher(name);
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    walk(entry, prefix, leftOut, consumer, others);
                } else if (object.matches() && ObjectKeys.isKey(path + object.group(1))) {
                    if ((path + object.group(1)).startsWith(prefix)) {
                        consumer.accept(new ObjectVersion(path + object.group(1), object.group(2)), entry);
                    }
                } else if (!isLockRecord(name)) {
                    others.accept(whole, entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static boolean isLockRecord(String name) {
        return name.endsWith(LOCK_SUFFIX)
                && OBJECT_NAME
                        .matcher(name.substring(0, name.length() - LOCK_SUFFIX.length()))
                        .matches();
    }

    private static String digestOf(ObjectVersion version) {
        return version.versionId().substring(0, 64);
    }

    /** An object whose lock record was lost or spoilt is listed too, as one without a lock; it cannot be deleted here. */
    private Optional<StoredObject> listed(ObjectVersion version, Path file) throws IOException {
        try {
            long size = Files.size(file);
            Instant written = Files.getLastModifiedTime(file).toInstant();
            StoredObject known = intactRecordOf(version)
                    .orElseGet(() -> new StoredObject(version, size, digestOf(version), written, null, false));
            return Optional.of(new StoredObject(
                    version, size, known.sha256(), known.storedAt(), known.retention(), known.legalHold()));
        } catch (NoSuchFileException deletedMeanwhile) {
            return Optional.empty();
        }
    }

    @Override
    public void extendRetention(ObjectVersion version, Instant until) throws IOException {
        locked(() -> {
            StoredObject there = recorded(version);
            Retention old = there.retention();
            Retention asked = new Retention(old == null ? Retention.Mode.COMPLIANCE : old.mode(), until);
            if (old != null && asked.until().isBefore(old.until())) {
                throw new RetentionShorterException(
                        version + " is locked until " + old.until() + ", later than " + asked.until());
            }
            return record(there, withLock(there, asked, there.legalHold()));
        });
    }

    @Override
    public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
        locked(() -> {
            StoredObject there = recorded(version);
            return record(there, withLock(there, there.retention(), on));
        });
    }

    @Override
    public void delete(ObjectVersion version) throws IOException {
        locked(() -> {
            if (!isVersionId(version) || !isFile(fileOf(version))) {
                return version;
            }
            Path file = fileOf(version);
            Optional<StoredObject> recorded = recordOf(version);
            if (recorded.isEmpty()) {
                throw new ObjectLockedException(
                        version + " has lost its lock record; until when it is locked is unknown");
            }
            if (recorded.get().isLockedAt(clock.instant())) {
                throw new ObjectLockedException(version + " is locked: "
                        + recorded.get().retention() + (recorded.get().legalHold() ? ", legal hold" : ""));
            }
            Files.delete(file);
            DurableFiles.syncFolder(DurableFiles.parentOf(file));
            // Dying here leaves a lock record without bytes, as above.
            steps.accept(Step.BYTES_DELETED);
            Files.delete(recordFile(version));
            DurableFiles.syncFolder(DurableFiles.parentOf(file));
            return version;
        });
    }

    @Override
    public StoreDescription describe() {
        return StoreDescription.of(id, StoreDescription.Kind.FOLDER, root.toString());
    }

    // ---- tries against the lock, with the tools of whoever owns the files ------------------------------------------

    @Override
    public Answer deleteVersion(ObjectVersion version) throws IOException {
        return attempt(() -> delete(version));
    }

    @Override
    public Answer deleteBypassingLock(ObjectVersion version) throws IOException {
        return attempt(() -> Files.deleteIfExists(fileOf(version)));
    }

    @Override
    public Answer shorten(ObjectVersion version, Instant until) throws IOException {
        return attempt(() -> extendRetention(version, until));
    }

    @Override
    public Answer shortenBypassingLock(ObjectVersion version, Instant until) throws IOException {
        return attempt(() -> write(withLock(recorded(version), Retention.compliance(until), false)));
    }

    @Override
    public Answer weaken(ObjectVersion version, Instant until) throws IOException {
        return attempt(
                () -> write(withLock(recorded(version), new Retention(Retention.Mode.GOVERNANCE, until), false)));
    }

    @Override
    public StoreCapabilities capabilities(Instant lockUntil) {
        return new StoreCapabilities(true, false, true, true, true, false);
    }

    @FunctionalInterface
    private interface Attempt {
        void make() throws IOException;
    }

    private static Answer attempt(Attempt attempt) throws IOException {
        try {
            attempt.make();
            return Answer.DONE;
        } catch (ObjectLockedException | RetentionShorterException | AccessDeniedException e) {
            return Answer.REFUSED;
        }
    }

    /** Free bytes on the disk of this store. */
    public long freeBytes() throws IOException {
        return Files.getFileStore(root).getUsableSpace();
    }

    /** Releases the store's own file; objects need no closing. */
    @Override
    public void close() throws IOException {
        if (processes != null) {
            processes.close();
        }
    }

    /** @throws ObjectMissingException if no file of this store can have that version id, {@code ../..} for example */
    private Path fileOf(ObjectVersion version) throws ObjectMissingException {
        if (!isVersionId(version)) {
            throw new ObjectMissingException(version);
        }
        return root.resolve(version.key() + "@" + version.versionId());
    }

    private static boolean isVersionId(ObjectVersion version) {
        return VERSION_ID.matcher(version.versionId()).matches();
    }

    private Path recordFile(ObjectVersion version) throws ObjectMissingException {
        return fileOf(version).resolveSibling(fileOf(version).getFileName() + LOCK_SUFFIX);
    }

    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private Optional<StoredObject> recordOf(ObjectVersion version) throws IOException {
        try {
            byte[] json = DurableFiles.readSmall(recordFile(version), LockRecord.MOST_BYTES);
            return Optional.of(LockRecord.read(json, version));
        } catch (DurableFiles.TooLargeException e) {
            throw new LockRecord.SpoiltException("the lock record beside " + version + " is too large", e);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Optional<StoredObject> intactRecordOf(ObjectVersion version) throws IOException {
        try {
            return recordOf(version);
        } catch (LockRecord.SpoiltException e) {
            return Optional.empty();
        }
    }

    /** The same object with {@code asked} added to its lock. */
    private static StoredObject lockedBy(StoredObject object, @Nullable Retention asked, boolean legalHold) {
        Retention old = object.retention();
        Retention both = old == null || asked == null ? (old == null ? asked : old) : old.and(asked);
        return withLock(object, both, legalHold);
    }

    private static StoredObject withLock(StoredObject object, @Nullable Retention retention, boolean legalHold) {
        return new StoredObject(
                object.version(), object.sizeBytes(), object.sha256(), object.storedAt(), retention, legalHold);
    }

    /** What the lock record says of an object that is there. */
    private StoredObject recorded(ObjectVersion version) throws IOException {
        if (!isFile(fileOf(version))) {
            throw new ObjectMissingException(version);
        }
        return recordOf(version)
                .orElseThrow(() -> new IOException("the lock record beside " + version + " is missing"));
    }

    private StoredObject record(StoredObject old, StoredObject wanted) throws IOException {
        if (!wanted.equals(old)) {
            write(wanted);
        }
        return wanted;
    }

    private void write(StoredObject object) throws IOException {
        DurableFiles.write(
                unfinished, recordFile(object.version()), LockRecord.of(object).toJson());
    }

    /** Something done while no other thread or process changes a lock record. */
    @FunctionalInterface
    private interface Change<T> {
        T apply() throws IOException;
    }

    private <T> T locked(Change<T> change) throws IOException {
        FileChannel mutex = processes;
        if (mutex == null) {
            throw new IOException("store " + id + " was opened for reading");
        }
        try {
            if (!threads.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("store " + id + " is busy since " + LONGEST_WAIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for store " + id, e);
        }
        try (FileLock held = lockProcesses(mutex)) {
            return change.apply();
        } finally {
            threads.unlock();
        }
    }

    private FileLock lockProcesses(FileChannel mutex) throws IOException {
        for (long waited = 0; waited < LONGEST_WAIT.toMillis(); waited += 10) {
            try {
                FileLock held = mutex.tryLock();
                if (held != null) {
                    return held;
                }
            } catch (OverlappingFileLockException e) {
                // Another instance on this folder in this process.
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        throw new IOException("store " + id + " is busy since " + LONGEST_WAIT);
    }
}
