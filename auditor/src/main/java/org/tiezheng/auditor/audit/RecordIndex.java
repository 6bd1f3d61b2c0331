package org.tiezheng.auditor.audit;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.record.GroupMismatchException;
import org.tiezheng.evidence.record.MalformedRecordBatchException;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;

/**
 * Which package is in which batch of evidence records, and the record itself, made of the batch object as the archive makes it
 * for an export. The newest batch object that has a package counts: renewals take packages over.
 *
 * <p>Memory: a line for each batch object, and a few objects with their trees. Safe for use by several threads once {@link
 * #open} has run.
 */
final class RecordIndex {
    static final String ROWS = "records";
    private static final String LIST = "batches";
    /** Batches are hourly; who is in none after a day was forgotten. */
    private static final Duration PATIENCE = Duration.ofDays(1);
    /** Text of the batch objects that are held at a time; read and with trees they take some five times as much. */
    private static final long REMEMBERED_BYTES = 32 << 20;

    private static final int MOST_RECORDS = 999;

    private final ObjectStore store;
    private final Path rows;
    private final Instant now;
    private final List<Batch> batches = new ArrayList<>();
    private final Map<Integer, RecordBatch> remembered = new LinkedHashMap<>(16, 0.75f, true);
    private long rememberedBytes;

    /** A batch object in the store. */
    private record Batch(UUID id, ObjectVersion version, String sha256, long sizeBytes) {}

    RecordIndex(ObjectStore store, Path rows, Instant now) {
        this.store = store;
        this.rows = rows;
        this.now = now;
    }

    // ---- once ------------------------------------------------------------------------------------------------------

    /** Reads every batch object that the log names, in its order, and notes who is in it. */
    void build(FoundObjects found, int buckets, UnitLog log) throws IOException {
        try (Buckets members = new Buckets(rows, ROWS, buckets);
                DataOutputStream list = new DataOutputStream(Files.newOutputStream(rows.resolve(LIST)));
                DataInputStream kept = Buckets.open(rows, LogCheck.KEPT, 0)) {
            Set<String> known = new HashSet<>();
            int[] ordinal = {0};
            PackageStory.readEntries(kept, (index, entry) -> {
                LogEvent event = (LogEvent) entry;
                if (event.kind() == LogEvent.Kind.RECORDS || event.kind() == LogEvent.Kind.RENEWAL) {
                    Optional<Batch> place = place(event, found, log);
                    if (place.isPresent() && note(place.get(), event, known, ordinal[0], members, buckets, log)) {
                        write(place.get(), list);
                        ordinal[0]++;
                    }
                }
            });
        }
    }

    private static Optional<Batch> place(LogEvent event, FoundObjects found, UnitLog log) throws IOException {
        String sha256 = Objects.requireNonNull(event.sha256(), "of an object").hex();
        Optional<FoundObjects.Found> object = found.find(sha256).filter(FoundObjects.Found::isRead);
        if (object.isEmpty()) {
            log.open(AuditCode.RECORD_UNREADABLE, subject(event), "its object cannot be read: " + sha256);
        }
        return object.map(one -> new Batch(
                event.id(), one.version(), sha256, Objects.requireNonNull(event.sizeBytes(), "of an object")));
    }

    private static String subject(LogEvent event) {
        return "batch " + event.id();
    }

    /** False if this is no batch to rely on. */
    private boolean note(
            Batch place, LogEvent event, Set<String> known, int ordinal, Buckets members, int buckets, UnitLog log)
            throws IOException {
        RecordBatch batch;
        try {
            batch = read(place);
        } catch (MalformedRecordBatchException e) {
            log.invalid(AuditCode.RECORD_UNREADABLE, subject(event), "no batch object: " + e.getMessage());
            return false;
        }
        String parent = batch.parent().map(Digest::hex).orElse("");
        if (!batch.id().equals(event.id())) {
            log.invalid(AuditCode.RECORD_UNREADABLE, subject(event), "its object is of batch " + batch.id());
            return false;
        }
        if (parent.isEmpty() == (event.kind() == LogEvent.Kind.RENEWAL)
                || !parent.isEmpty() && !known.contains(parent)) {
            log.invalid(
                    AuditCode.RECORD_UNREADABLE,
                    subject(event),
                    "renews what the log does not name: \"" + parent + "\"");
        }
        batch.faults().forEach(fault -> log.invalid(AuditCode.RECORD_UNREADABLE, subject(event), fault));
        known.add(place.sha256());
        for (UUID member : batch.members()) {
            DataOutputStream out = members.get(LogCheck.bucket(member, buckets));
            out.writeLong(member.getMostSignificantBits());
            out.writeLong(member.getLeastSignificantBits());
            out.writeInt(ordinal);
        }
        return true;
    }

    private static void write(Batch place, DataOutputStream list) throws IOException {
        list.writeLong(place.id().getMostSignificantBits());
        list.writeLong(place.id().getLeastSignificantBits());
        list.writeUTF(place.version().versionId());
        list.writeUTF(place.sha256());
        list.writeLong(place.sizeBytes());
    }

    // ---- for each package ------------------------------------------------------------------------------------------

    /** Reads what {@link #build} has written. */
    void open() throws IOException {
        try (DataInputStream in =
                new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(rows.resolve(LIST))))) {
            while (true) {
                long high;
                try {
                    high = in.readLong();
                } catch (EOFException end) {
                    return;
                }
                UUID id = new UUID(high, in.readLong());
                String version = in.readUTF();
                String sha256 = in.readUTF();
                batches.add(
                        new Batch(id, new ObjectVersion(ObjectKeys.ofContent(sha256), version), sha256, in.readLong()));
            }
        }
    }

    /** For each package of a bucket the batch object that counts, by its number. */
    Map<UUID, Integer> places(int bucket) throws IOException {
        Map<UUID, Integer> places = new HashMap<>();
        try (DataInputStream in = Buckets.open(rows, ROWS, bucket)) {
            while (true) {
                long high;
                try {
                    high = in.readLong();
                } catch (EOFException end) {
                    return places;
                }
                places.merge(new UUID(high, in.readLong()), in.readInt(), Math::max);
            }
        }
    }

    /** A package that is in no batch: young ones are listed, older ones are a finding. */
    void uncovered(PackageStory story, LogLeaf leaf, UnitLog log) {
        if (leaf.time().isAfter(now.minus(PATIENCE))) {
            log.note(UnitLog.Note.RECORD_PENDING, story.subject());
        } else {
            log.open(AuditCode.RECORD_NONE, story.subject(), "no evidence record covers it, sealed " + leaf.time());
        }
    }

    /**
     * Adds the evidence record of a package to its members, with the manifest that lists its group.
     *
     * @param items of the container; stays in its order
     * @return false if there is no record to add; the log has the reason then
     */
    boolean add(
            int place,
            PackageStory story,
            List<ZipLayout.Item> items,
            Map<String, PackageCheck.Source> members,
            UnitLog log) {
        List<LogEvent.Member> group = story.members().stream()
                .filter(member -> AsicNames.isInRecordGroup(member.name()))
                .toList();
        try {
            byte[] record = batch(place).evidenceRecord(story.id(), hash -> digests(group, hash, members));
            int number = freeNumber(members.keySet());
            byte[] manifest = AsicManifest.forEvidenceRecord(
                            number,
                            group.stream()
                                    .map(member -> new AsicManifest.Entry(member.name(), member.sha256()))
                                    .toList())
                    .toXml();
            put(AsicNames.evidenceRecordManifest(number), manifest, items, members);
            put(AsicNames.evidenceRecord(number), record, items, members);
            items.sort(java.util.Comparator.comparing(ZipLayout.Item::name, AsicNames.ORDER));
            return true;
        } catch (GroupMismatchException | MalformedRecordBatchException e) {
            log.invalid(AuditCode.RECORD_REFUSED, story.subject(), String.valueOf(e.getMessage()));
        } catch (IOException | java.io.UncheckedIOException e) {
            log.open(AuditCode.RECORD_UNREADABLE, story.subject(), String.valueOf(e.getMessage()));
        }
        return false;
    }

    /** SHA-256 stands in the log; for other algorithms, after a renewal, the files are read again. */
    private static Optional<List<byte[]>> digests(
            List<LogEvent.Member> group, TreeHash hash, Map<String, PackageCheck.Source> members) {
        List<byte[]> digests = new ArrayList<>();
        for (LogEvent.Member member : group) {
            PackageCheck.Source source = members.get(member.name());
            if (hash == TreeHash.SHA256) {
                digests.add(member.sha256().bytes());
            } else if (source != null) {
                digests.add(digest(hash, source, member.sizeBytes()));
            }
        }
        return digests.size() == group.size() ? Optional.of(digests) : Optional.empty();
    }

    private static byte[] digest(TreeHash hash, PackageCheck.Source source, long size) {
        MessageDigest digest = hash.start();
        byte[] buffer = new byte[(int) Math.max(1, Math.min(1 << 18, size))];
        try (InputStream in = source.open(0, size)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return digest.digest();
    }

    /** A package may have come with a record of its own: the archive's stands beside it. */
    private static int freeNumber(Set<String> members) throws IOException {
        for (int number = 1; number <= MOST_RECORDS; number++) {
            if (!members.contains(AsicNames.evidenceRecord(number))
                    && !members.contains(AsicNames.evidenceRecordManifest(number))) {
                return number;
            }
        }
        throw new IOException(MOST_RECORDS + " records in one package");
    }

    private static void put(
            String name, byte[] content, List<ZipLayout.Item> items, Map<String, PackageCheck.Source> members) {
        CRC32 crc32 = new CRC32();
        crc32.update(content);
        items.add(new ZipLayout.Item(name, content.length, crc32.getValue()));
        members.put(name, (offset, length) -> new ByteArrayInputStream(content, (int) offset, (int) length));
    }

    private RecordBatch batch(int place) throws IOException, MalformedRecordBatchException {
        synchronized (remembered) {
            RecordBatch known = remembered.get(place);
            if (known != null) {
                return known;
            }
        }
        RecordBatch read = read(batches.get(place));
        synchronized (remembered) {
            if (remembered.put(place, read) == null) {
                rememberedBytes += batches.get(place).sizeBytes();
            }
            var oldest = remembered.entrySet().iterator();
            while (rememberedBytes > REMEMBERED_BYTES && remembered.size() > 1) {
                rememberedBytes -= batches.get(oldest.next().getKey()).sizeBytes();
                oldest.remove();
            }
        }
        return read;
    }

    private RecordBatch read(Batch place) throws IOException, MalformedRecordBatchException {
        if (place.sizeBytes() > RecordBatch.MAX_BYTES) {
            throw new IOException("a batch object of " + place.sizeBytes() + " bytes");
        }
        try (InputStream in = store.get(place.version(), 0, place.sizeBytes())) {
            return RecordBatch.parse(in.readAllBytes());
        }
    }
}
