package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Another store, real, with a line that can be cut: before the act, or after it, when the answer is lost. */
final class BrokenStore implements ObjectStore {
    /** Where the line is cut. */
    enum Cut {
        NOWHERE,
        BEFORE,
        ANSWER
    }

    private final ObjectStore real;
    volatile Cut cut = Cut.NOWHERE;
    volatile int puts;

    BrokenStore(ObjectStore real) {
        this.real = real;
    }

    private void before() throws IOException {
        if (cut == Cut.BEFORE) {
            throw new IOException("line cut");
        }
    }

    private <T> T answer(T value) throws IOException {
        if (cut == Cut.ANSWER) {
            throw new IOException("answer lost");
        }
        return value;
    }

    @Override
    public StoredObject put(PutRequest request, InputStream content) throws IOException {
        before();
        puts++;
        return answer(real.put(request, content));
    }

    @Override
    public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
        before();
        return answer(real.get(version, offset, length));
    }

    @Override
    public Optional<StoredObject> head(ObjectVersion version) throws IOException {
        before();
        return answer(real.head(version));
    }

    @Override
    public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
        before();
        real.list(prefix, consumer);
    }

    @Override
    public void extendRetention(ObjectVersion version, Instant until) throws IOException {
        before();
        real.extendRetention(version, until);
        answer(version);
    }

    @Override
    public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
        before();
        real.setLegalHold(version, on);
        answer(version);
    }

    @Override
    public void delete(ObjectVersion version) throws IOException {
        before();
        real.delete(version);
        answer(version);
    }

    @Override
    public StoreDescription describe() {
        return real.describe();
    }
}
