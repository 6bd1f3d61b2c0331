package org.tiezheng.auditor.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.storage.ListedVersion;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.VersionedStore;

/**
 * The copy of a log that an archive keeps in its object store, below {@value #PREFIX}.
 *
 * <p>A tile is what everybody gets who asks the store for it: the latest version, and nothing if that was deleted, although an older
 * one may lie there locked. The checkpoint is the largest of its newest versions: whoever puts an older one over it is not believed.
 */
public final class LogInStore implements LogFiles {
    /** Of the keys. */
    public static final String PREFIX = "log/";

    private static final String CHECKPOINT = PREFIX + "checkpoint";
    private static final String DAILY = PREFIX + "daily/";
    /** An archive replaces it every minute and deletes what is some hours old. */
    private static final int MOST_CHECKPOINTS = 300;

    private final VersionedStore store;

    /** @param store closed with this if it can be */
    public LogInStore(VersionedStore store) {
        this.store = store;
    }

    /** Whether an object of this key is one of the log's copy. */
    public static boolean isItsKey(String key) {
        return key.equals(CHECKPOINT)
                || (key.startsWith(DAILY) && key.substring(DAILY.length()).matches("[0-9]{4}-[0-9]{2}-[0-9]{2}"))
                || (key.startsWith(PREFIX)
                        && Tile.ofPath(key.substring(PREFIX.length())).isPresent());
    }

    @Override
    public byte[] checkpoint() throws IOException {
        List<ListedVersion> versions = versions(CHECKPOINT);
        byte @Nullable [] best = null;
        long largest = -1;
        for (ListedVersion version : versions.subList(0, Math.min(MOST_CHECKPOINTS, versions.size()))) {
            if (!version.deleteMarker()) {
                byte[] note = read(version, Checkpoint.MAX_BYTES);
                long size = sizeOf(note).orElse(-1L);
                if (best == null || size > largest) {
                    best = note;
                    largest = size;
                }
            }
        }
        if (best == null) {
            throw new NoSuchFileException(place() + ": " + CHECKPOINT);
        }
        return best;
    }

    private static Optional<Long> sizeOf(byte[] note) {
        try {
            return Optional.of(Checkpoint.parse(note).size());
        } catch (MalformedLogException none) {
            return Optional.empty();
        }
    }

    @Override
    public byte[] read(Tile tile) throws IOException {
        String key = PREFIX + tile.path();
        List<ListedVersion> versions = versions(key);
        if (versions.isEmpty() || versions.get(0).deleteMarker()) {
            throw new NoSuchFileException(place() + ": " + key);
        }
        return read(versions.get(0), LogTree.MAX_TILE_BYTES);
    }

    /** What a reader gets first, then the others, newest first. */
    private List<ListedVersion> versions(String key) throws IOException {
        List<ListedVersion> found = new ArrayList<>();
        store.listVersions(key, version -> {
            if (version.version().key().equals(key)) {
                found.add(version);
            }
        });
        found.sort(Comparator.comparing(ListedVersion::latest)
                .thenComparing(ListedVersion::storedAt)
                .reversed());
        return found;
    }

    private byte[] read(ListedVersion listed, int maxBytes) throws IOException {
        ObjectVersion version = listed.version();
        if (listed.sizeBytes() > maxBytes) {
            throw new IOException(version + " is larger than " + maxBytes + " bytes");
        }
        try (InputStream in = store.get(version, 0, listed.sizeBytes())) {
            return in.readAllBytes();
        }
    }

    /** Whether it lies in this store, however that was opened. */
    public boolean isIn(ObjectStore other) {
        return store.describe().location().equals(other.describe().location());
    }

    @Override
    public String place() {
        return store.describe().location() + ", " + PREFIX;
    }

    @Override
    public void close() throws IOException {
        if (store instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
