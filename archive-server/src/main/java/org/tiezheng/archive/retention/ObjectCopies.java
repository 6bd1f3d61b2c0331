package org.tiezheng.archive.retention;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.storage.ObjectLockedException;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.RetentionShorterException;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.storage.VersionedStore;

/**
 * Lock, hold and end of one object in every copy. Each act first goes the way of all acts, through the store that everybody uses,
 * whose queue remembers what a custodian has not got; then every copy is looked at, and brought in line itself. So an act that
 * returns was done everywhere, and one that throws may be repeated.
 */
public final class ObjectCopies {
    private final ObjectStore active;
    private final List<VersionedStore> stores;

    /**
     * @param active where evidence goes
     * @param stores each copy, the one that gives version ids first
     */
    public ObjectCopies(ObjectStore active, List<? extends VersionedStore> stores) {
        this.active = active;
        this.stores = List.copyOf(stores);
    }

    static ObjectCopies of(Stores stores) {
        return new ObjectCopies(
                stores.active(), stores.parts().stream().map(Stores.Part::store).toList());
    }

    /** Where one copy is. */
    public record Copy(ObjectStore store, StoredObject object) {}

    /** Ids of the stores, primary first. */
    List<String> storeIds() {
        return stores.stream().map(store -> store.describe().id()).toList();
    }

    /**
     * Locks all copies until {@code until} at least.
     *
     * @throws ObjectMissingException if the primary has no such version
     * @throws IOException if a copy could not be locked, or is not there yet: repeat
     */
    void lock(ObjectVersion version, Instant until) throws IOException {
        Instant end = Retention.compliance(until).until();
        StoredObject primary = primary(version);
        if (endsBefore(primary, end)) {
            try {
                active.extendRetention(version, end);
            } catch (RetentionShorterException longerMeanwhile) {
                // As good.
            }
        }
        for (Copy copy : copies(primary)) {
            if (endsBefore(copy.object(), end)) {
                copy.store().extendRetention(copy.object().version(), end);
            }
        }
    }

    private static boolean endsBefore(StoredObject object, Instant end) {
        Retention retention = object.retention();
        return retention == null || retention.until().isBefore(end);
    }

    /** Sets or lifts the hold of all copies. Exceptions as for {@link #lock}. */
    void hold(ObjectVersion version, boolean on) throws IOException {
        StoredObject primary = primary(version);
        if (primary.legalHold() != on) {
            active.setLegalHold(version, on);
        }
        for (Copy copy : copies(primary)) {
            if (copy.object().legalHold() != on) {
                copy.store().setLegalHold(copy.object().version(), on);
            }
        }
    }

    private StoredObject primary(ObjectVersion version) throws IOException {
        return stores.get(0).head(version).orElseThrow(() -> new ObjectMissingException(version));
    }

    /**
     * The copies in the stores after the first, as they are now.
     *
     * @throws IOException if a store has none: its copy waits in the queue
     */
    private List<Copy> copies(StoredObject primary) throws IOException {
        List<Copy> copies = new ArrayList<>();
        for (ObjectStore store : stores.subList(1, stores.size())) {
            List<StoredObject> found = versions(store, primary.version().key()).stream()
                    .filter(object -> object.sha256().equals(primary.sha256()))
                    .toList();
            if (found.isEmpty()) {
                throw new IOException(store.describe().id() + " has no copy of "
                        + primary.version().key() + " yet");
            }
            found.forEach(object -> copies.add(new Copy(store, object)));
        }
        return copies;
    }

    /**
     * Every version under a key in every store.
     *
     * @throws IOException also if a store is not there: a folder whose disk is not mounted shows nothing, and has it all the same
     */
    List<Copy> all(String key) throws IOException {
        List<Copy> all = new ArrayList<>();
        for (VersionedStore store : stores) {
            store.requireThere();
            versions(store, key).forEach(object -> all.add(new Copy(store, object)));
        }
        return all;
    }

    static List<StoredObject> versions(ObjectStore store, String key) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        store.list(key, object -> {
            if (object.version().key().equals(key)) {
                found.add(object);
            }
        });
        return found;
    }

    /**
     * Deletes every version under a key from every store. A key is a content address: all of them are copies of one content, or
     * damaged ones. Nothing is deleted while one of them is locked.
     *
     * @return versions deleted now
     * @throws ObjectLockedException if one is locked: what is deleted by then stays so
     * @throws IOException if it is not known whether all are gone: repeat
     */
    int destroy(String key, Instant now) throws IOException {
        List<Copy> all = all(key);
        for (Copy copy : all) {
            if (copy.object().isLockedAt(now)) {
                throw new ObjectLockedException(copy.store().describe().id() + " keeps "
                        + copy.object().version() + ": " + copy.object().retention()
                        + (copy.object().legalHold() ? ", legal hold" : ""));
            }
        }
        ObjectStore first = stores.get(0);
        for (Copy copy : all) {
            if (copy.store().equals(first)) {
                // Through everybody's store: a put that waits in the queue of copies must not bring it back.
                active.delete(copy.object().version());
            }
        }
        for (Copy left : all(key)) {
            left.store().delete(left.object().version());
        }
        if (!all(key).isEmpty()) {
            throw new IOException(key + " is still there after it was deleted");
        }
        return all.size();
    }
}
