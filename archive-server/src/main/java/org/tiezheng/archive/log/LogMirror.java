package org.tiezheng.archive.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectLockedException;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * Copies the published log into the object store, under {@value #PREFIX}, with the names it is served by: {@code log/checkpoint}
 * and {@code log/tile/…}; so it lies, locked, where the evidence lies, at the custodian too, and a bucket can serve it to everybody
 * while the server is down. {@code log/daily/DATE} keeps the first checkpoint that was copied each day.
 *
 * <p>Each turn puts what is missing of the newest published checkpoint: full tiles, then the partial ones of its size, then the
 * checkpoint. Dying anywhere leaves tiles without their checkpoint; the next turn puts what it does not know of again, which gives
 * the versions that are there. Full tiles and daily checkpoints are locked for {@code lock}; what will be replaced, partial tiles and
 * {@code log/checkpoint}, for two hours, and deleted some time after it was.
 *
 * <p>{@link #run} is for one thread of one server at a time: the scheduler sees to it, and two would but do the same.
 */
final class LogMirror {
    /** Of the keys. */
    static final String PREFIX = "log/";

    private static final Logger LOG = LoggerFactory.getLogger(LogMirror.class);
    private static final String CHECKPOINT = PREFIX + "checkpoint";
    private static final String DAILY = PREFIX + "daily/";
    private static final Duration SHORT_LOCK = Duration.ofHours(2);
    private static final Duration LATE = Duration.ofMinutes(15);
    /** The row says how far it is after so many bundles: what a crash makes us put again. */
    private static final int BUNDLES_AT_A_TIME = 64;

    private static final int MOST_LEVEL = 7;
    private static final int MOST_PRUNED = 16;
    private static final int MOST_COMPARED = 5;

    private final JdbcClient jdbc;
    private final TransparencyLog log;
    private final ObjectStore store;
    private final KeptObjects.Gate gate;
    private final Retention.Mode mode;
    private final Duration lock;
    private final Clock clock;

    /**
     * @param gate whether the store may be written to
     * @param mode of the locks, as for evidence
     * @param lock how long full tiles and daily checkpoints are locked
     */
    LogMirror(
            JdbcClient jdbc,
            TransparencyLog log,
            ObjectStore store,
            KeptObjects.Gate gate,
            Retention.Mode mode,
            Duration lock,
            Clock clock) {
        this.jdbc = jdbc;
        this.log = log;
        this.store = store;
        this.gate = gate;
        this.mode = mode;
        this.lock = lock;
        this.clock = clock;
    }

    private record Row(long tiles, long pruned, @Nullable String sha256) {}

    private String place() {
        return store.describe().location();
    }

    private Row row() {
        jdbc.sql("insert into log_mirror (store) values (:store) on conflict do nothing")
                .param("store", place())
                .update();
        return jdbc.sql("select tiles, pruned, sha256 from log_mirror where store = :store")
                .param("store", place())
                .query((row, number) -> new Row(row.getLong(1), row.getLong(2), row.getString(3)))
                .single();
    }

    /**
     * Brings the copy up to the published checkpoint.
     *
     * @throws IOException if log or store failed, or the store is closed; what was put stays, the next turn goes on
     */
    void run() throws IOException {
        try {
            copy();
            jdbc.sql("""
                            update log_mirror set failure = null, failed_at = null
                            where store = :store and failure is not null""").param("store", place()).update();
        } catch (IOException | RuntimeException e) {
            jdbc.sql("update log_mirror set failure = :why, failed_at = :now where store = :store")
                    .param("why", String.valueOf(e.getMessage()))
                    .param("now", now())
                    .param("store", place())
                    .update();
            throw e;
        }
    }

    /** Whether turns fail, and the last one that did not is a quarter of an hour ago or more. */
    boolean isLate() {
        return jdbc.sql("""
                        select exists (select 1 from log_mirror where store = :store and failure is not null
                            and (at is null or at < :since))""")
                .param("store", place())
                .param("since", Timestamp.from(clock.instant().minus(LATE)))
                .query(Boolean.class)
                .single();
    }

    private void copy() throws IOException {
        Row row = row();
        Optional<TransparencyLog.Published> published = log.published();
        if (published.isEmpty()) {
            return;
        }
        byte[] note = published.get().note();
        String sha256 = Digest.of(Digest.Algorithm.SHA256, note).hex();
        if (sha256.equals(row.sha256())) {
            prune(row, sha256);
            return;
        }
        gate.requireOpen();
        // What is copied is what was signed: a tile that was changed here is not spread.
        log.compareWithPublished(note);
        long size = published.get().size();
        full(row.tiles(), size);
        for (int level = Tile.ENTRIES; level <= MOST_LEVEL; level++) {
            long hashes = size >> (Math.max(level, 0) * Tile.HEIGHT);
            int width = (int) (hashes % Tile.WIDTH);
            if (width > 0) {
                put(new Tile(level, hashes / Tile.WIDTH, width), SHORT_LOCK);
            }
        }
        String today = DAILY + LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (versions(today).isEmpty()) {
            put(today, note, lock);
        }
        put(CHECKPOINT, note, SHORT_LOCK);
        // If we die here, it lies there and the row does not say so: the next turn puts the same version again.
        jdbc.sql("""
                        update log_mirror set size = :size, sha256 = :sha256, at = :now
                        where store = :store""")
                .param("size", size)
                .param("sha256", sha256)
                .param("now", now())
                .param("store", place())
                .update();
        prune(row, sha256);
    }

    private void full(long from, long size) throws IOException {
        long bundles = size / Tile.WIDTH;
        for (long bundle = from / Tile.WIDTH; bundle < bundles; bundle++) {
            for (Tile tile : completedBy(bundle)) {
                put(tile, lock);
            }
            if (bundle % BUNDLES_AT_A_TIME == BUNDLES_AT_A_TIME - 1 || bundle == bundles - 1) {
                jdbc.sql("update log_mirror set tiles = greatest(tiles, :tiles) where store = :store")
                        .param("tiles", (bundle + 1) * Tile.WIDTH)
                        .param("store", place())
                        .update();
            }
        }
    }

    /** The bundle, its tile, and the tiles above that become full with it. */
    private static List<Tile> completedBy(long bundle) {
        List<Tile> tiles = new ArrayList<>();
        tiles.add(new Tile(Tile.ENTRIES, bundle, Tile.WIDTH));
        tiles.add(new Tile(0, bundle, Tile.WIDTH));
        long done = bundle + 1;
        for (int level = 1; level <= MOST_LEVEL && done % Tile.WIDTH == 0; level++) {
            done /= Tile.WIDTH;
            tiles.add(new Tile(level, done - 1, Tile.WIDTH));
        }
        return tiles;
    }

    private void put(Tile tile, Duration locked) throws IOException {
        put(PREFIX + tile.path(), log.file(Optional.of(tile)), locked);
    }

    private void put(String key, byte[] bytes, Duration locked) throws IOException {
        Retention until = new Retention(mode, clock.instant().plus(locked));
        StoredObject unused = store.put(
                new PutRequest(
                        key,
                        bytes.length,
                        Digest.of(Digest.Algorithm.SHA256, bytes).hex(),
                        until,
                        false),
                new ByteArrayInputStream(bytes));
    }

    private List<StoredObject> versions(String key) throws IOException {
        return versions(store, key, true);
    }

    private static List<StoredObject> versions(ObjectStore of, String prefix, boolean exact) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        of.list(prefix, object -> {
            if (!exact || object.version().key().equals(prefix)) {
                found.add(object);
            }
        });
        return found;
    }

    // ---- what was replaced ---------------------------------------------------------------------------------------

    /** Deletes checkpoints that were replaced and partial tiles whose full one is there, when their short lock has ended. */
    private void prune(Row row, String current) throws IOException {
        for (StoredObject old : versions(CHECKPOINT)) {
            if (!old.sha256().equals(current)) {
                boolean unused = delete(old);
            }
        }
        long full = jdbc.sql("select tiles from log_mirror where store = :store")
                        .param("store", place())
                        .query(Long.class)
                        .single()
                / Tile.WIDTH;
        for (long bundle = row.pruned(); bundle < Math.min(full, row.pruned() + MOST_PRUNED); bundle++) {
            for (Tile tile : completedBy(bundle)) {
                for (StoredObject partial : versions(store, PREFIX + tile.path() + ".p/", false)) {
                    if (!delete(partial)) {
                        return;
                    }
                }
            }
            jdbc.sql("update log_mirror set pruned = :pruned where store = :store")
                    .param("pruned", bundle + 1)
                    .param("store", place())
                    .update();
        }
    }

    private boolean delete(StoredObject object) throws IOException {
        if (object.isLockedAt(clock.instant())) {
            return false;
        }
        try {
            store.delete(object.version());
            return true;
        } catch (ObjectLockedException byTheStoresClock) {
            return false;
        }
    }

    // ---- the start ------------------------------------------------------------------------------------------------

    /**
     * Compares the database with the newest checkpoints that lie in the store and at the custodian. Run it before anything is
     * signed.
     *
     * @throws LogDamagedException if one that this log signed has more entries than the database, or is of another tree
     * @throws IOException if the store does not answer: nothing is known. A custodian that does not answer is passed over
     */
    void check() throws IOException {
        compare(store);
        if (store instanceof MirroredStore mirrored) {
            try {
                compare(mirrored.custodian());
            } catch (IOException e) {
                LOG.warn("the copy of the log at the custodian was not compared: {}", e.getMessage());
            }
        }
    }

    private void compare(ObjectStore with) throws IOException {
        YearMonth month = YearMonth.from(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        List<StoredObject> found = newest(versions(with, CHECKPOINT, true));
        found.addAll(newest(versions(with, DAILY + month, false)));
        found.addAll(newest(versions(with, DAILY + month.minusMonths(1), false)));
        for (StoredObject object : found) {
            if (object.sizeBytes() > Checkpoint.MAX_BYTES) {
                continue;
            }
            byte[] note;
            try (InputStream in = with.get(object.version(), 0, object.sizeBytes())) {
                note = in.readAllBytes();
            }
            if (!log.compareIfOurs(note)) {
                LOG.warn("{} in the store is no checkpoint of this log: {}", object.version(), firstLine(note));
            }
        }
    }

    private static List<StoredObject> newest(List<StoredObject> objects) {
        objects.sort(Comparator.comparing(StoredObject::storedAt).reversed());
        return new ArrayList<>(objects.subList(0, Math.min(MOST_COMPARED, objects.size())));
    }

    private static String firstLine(byte[] note) {
        String text = new String(note, 0, Math.min(note.length, 100), StandardCharsets.US_ASCII);
        return text.lines().findFirst().orElse("").replaceAll("[^ -~]", "?");
    }

    private Timestamp now() {
        return Timestamp.from(clock.instant());
    }
}
