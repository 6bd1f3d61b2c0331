package org.tiezheng.archive.records;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.record.MalformedRecordBatchException;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;

/**
 * Batch objects as they are kept, and the digests that records are made from. The last few objects stay in memory with their
 * trees: one of 100,000 packages takes a second to read.
 *
 * <p>Safe for use by many threads.
 */
final class RecordObjects {
    private static final int REMEMBERED = 8;

    private final RecordTable table;
    private final KeptObjects kept;
    private final Map<UUID, RecordBatch> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, RecordBatch> eldest) {
            return size() > REMEMBERED;
        }
    };

    RecordObjects(RecordTable table, KeptObjects kept) {
        this.table = table;
        this.kept = kept;
    }

    /** Empty for a batch that is not done. */
    Optional<KeptObject> find(UUID batch) {
        return kept.find(KeptObjects.Kind.RECORD_BATCH, batch);
    }

    KeptObject kept(UUID batch) throws IOException {
        return find(batch).orElseThrow(() -> new FileNotFoundException("no object of record batch " + batch));
    }

    /** @throws IOException if it cannot be read, or is not what was kept */
    RecordBatch read(Batch batch) throws IOException {
        synchronized (remembered) {
            RecordBatch known = remembered.get(batch.id());
            if (known != null) {
                return known;
            }
        }
        try {
            RecordBatch read = RecordBatch.parse(kept.read(kept(batch.id())));
            synchronized (remembered) {
                remembered.put(batch.id(), read);
            }
            return read;
        } catch (MalformedRecordBatchException e) {
            throw new IOException("record batch " + batch.id() + ": " + e.getMessage(), e);
        }
    }

    /** Digests of a package's group: SHA-256 of the catalogue, others as they were found when it was read again. */
    RecordBatch.Digests digests(UUID evidence) {
        List<RecordTable.GroupObject> group = table.groups(List.of(evidence)).getOrDefault(evidence, List.of());
        return hash -> {
            List<byte[]> digests = new ArrayList<>();
            Map<String, byte[]> found = hash == TreeHash.SHA256 ? Map.of() : table.digests(evidence, hash);
            for (RecordTable.GroupObject object : group) {
                byte[] digest =
                        hash == TreeHash.SHA256 ? HexFormat.of().parseHex(object.sha256()) : found.get(object.member());
                if (digest == null) {
                    return Optional.empty();
                }
                digests.add(digest);
            }
            return Optional.of(digests);
        };
    }
}
