package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A primary store, and a second one at a custodian: another endpoint, other credentials, best another operator.
 *
 * <p>A put counts as copied when both have it. Before the primary gets a byte, an entry goes into a {@link CopyQueue}; it
 * is removed when the custodian has the object, too. So if the custodian is down, or we die anywhere, the entry tells
 * what is missing: {@link #catchUp} looks whether the primary has those bytes and gives them to the custodian. The same
 * holds for a longer lock, a hold and a delete. A custodian that failed is left alone for {@value #REST_SECONDS}
 * seconds, so that puts do not wait for its timeouts.
 *
 * <p>Versions are the primary's; the custodian's are found by key and digest. Reads prefer the primary; where it fails
 * or has lost the version, they come from the custodian, with a line in the log and a count in {@link Status}. A read
 * that breaks in the middle is not continued elsewhere: repeat it. {@link #head} and {@link #list} are the primary's
 * word alone.
 *
 * <p>The copy is read back from the primary, never from the source: it also shows that the primary can give it.
 */
public final class MirroredStore implements ObjectStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MirroredStore.class);
    static final int REST_SECONDS = 30;
    /** So many in a row, and the custodian is taken to be down; fewer may be about single objects. */
    private static final int FAILURES_OF_A_STORE_THAT_IS_DOWN = 3;

    private final ObjectStore primary;
    private final ObjectStore custodian;
    private final CopyQueue queue;
    private final Clock clock;
    private final long bytesPerSecond;
    private final Copied copied;
    private final Set<Long> inHand = ConcurrentHashMap.newKeySet();
    private final ReentrantLock catchingUp = new ReentrantLock();
    private final AtomicLong fallbackReads = new AtomicLong();
    private volatile @Nullable Instant restsUntil;
    private volatile String lastFailure = "";

    /**
     * How the copies are.
     *
     * @param waiting what the custodian does not have yet
     * @param oldest since when the oldest of them waits
     * @param lastFailure why the last try failed; empty if it did not
     * @param fallbackReads reads that the custodian had to answer, since the start
     */
    public record Status(int waiting, Optional<Instant> oldest, String lastFailure, long fallbackReads) {
        /** How long the oldest waits, zero if none does. */
        public Duration age(Instant now) {
            return oldest.map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
        }
    }

    /** Told which version of the custodian is the copy of an object, before the entry leaves the queue; again after a crash. */
    @FunctionalInterface
    public interface Copied {
        Copied NOBODY = (custodian, copy) -> {};

        /**
         * The custodian has this version, and it is the only one there with these bytes.
         *
         * @param custodian id of the store
         * @throws IOException if it could not be written down: tried again with the entry
         */
        void copied(String custodian, ObjectVersion copy) throws IOException;
    }

    /** What {@link #catchUp} did. */
    public record CaughtUp(int done, int failed, int left) {}

    /**
     * @param queue closed with this store
     * @param bytesPerSecond at which {@link #catchUp} copies, so that a custodian that comes back does not take the whole
     *     line; copies within a put are not slowed
     */
    public MirroredStore(
            ObjectStore primary, ObjectStore custodian, CopyQueue queue, Clock clock, long bytesPerSecond) {
        this(primary, custodian, queue, clock, bytesPerSecond, Copied.NOBODY);
    }

    /** As the other, with somebody who is told of each copy. */
    public MirroredStore(
            ObjectStore primary,
            ObjectStore custodian,
            CopyQueue queue,
            Clock clock,
            long bytesPerSecond,
            Copied copied) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("bytes per second: " + bytesPerSecond);
        }
        this.primary = primary;
        this.custodian = custodian;
        this.queue = queue;
        this.clock = clock;
        this.bytesPerSecond = bytesPerSecond;
        this.copied = copied;
    }

    @Override
    public StoredObject put(PutRequest request, InputStream content) throws IOException {
        CopyQueue.Entry entry = queue.add(CopyQueue.Act.COPY, request.key(), request.sha256(), clock.instant());
        inHand.add(entry.number());
        try {
            StoredObject stored;
            try {
                // Dying before this leaves an entry without an object, which catchUp drops; after it, one to be copied.
                stored = primary.put(request, content);
            } catch (ContentMismatchException | IllegalArgumentException nothingWasStored) {
                queue.remove(entry);
                throw nothingWasStored;
            }
            tellCustodian(entry, () -> copy(stored, false));
            return stored;
        } finally {
            inHand.remove(entry.number());
        }
    }

    @Override
    public void extendRetention(ObjectVersion version, Instant until) throws IOException {
        changeLock(version, () -> primary.extendRetention(version, until));
    }

    @Override
    public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
        changeLock(version, () -> primary.setLegalHold(version, on));
    }

    private void changeLock(ObjectVersion version, Act change) throws IOException {
        StoredObject there = primary.head(version).orElseThrow(() -> new ObjectMissingException(version));
        CopyQueue.Entry entry = queue.add(CopyQueue.Act.COPY, version.key(), there.sha256(), clock.instant());
        inHand.add(entry.number());
        try {
            try {
                change.run();
            } catch (RetentionShorterException nothingChanged) {
                queue.remove(entry);
                throw nothingChanged;
            }
            StoredObject changed = primary.head(version).orElseThrow(() -> new ObjectMissingException(version));
            tellCustodian(entry, () -> copy(changed, false));
        } finally {
            inHand.remove(entry.number());
        }
    }

    @Override
    public void delete(ObjectVersion version) throws IOException {
        Optional<StoredObject> there = primary.head(version);
        if (there.isEmpty()) {
            return;
        }
        String sha256 = there.get().sha256();
        CopyQueue.Entry entry = queue.add(CopyQueue.Act.DELETE, version.key(), sha256, clock.instant());
        inHand.add(entry.number());
        try {
            try {
                primary.delete(version);
            } catch (ObjectLockedException nothingDeleted) {
                queue.remove(entry);
                throw nothingDeleted;
            }
            tellCustodian(entry, () -> deleteCopy(entry));
        } finally {
            inHand.remove(entry.number());
        }
    }

    /** Does {@code act} at the custodian now, or leaves {@code entry} for {@link #catchUp}. */
    private void tellCustodian(CopyQueue.Entry entry, Act act) throws IOException {
        Instant rest = restsUntil;
        if (rest != null && clock.instant().isBefore(rest)) {
            return;
        }
        try {
            act.run();
        } catch (IOException e) {
            failed(entry, e);
            return;
        }
        restsUntil = null;
        lastFailure = "";
        queue.remove(entry);
    }

    private void failed(CopyQueue.Entry entry, IOException e) {
        lastFailure = String.valueOf(e.getMessage());
        restsUntil = clock.instant().plusSeconds(REST_SECONDS);
        LOG.warn("custodian copy of {} waits: {}", entry.key(), e.getMessage());
    }

    /**
     * Works through the queue in order, until it is empty, the custodian is down, or the thread is interrupted. What
     * fails stays in the queue. Only one thread at a time works; for others this returns at once.
     */
    public CaughtUp catchUp() throws IOException {
        if (!catchingUp.tryLock()) {
            return new CaughtUp(0, 0, queue.size());
        }
        try {
            int done = 0;
            int failed = 0;
            int inARow = 0;
            long after = 0;
            for (Optional<CopyQueue.Entry> next = queue.next(after);
                    next.isPresent() && inARow < FAILURES_OF_A_STORE_THAT_IS_DOWN;
                    next = queue.next(after)) {
                CopyQueue.Entry entry = next.get();
                after = entry.number();
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
                if (inHand.contains(entry.number())) {
                    continue;
                }
                try {
                    if (entry.act() == CopyQueue.Act.COPY) {
                        bringInLine(entry);
                    } else {
                        deleteCopy(entry);
                    }
                } catch (IOException e) {
                    failed++;
                    inARow++;
                    failed(entry, e);
                    continue;
                }
                inARow = 0;
                done++;
                queue.remove(entry);
            }
            if (failed == 0) {
                restsUntil = null;
                lastFailure = "";
            }
            return new CaughtUp(done, failed, queue.size());
        } finally {
            catchingUp.unlock();
        }
    }

    private void bringInLine(CopyQueue.Entry entry) throws IOException {
        // None: the put died before the primary had it, and its caller repeats it. Several: all get a copy.
        for (StoredObject object : versions(primary, entry.key(), entry.sha256())) {
            copy(object, true);
        }
    }

    private void copy(StoredObject object, boolean slowly) throws IOException {
        List<StoredObject> copies = versions(custodian, object.version().key(), object.sha256());
        Retention asked = object.retention();
        // A copy that waited past the end of its lock is made all the same; it then needs some lock.
        Retention least = Retention.compliance(clock.instant().plus(Duration.ofDays(1)));
        Retention lock = asked == null || !asked.holdsAt(clock.instant()) ? least : asked;
        if (copies.isEmpty()) {
            try (InputStream read = primary.get(object);
                    InputStream in = slowly ? new RateLimited(read, bytesPerSecond) : read) {
                StoredObject copy = custodian.put(
                        new PutRequest(
                                object.version().key(), object.sizeBytes(), object.sha256(), lock, object.legalHold()),
                        in);
                copied.copied(custodian.describe().id(), copy.version());
            }
            return;
        }
        if (copies.size() == 1) {
            // It was there, or we died after the put and before anybody was told.
            copied.copied(custodian.describe().id(), copies.get(0).version());
        }
        for (StoredObject copy : copies) {
            if (asked != null
                    && (copy.retention() == null || copy.retention().until().isBefore(asked.until()))) {
                custodian.extendRetention(copy.version(), asked.until());
            }
            if (copy.legalHold() != object.legalHold()) {
                custodian.setLegalHold(copy.version(), object.legalHold());
            }
        }
    }

    private void deleteCopy(CopyQueue.Entry entry) throws IOException {
        if (!versions(primary, entry.key(), entry.sha256()).isEmpty()) {
            // Died before the primary deleted it, or it has been put again.
            return;
        }
        for (StoredObject copy : versions(custodian, entry.key(), entry.sha256())) {
            try {
                custodian.delete(copy.version());
            } catch (ObjectLockedException e) {
                LOG.warn("the custodian keeps its copy of {}: {}", entry.key(), e.getMessage());
            }
        }
    }

    private static List<StoredObject> versions(ObjectStore store, String key, String sha256) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        store.list(key, object -> {
            if (object.version().key().equals(key) && object.sha256().equals(sha256)) {
                found.add(object);
            }
        });
        return found;
    }

    @Override
    public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
        try {
            return primary.get(version, offset, length);
        } catch (java.io.EOFException e) {
            throw e;
        } catch (IOException e) {
            try {
                InputStream in = custodian.get(copyOf(version), offset, length);
                fallbackReads.incrementAndGet();
                LOG.warn("read {} from the custodian: {}", version, e.getMessage());
                return in;
            } catch (IOException neither) {
                e.addSuppressed(neither);
                throw e;
            }
        }
    }

    /** The custodian's version with the bytes of {@code version}: the digest is in a content address or the version id. */
    private ObjectVersion copyOf(ObjectVersion version) throws IOException {
        String key = version.key();
        String last = key.substring(key.lastIndexOf('/') + 1);
        String versionId = version.versionId();
        String sha256 = ObjectKeys.isSha256(last) ? last : versionId.substring(0, Math.min(64, versionId.length()));
        if (!ObjectKeys.isSha256(sha256)) {
            throw new ObjectMissingException(version);
        }
        // The newest: a repaired copy has the damaged version beside it.
        return versions(custodian, key, sha256).stream()
                .max(Comparator.comparing(StoredObject::storedAt))
                .orElseThrow(() -> new ObjectMissingException(version))
                .version();
    }

    @Override
    public Optional<StoredObject> head(ObjectVersion version) throws IOException {
        return primary.head(version);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
        primary.list(prefix, consumer);
    }

    /** How the copies are. Reads neither network nor disk. */
    public Status status() {
        Optional<Instant> oldest = queue.first(1).stream().findFirst().map(CopyQueue.Entry::since);
        return new Status(queue.size(), oldest, lastFailure, fallbackReads.get());
    }

    /** The first {@code most} entries that wait, oldest first. */
    public List<CopyQueue.Entry> waiting(int most) {
        return queue.first(most);
    }

    public ObjectStore primary() {
        return primary;
    }

    public ObjectStore custodian() {
        return custodian;
    }

    @Override
    public StoreDescription describe() {
        StoreDescription first = primary.describe();
        StoreDescription second = custodian.describe();
        return new StoreDescription(
                first.id(),
                StoreDescription.Kind.MIRRORED,
                first.location() + ", copied to " + second.location(),
                List.of(first, second));
    }

    /** Closes the queue; the two stores belong to whoever made them. */
    @Override
    public void close() throws IOException {
        queue.close();
    }

    @FunctionalInterface
    private interface Act {
        void run() throws IOException;
    }
}
