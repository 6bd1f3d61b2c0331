package org.tiezheng.auditor.monitor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.auditor.log.TreeSoFar;
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

    /** Whoever reads so many needs no more. */
    private static final int MAX_ALARMS = 1_000;

    private final LogFiles log;
    private final @Nullable LogPolicy policy;
    private final @Nullable ObjectStore store;
    private final Journal journal;
    private final Instant at;
    private final Consumer<String> entries;
    private final List<Alarm> alarms = new ArrayList<>();

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

    /** @param entries told of each new entry, a line */
    Round(
            LogFiles log,
            @Nullable LogPolicy policy,
            @Nullable ObjectStore store,
            Journal journal,
            Instant at,
            Consumer<String> entries) {
        this.log = log;
        this.policy = policy;
        this.store = store;
        this.journal = journal;
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
        List<LogEvent> disposals = read(tree, checkpoint);
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
        for (LogEvent disposal : disposals) {
            journal.disposed(at, disposal.id());
        }
        long next = journal.next();
        if (store != null) {
            objectsOfNew(checkpoint, store);
            next = old(checkpoint.size(), store);
        }
        if (last == null || !last.equals(checkpoint) || next != journal.next()) {
            journal.seen(at, checkpoint, tree, next);
        }
        return told(note, checkpoint.size());
    }

    private Outcome alarm(Alarm alarm, byte[] evidence, long size) throws IOException {
        alarms.add(alarm);
        return told(evidence, size);
    }

    private Outcome told(byte[] evidence, long size) throws IOException {
        for (int i = 0; i < alarms.size(); i++) {
            journal.alarm(at, alarms.get(i), i == 0 ? evidence : new byte[0]);
        }
        return new Outcome(size, newEntries, objects, List.copyOf(alarms));
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

    /** Adds what came since to {@code tree}; gives the disposals among it. */
    private List<LogEvent> read(TreeSoFar tree, Checkpoint checkpoint) throws IOException {
        List<LogEvent> disposals = new ArrayList<>();
        walk(tree, checkpoint, (index, entry) -> {
            newEntries++;
            entries.accept(line(index, entry));
            if (isDisposal(entry)) {
                disposals.add((LogEvent) entry);
            }
        });
        return disposals;
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
        if (journal.isDisposed(entry.id()) && !isDisposal(entry)) {
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
                case DISPOSAL, RECORDS, RENEWAL, REPORT -> {
                    if (event.sha256() != null && event.sizeBytes() != null) {
                        named.put(event.sha256().hex(), event.sizeBytes());
                    }
                }
                case FAILURE, DISCARD, RETENTION, HOLD, RELEASE, REPAIR, KEY, TSA -> {
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
            alarms.add(new Alarm(Alarm.Kind.OBJECT_MISSING, key + " of " + entry.id()));
        } else if (found.stream().noneMatch(object -> object.sizeBytes() == size)) {
            alarms.add(new Alarm(
                    Alarm.Kind.OBJECT_OTHER,
                    key + " of " + entry.id() + " has " + found.get(0).sizeBytes() + " bytes, not " + size));
        }
    }
}
