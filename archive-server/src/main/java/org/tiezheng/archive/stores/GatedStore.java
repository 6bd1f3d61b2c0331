package org.tiezheng.archive.stores;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.StoredObject;

/** The store that the rest of the server gets: as the one behind it, but a put passes {@link StoreGate} first. */
final class GatedStore implements ObjectStore {
    private final ObjectStore store;
    private final StoreGate gate;

    GatedStore(ObjectStore store, StoreGate gate) {
        this.store = store;
        this.gate = gate;
    }

    /** @throws StoreClosedException while the store has not proved its lock; nothing was stored, try again later */
    @Override
    public StoredObject put(PutRequest request, InputStream content) throws IOException {
        gate.requireOpen();
        return store.put(request, content);
    }

    @Override
    public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
        return store.get(version, offset, length);
    }

    @Override
    public Optional<StoredObject> head(ObjectVersion version) throws IOException {
        return store.head(version);
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
        store.list(prefix, consumer);
    }

    @Override
    public void extendRetention(ObjectVersion version, Instant until) throws IOException {
        store.extendRetention(version, until);
    }

    @Override
    public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
        store.setLegalHold(version, on);
    }

    @Override
    public void delete(ObjectVersion version) throws IOException {
        store.delete(version);
    }

    @Override
    public StoreDescription describe() {
        return store.describe();
    }
}
