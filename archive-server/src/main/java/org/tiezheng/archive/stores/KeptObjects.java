package org.tiezheng.archive.stores;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * Objects that the archive itself makes and keeps as it keeps the members of packages: under their digest, locked from the first
 * byte, write-once. Batches of evidence records, reports, certificates.
 *
 * <p>An object is put before its row is written. Dying in between leaves an object without a row, which {@code StrayObjects} finds,
 * and which a repeated {@link #put} takes up. The row is part of the caller's transaction if there is one: then it comes and goes
 * with what the caller writes about it; without one it is committed when {@code put} returns. A store may be slow: for large
 * objects {@link #store} before the transaction and {@link #keep} inside it.
 *
 * <p>Safe for use by many threads and servers.
 */
public final class KeptObjects {
    private static final int BUFFER_BYTES = 1 << 16;

    private final JdbcClient jdbc;
    private final ObjectStore store;
    private final Gate gate;
    private final Retention.Mode mode;
    private final Clock clock;

    /** What the object is. Names are in the database and in leaves of the log: they never change. */
    public enum Kind {
        RECORD_BATCH,
        DISPOSAL_CERTIFICATE,
        REPORT,
        FILING_REPORT,
        REGISTER
    }

    /** Whether the store may be written to now: {@code StoreGate::requireOpen}. */
    @FunctionalInterface
    public interface Gate {
        Gate OPEN = () -> {};

        /** @throws IOException if it may not; try again later */
        void requireOpen() throws IOException;
    }

    /** @param mode of the locks: COMPLIANCE, or GOVERNANCE for trials */
    public KeptObjects(JdbcClient jdbc, ObjectStore store, Gate gate, Retention.Mode mode, Clock clock) {
        this.jdbc = jdbc;
        this.store = store;
        this.gate = gate;
        this.mode = mode;
        this.clock = clock;
    }

    /**
     * {@link #store} and {@link #keep}.
     *
     * @throws IllegalStateException if other bytes are kept under this kind and id
     */
    public KeptObject put(Kind kind, UUID id, byte[] content, Instant until) throws IOException {
        return keep(store(kind, id, content, until));
    }

    /** As {@link #put(Kind, UUID, byte[], Instant)}; the file is read twice and must not change meanwhile. */
    public KeptObject put(Kind kind, UUID id, Path file, Instant until) throws IOException {
        return keep(store(kind, id, file, until));
    }

    /**
     * Puts bytes into the store and writes no row. Repeating it gives the version that is there, its lock lengthened.
     *
     * @param until end of the lock, rounded up to a full second
     * @throws IOException if the store could not confirm, or is closed to evidence now: state unknown, repeat
     */
    public KeptObject store(Kind kind, UUID id, byte[] content, Instant until) throws IOException {
        String sha256 = Digest.of(Digest.Algorithm.SHA256, content).hex();
        return store(kind, id, sha256, content.length, new ByteArrayInputStream(content), until);
    }

    /** As {@link #store(Kind, UUID, byte[], Instant)}. */
    public KeptObject store(Kind kind, UUID id, Path file, Instant until) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        long size = 0;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
            }
        }
        try (InputStream in = Files.newInputStream(file)) {
            return store(kind, id, HexFormat.of().formatHex(digest.digest()), size, in, until);
        }
    }

    private KeptObject store(Kind kind, UUID id, String sha256, long size, InputStream content, Instant until)
            throws IOException {
        gate.requireOpen();
        PutRequest request =
                new PutRequest(ObjectKeys.ofContent(sha256), size, sha256, new Retention(mode, until), false);
        StoredObject stored = store.put(request, content);
        return new KeptObject(
                kind, id, sha256, size, stored.version(), request.retention().until());
    }

    /**
     * Writes the row of an object that was stored. If it is written already, only a later end of the lock is.
     *
     * @return what the row says now: the first version that was kept, the later end of the lock
     * @throws IllegalStateException if other bytes are kept under this kind and id
     */
    public KeptObject keep(KeptObject stored) {
        int unused = jdbc.sql("""
                        insert into kept_object (kind, id, sha256, size_bytes, key, version_id, retain_until, kept_at)
                        values (:kind, :id, :sha256, :size, :key, :version, :until, :at)
                        on conflict (kind, id) do update
                            set retain_until = greatest(kept_object.retain_until, excluded.retain_until)
                            where kept_object.key = excluded.key and kept_object.version_id = excluded.version_id""")
                .param("kind", stored.kind().name())
                .param("id", stored.id())
                .param("sha256", stored.sha256())
                .param("size", stored.sizeBytes())
                .param("key", stored.version().key())
                .param("version", stored.version().versionId())
                .param("until", stored.until().atOffset(ZoneOffset.UTC))
                .param("at", clock.instant().atOffset(ZoneOffset.UTC))
                .update();
        KeptObject kept = find(stored.kind(), stored.id())
                .orElseThrow(() -> new IllegalStateException("kept, and not there: " + stored));
        if (!kept.sha256().equals(stored.sha256())) {
            throw new IllegalStateException(
                    "other bytes are kept as " + kept.kind() + " " + kept.id() + ": " + kept.sha256());
        }
        return kept;
    }

    /** Empty if there is none. */
    public Optional<KeptObject> find(Kind kind, UUID id) {
        return jdbc.sql("select * from kept_object where kind = :kind and id = :id")
                .param("kind", kind.name())
                .param("id", id)
                .query(KeptObjects::read)
                .optional();
    }

    /**
     * All of them in the order of kind and id, for walks that fetch some at a time.
     *
     * @param after the last one of the call before; null to begin
     */
    public List<KeptObject> next(@Nullable KeptObject after, int most) {
        return jdbc.sql("""
                        select * from kept_object
                        where :kind::text is null or (kind, id) > (:kind, :id::uuid)
                        order by kind, id limit :most""")
                .param("kind", after == null ? null : after.kind().name())
                .param("id", after == null ? null : after.id())
                .param("most", most)
                .query(KeptObjects::read)
                .list();
    }

    /** All bytes; reading the last of them fails if the whole does not have the recorded digest. The caller closes it. */
    public InputStream open(KeptObject kept) throws IOException {
        return store.get(new StoredObject(kept.version(), kept.sizeBytes(), kept.sha256(), Instant.EPOCH, null, false));
    }

    /** All bytes of a small object, compared with the recorded digest. */
    public byte[] read(KeptObject kept) throws IOException {
        try (InputStream in = open(kept)) {
            return in.readAllBytes();
        }
    }

    /**
     * Lengthens a lock: in the store first, then in the row, so that the row never promises more than the store holds.
     *
     * @throws IOException if the store did not confirm: repeat
     */
    public void extend(KeptObject kept, Instant until) throws IOException {
        Instant end = new Retention(mode, until).until();
        if (!end.isAfter(kept.until())) {
            return;
        }
        store.extendRetention(kept.version(), end);
        jdbc.sql("update kept_object set retain_until = greatest(retain_until, :until) where kind = :kind and id = :id")
                .param("until", end.atOffset(ZoneOffset.UTC))
                .param("kind", kept.kind().name())
                .param("id", kept.id())
                .update();
    }

    private static KeptObject read(ResultSet row, int number) throws SQLException {
        return new KeptObject(
                Kind.valueOf(row.getString("kind")),
                row.getObject("id", UUID.class),
                row.getString("sha256"),
                row.getLong("size_bytes"),
                new ObjectVersion(row.getString("key"), row.getString("version_id")),
                row.getObject("retain_until", OffsetDateTime.class).toInstant());
    }
}
