package org.tiezheng.auditor.monitor;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.auditor.log.TreeSoFar;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEntry;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.StoredObject;

/**
 * One look at a log: its newest checkpoint, every entry that came since the last look, and, with a store, the objects that these
 * name and a turn of older ones.
 *
 * <p>The new entries are added to the tree that was kept from the last look; the root that comes out must be the one in the new
 * checkpoint. So it is proved at once that nothing before was changed and that the entries that were read are the ones that
 * are signed; no tile above the entries is needed.
 */
final class Round {
    /** Older packages whose objects are looked at in one round. */
    static final int OLD_ENTRIES = 2_000;

    /** A destruction takes minutes; a store that is away for a day is put right. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    /** Whoever reads so many needs no more. */
    private static final int MAX_ALARMS = 1_000;

    private static final int BUFFER_BYTES = 1 << 16;

    private final LogFiles log;
    private final @Nullable LogPolicy policy;
    private final @Nullable ObjectStore store;
    private final Journal journal;
    private final Wanted wanted;
    private final Instant at;
    private final Consumer<String> entries;
    private final List<Alarm> alarms = new ArrayList<>();
    /** Objects that are not there, by what they belong to: perhaps a destruction that has begun since. */
    private final Map<UUID, List<Alarm>> missing = new LinkedHashMap<>();

    /** Of the youngest entry or cosignature; never later than the look. */
    private Instant newest;

    private long newEntries;
    private long objects;

    /**
     * What a look gave.
     *
     * @param size entries of the log
     * @param newEntries how many came since the last look
     * @param objects how many were looked for in the store
     * @param alarms empty if all was right
     */
    record Outcome(long size, long newEntries, long objects, List<Alarm> alarms) {}

    /**
     * How much is asked of the log.
     *
     * @param fresh how old its youngest sign of life may be; null: as old as it likes
     * @param deep whether objects are read again, not only looked for
     */
    record Wanted(@Nullable Duration fresh, boolean deep) {}

    /** @param entries told of each new entry, a line */
    Round(
            LogFiles log,
            @Nullable LogPolicy policy,
            @Nullable ObjectStore store,
            Journal journal,
            Wanted wanted,
            Instant at,
            Consumer<String> entries) {
        this.log = log;
        this.policy = policy;
        this.store = store;
        this.journal = journal;
        this.wanted = wanted;
        this.newest = journal.newest().orElse(Instant.EPOCH);
        this.at = at;
        this.entries = entries;
    }

    /** @throws IOException if log or store do not answer: nothing is known, look again later */
    Outcome run() throws IOException {
        byte[] note = log.checkpoint();
        Checkpoint checkpoint;
        try {
            checkpoint = Checkpoint.parse(note);
        } catch (MalformedLogException e) {
            return alarm(new Alarm(Alarm.Kind.NO_CHECKPOINT, String.valueOf(e.getMessage())), note, 0);
        }
        signature(checkpoint);
        TreeSoFar tree = journal.tree();
        Checkpoint last = journal.last().orElse(null);
        if (last != null && !last.origin().equals(checkpoint.origin())) {
            alarms.add(
                    new Alarm(Alarm.Kind.REWRITTEN, "it is " + checkpoint.origin() + " now, and was " + last.origin()));
        } else if (checkpoint.size() < tree.size()) {
            alarms.add(new Alarm(
                    Alarm.Kind.ROLLED_BACK, "the log has " + checkpoint.size() + " entries, and had " + tree.size()));
        }
        if (!alarms.isEmpty()) {
            return told(note, checkpoint.size());
        }
        List<LogEvent> destructions = read(tree, checkpoint);
        if (alarms.isEmpty() && !tree.root().equals(checkpoint.root())) {
            alarms.add(new Alarm(
                    Alarm.Kind.REWRITTEN,
                    "its entries give root " + tree.root().base64() + ", the checkpoint of " + checkpoint.size()
                            + " says " + checkpoint.root().base64()));
        }
        if (!alarms.isEmpty()) {
            return told(note, checkpoint.size());
        }
        // Dying between these lines only makes the next round note them again.
        for (LogEvent destruction : destructions) {
            if (destruction.kind() == LogEvent.Kind.DISPOSAL) {
                journal.disposed(at, destruction.id());
            } else {
                journal.deleting(at, destruction.id(), destruction.time());
            }
        }
        cosigned(checkpoint);
        stale();
        unended();
        long next = journal.next();
        if (store != null) {
            objectsOfNew(checkpoint, store);
            next = old(checkpoint.size(), store);
            missing(tree);
        }
        if (last == null || !last.equals(checkpoint) || next != journal.next()) {
            journal.seen(at, checkpoint, tree, next, newest);
        }
        return told(note, checkpoint.size());
    }

    private Outcome alarm(Alarm alarm, byte[] evidence, long size) throws IOException {
        alarms.add(alarm);
        return told(evidence, size);
    }

    private Outcome told(byte[] evidence, long size) throws IOException {
        // The entry of a package and that of its objects name the same object: what is wrong is told once.
        List<Alarm> told = alarms.stream().distinct().toList();
        for (int i = 0; i < told.size(); i++) {
            journal.alarm(at, told.get(i), i == 0 ? evidence : new byte[0]);
        }
        return new Outcome(size, newEntries, objects, told);
    }

    private void signature(Checkpoint checkpoint) {
        LogPolicy trusted = policy;
        if (trusted == null) {
            return;
        }
        if (trusted.logOf(checkpoint).isEmpty()) {
            alarms.add(new Alarm(
                    Alarm.Kind.NOT_SIGNED,
                    "the checkpoint of " + checkpoint.origin() + " is not signed by a known log"));
        } else if (!trusted.isWitnessed(checkpoint)) {
            alarms.add(new Alarm(
                    Alarm.Kind.NOT_WITNESSED,
                    "too few witnesses cosigned the checkpoint of " + checkpoint.size() + " entries"));
        }
    }

    /** Told of an entry that could be read. */
    @FunctionalInterface
    private interface Reader {
        void entry(long index, LogEntry entry) throws IOException;
    }

    /** Adds what came since to {@code tree}; gives the destructions among it, begun or ended. */
    private List<LogEvent> read(TreeSoFar tree, Checkpoint checkpoint) throws IOException {
        List<LogEvent> destructions = new ArrayList<>();
        walk(tree, checkpoint, (index, entry) -> {
            newEntries++;
            entries.accept(line(index, entry));
            isAlive(entry.time());
            if (isDestruction(entry)) {
                destructions.add((LogEvent) entry);
            }
        });
        return destructions;
    }

    /** A time that says more than now says nothing: dated ahead once, a log would look fresh for years. */
    private void isAlive(Instant time) {
        Instant believed = time.isAfter(at) ? at : time;
        newest = believed.isAfter(newest) ? believed : newest;
    }

    private void cosigned(Checkpoint checkpoint) {
        LogPolicy trusted = policy;
        if (trusted != null) {
            trusted.witnesses().values().stream()
                    .flatMap(witness -> checkpoint.cosignedAt(witness.key()).stream())
                    .forEach(this::isAlive);
        }
    }

    private void stale() {
        Duration fresh = wanted.fresh();
        if (fresh != null && newest.plus(fresh).isBefore(at)) {
            alarms.add(new Alarm(
                    Alarm.Kind.STALE,
                    "its youngest entry or cosignature is of " + newest + ", older than " + fresh.toHours()
                            + " hours"));
        }
    }

    /** A destruction that never ends is no reason to miss nothing. */
    private void unended() {
        journal.deleting().forEach((id, since) -> {
            if (!at.isBefore(since.plus(PATIENCE))) {
                alarms.add(new Alarm(
                        Alarm.Kind.DISPOSAL_UNENDED,
                        "the destruction of " + id + " began at " + since + " and is not over"));
            }
        });
    }

    /**
     * Objects that are not there: of packages whose destruction the log has announced since this look began, or missing. The log
     * announces before it destroys, so the newest checkpoint has it.
     *
     * @param tree of the look
     */
    private void missing(TreeSoFar tree) throws IOException {
        if (missing.isEmpty()) {
            return;
        }
        TreeSoFar again = tree.copy();
        try {
            Checkpoint newest = log.parsedCheckpoint();
            LogPolicy trusted = policy;
            if (newest.size() > again.size()
                    && (trusted == null || trusted.logOf(newest).isPresent())) {
                List<UUID> announced = new ArrayList<>();
                walk(again, newest, (index, entry) -> {
                    if (isDestruction(entry)) {
                        announced.add(entry.id());
                    }
                });
                if (again.root().equals(newest.root())) {
                    announced.forEach(missing::remove);
                }
            }
        } catch (MalformedLogException served) {
            alarms.add(new Alarm(Alarm.Kind.NO_CHECKPOINT, String.valueOf(served.getMessage())));
        }
        missing.values().forEach(alarms::addAll);
    }

    private void walk(TreeSoFar tree, Checkpoint checkpoint, Reader reader) throws IOException {
        while (tree.size() < checkpoint.size() && alarms.size() < MAX_ALARMS) {
            List<byte[]> bundle = bundle(tree.size() / Tile.WIDTH, checkpoint.size());
            if (bundle.isEmpty()) {
                return;
            }
            for (byte[] entry : bundle.subList((int) (tree.size() % Tile.WIDTH), bundle.size())) {
                long index = tree.size();
                tree.add(LogHash.leaf(entry));
                try {
                    reader.entry(index, LogEntries.parse(entry));
                } catch (MalformedLogException e) {
                    alarms.add(new Alarm(Alarm.Kind.ENTRY_UNREADABLE, "entry " + index + ": " + e.getMessage()));
                }
            }
        }
    }

    /** Reads the new entries a second time rather than hold a million of them; they must be the same. */
    private void objectsOfNew(Checkpoint checkpoint, ObjectStore objectStore) throws IOException {
        TreeSoFar again = journal.tree();
        walk(again, checkpoint, (index, entry) -> look(entry, objectStore));
        if (again.size() == checkpoint.size() && !again.root().equals(checkpoint.root())) {
            alarms.add(new Alarm(Alarm.Kind.REWRITTEN, "the log served other entries when asked again"));
        }
    }

    private static boolean isDestruction(LogEntry entry) {
        return entry instanceof LogEvent event
                && (event.kind() == LogEvent.Kind.DELETION || event.kind() == LogEvent.Kind.DISPOSAL);
    }

    private static boolean isDisposal(LogEntry entry) {
        return entry instanceof LogEvent event && event.kind() == LogEvent.Kind.DISPOSAL;
    }

    private static String line(long index, LogEntry entry) {
        String kind = entry instanceof LogEvent event ? event.kind().word() : "package";
        return index + "\t" + entry.time() + "\t" + kind + "\t" + entry.id();
    }

    /** Empty, with an alarm, if the log does not serve it: what is published must be there. */
    private List<byte[]> bundle(long number, long size) throws IOException {
        Tile tile = new Tile(Tile.ENTRIES, number, (int) Math.min(Tile.WIDTH, size - number * Tile.WIDTH));
        try {
            List<byte[]> bundle = LogTree.entries(log.read(tile));
            if (bundle.size() == tile.width()) {
                return bundle;
            }
            alarms.add(new Alarm(Alarm.Kind.ENTRIES_MISSING, tile.path() + " holds " + bundle.size() + " entries"));
        } catch (NoSuchFileException e) {
            alarms.add(new Alarm(Alarm.Kind.ENTRIES_MISSING, tile.path() + " is not served"));
        } catch (MalformedLogException e) {
            alarms.add(new Alarm(Alarm.Kind.ENTRIES_MISSING, tile.path() + ": " + e.getMessage()));
        }
        return List.of();
    }

    // ---- objects ------------------------------------------------------------------------------------------------

    /** Looks at a turn of older entries; gives the one to begin with next time. */
    private long old(long size, ObjectStore objectStore) throws IOException {
        long known = journal.tree().size();
        long from = journal.next() < known ? journal.next() : 0;
        long to = Math.min(known, from + OLD_ENTRIES);
        for (long index = from; index < to && alarms.size() < MAX_ALARMS; ) {
            List<byte[]> bundle = bundle(index / Tile.WIDTH, size);
            if (bundle.isEmpty()) {
                return from;
            }
            for (byte[] entry : bundle.subList((int) (index % Tile.WIDTH), bundle.size())) {
                if (index < to) {
                    lookAtOld(index, entry, objectStore);
                }
                index++;
            }
        }
        return to >= known ? 0 : to;
    }

    private void lookAtOld(long index, byte[] entry, ObjectStore objectStore) throws IOException {
        try {
            look(LogEntries.parse(entry), objectStore);
        } catch (MalformedLogException e) {
            alarms.add(new Alarm(Alarm.Kind.ENTRY_UNREADABLE, "entry " + index + ": " + e.getMessage()));
        }
    }

    private void look(LogEntry entry, ObjectStore objectStore) throws IOException {
        boolean gone = journal.isDisposed(entry.id()) || journal.deleting().containsKey(entry.id());
        if (gone && !isDisposal(entry)) {
            return;
        }
        for (Map.Entry<String, Long> object : named(entry).entrySet()) {
            objects++;
            present(object.getKey(), object.getValue(), entry, objectStore);
        }
    }

    /** Objects that an entry promises, with their sizes. */
    private static Map<String, Long> named(LogEntry entry) {
        Map<String, Long> named = new HashMap<>();
        if (entry instanceof LogLeaf leaf) {
            named.put(leaf.sha256().hex(), leaf.sizeBytes());
        } else if (entry instanceof LogEvent event) {
            switch (event.kind()) {
                case OBJECTS ->
                    event.members().forEach(member -> named.put(member.sha256().hex(), member.sizeBytes()));
                case DISPOSAL, RECORDS, RENEWAL, REPORT, REGISTER -> {
                    if (event.sha256() != null && event.sizeBytes() != null) {
                        named.put(event.sha256().hex(), event.sizeBytes());
                    }
                }
                case FAILURE, DISCARD, RETENTION, HOLD, RELEASE, DELETION, REPAIR, KEY, TSA -> {
                    // Of nothing that lies in the store.
                }
            }
        }
        return named;
    }

    private void present(String sha256, long size, LogEntry entry, ObjectStore objectStore) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        String key = ObjectKeys.ofContent(sha256);
        objectStore.list(key, object -> {
            if (object.version().key().equals(key)) {
                found.add(object);
            }
        });
        if (found.isEmpty()) {
            missing.computeIfAbsent(entry.id(), unused -> new ArrayList<>())
                    .add(new Alarm(Alarm.Kind.OBJECT_MISSING, key + " of " + entry.id()));
        } else if (found.stream().noneMatch(object -> object.sizeBytes() == size)) {
            alarms.add(new Alarm(
                    Alarm.Kind.OBJECT_OTHER,
                    key + " of " + entry.id() + " has " + found.get(0).sizeBytes() + " bytes, not " + size));
        } else if (wanted.deep() && !isThere(sha256, size, found, objectStore)) {
            alarms.add(new Alarm(Alarm.Kind.OBJECT_CHANGED, key + " of " + entry.id() + " holds other bytes"));
        }
    }

    /** Whether one of the versions has the bytes of the digest; all others may be damaged ones that were made good. */
    private static boolean isThere(String sha256, long size, List<StoredObject> versions, ObjectStore objectStore)
            throws IOException {
        for (StoredObject object : versions) {
            if (object.sizeBytes() == size && sha256.equals(sha256(object, objectStore))) {
                return true;
            }
        }
        return false;
    }

    private static String sha256(StoredObject object, ObjectStore objectStore) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = objectStore.get(object.version(), 0, object.sizeBytes())) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        } catch (EOFException cut) {
            return "";
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
