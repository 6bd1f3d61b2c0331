package org.tiezheng.archive.catalogue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.zip.LayoutChannel;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.storage.ContentMismatchException;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.StoredObject;

/**
 * Gives out {@code <id>.asice}, put together while it is written: the stored objects, byte for byte as they were archived, and
 * the proofs that were made since ({@link ProofSource}). Without any proof it is the very file that was archived, since the
 * container is canonical.
 *
 * <p>Every object that is written whole is compared with its SHA-256 in the catalogue before its last bytes are written: a damaged
 * package is broken off. What is known to be damaged is read from a good copy ({@link GoodCopies}).
 *
 * <p>Memory does not depend on the size. Safe for use by many threads.
 */
public final class EvidenceExport {
    private static final Logger log = LoggerFactory.getLogger(EvidenceExport.class);

    private final EvidenceCatalogue catalogue;
    private final ObjectStore store;
    private final Supplier<List<ProofSource>> sources;
    private final Supplier<List<GoodCopies>> copies;

    /** Without proofs: as archived. */
    public EvidenceExport(EvidenceCatalogue catalogue, ObjectStore store) {
        this(catalogue, store, List::of);
    }

    /** @param sources asked at each export */
    public EvidenceExport(EvidenceCatalogue catalogue, ObjectStore store, Supplier<List<ProofSource>> sources) {
        this(catalogue, store, sources, List::of);
    }

    /**
     * @param sources asked at each export
     * @param copies asked at each export
     */
    public EvidenceExport(
            EvidenceCatalogue catalogue,
            ObjectStore store,
            Supplier<List<ProofSource>> sources,
            Supplier<List<GoodCopies>> copies) {
        this.catalogue = catalogue;
        this.store = store;
        this.sources = sources;
        this.copies = copies;
    }

    /**
     * The package with the proofs it has now. One answer is one file: size, tag and bytes belong together, whatever is proved
     * meanwhile.
     *
     * @throws FileNotFoundException if there is no such evidence
     * @throws org.tiezheng.archive.web.Problem 409 if a part of it is damaged and no good copy is known
     */
    public Exported open(UUID id) throws FileNotFoundException {
        List<EvidenceObject> objects = objects(id);
        return new Exported(id, objects, proofs(id, objects), instead(id));
    }

    /** As {@link #open}, but read where the catalogue says, whatever is known of it: to find out what lies there. */
    Exported inPlace(UUID id) throws FileNotFoundException {
        List<EvidenceObject> objects = objects(id);
        return new Exported(id, objects, proofs(id, objects), Map.of());
    }

    /** The package as it was archived, whose SHA-256 is in the catalogue: without the proofs that were made since. */
    public Exported archived(UUID id) throws FileNotFoundException {
        return new Exported(id, objects(id), List.of(), instead(id));
    }

    private Map<ObjectVersion, GoodCopies.Copy> instead(UUID id) {
        Map<ObjectVersion, GoodCopies.Copy> instead = new HashMap<>();
        copies.get().forEach(one -> instead.putAll(one.instead(id)));
        return instead;
    }

    /**
     * Names of the proofs that {@link #open} adds now: made since the package was archived.
     *
     * @throws java.io.UncheckedIOException if they cannot be read now
     */
    public List<String> proofsSince(UUID id) {
        return proofs(id, catalogue.objects(id)).stream()
                .map(ProofSource.Proof::member)
                .toList();
    }

    private List<EvidenceObject> objects(UUID id) throws FileNotFoundException {
        List<EvidenceObject> objects = catalogue.objects(id);
        if (objects.isEmpty()) {
            throw new FileNotFoundException("no evidence " + id);
        }
        return objects;
    }

    private List<ProofSource.Proof> proofs(UUID id, List<EvidenceObject> objects) {
        List<ProofSource.Proof> proofs = new ArrayList<>();
        sources.get().forEach(source -> proofs.addAll(source.proofs(id)));
        proofs.removeIf(proof -> objects.stream().anyMatch(o -> o.member().equals(proof.member())));
        return proofs;
    }

    /** Size of the package in bytes. */
    public long sizeBytes(UUID id) throws FileNotFoundException {
        return open(id).sizeBytes();
    }

    /** Writes the whole package. Does not close {@code out}. */
    public void write(UUID id, OutputStream out) throws IOException {
        Exported exported = open(id);
        exported.write(new ByteRange(0, exported.sizeBytes()), out);
    }

    /** As {@link Exported#write}, of the package as it is now. */
    public void write(UUID id, ByteRange range, OutputStream out) throws IOException {
        open(id).write(range, out);
    }

    /** A package to give out. */
    public final class Exported {
        private final UUID id;
        private final Map<ObjectVersion, GoodCopies.Copy> instead;
        private final Map<String, EvidenceObject> stored = new HashMap<>();
        private final Map<String, byte[]> added = new HashMap<>();
        private final ZipLayout layout;
        private final String tag;

        private Exported(
                UUID id,
                List<EvidenceObject> objects,
                List<ProofSource.Proof> proofs,
                Map<ObjectVersion, GoodCopies.Copy> instead) {
            this.id = id;
            this.instead = instead;
            List<ZipLayout.Item> items = new ArrayList<>();
            MessageDigest digest = Digest.Algorithm.SHA256.start();
            for (EvidenceObject object : objects) {
                stored.put(object.member(), object);
                items.add(new ZipLayout.Item(object.member(), object.sizeBytes(), object.crc32()));
                digest.update((object.member() + "\n" + object.sha256() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            for (ProofSource.Proof proof : proofs) {
                byte[] content = proof.content();
                CRC32 crc32 = new CRC32();
                crc32.update(content);
                added.put(proof.member(), content);
                items.add(new ZipLayout.Item(proof.member(), content.length, crc32.getValue()));
                digest.update((proof.member() + "\n"
                                + Digest.of(Digest.Algorithm.SHA256, content).hex() + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            if (!added.isEmpty()) {
                // What is stored stands in this order already.
                items.sort(Comparator.comparing(ZipLayout.Item::name, AsicNames.ORDER));
            }
            layout = ZipLayout.of(items);
            tag = Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()).hex();
        }

        public long sizeBytes() {
            return layout.sizeBytes();
        }

        /** The same for the same bytes, another for others; 64 hex digits, no digest of the file. */
        public String tag() {
            return tag;
        }

        /** Names of the members that are not stored with the package, in no order. */
        public List<String> added() {
            return List.copyOf(added.keySet());
        }

        /**
         * Writes a range of the package. Does not close {@code out}.
         *
         * @throws ContentMismatchException if an object that is within the range from its first byte to its last is not as it was
         *     archived: its last bytes and all that follows are not written
         * @throws IOException if the store fails, or {@code out}
         * @throws IllegalArgumentException if the range is not within the package
         */
        public void write(ByteRange range, OutputStream out) throws IOException {
            AtomicReference<EvidenceObject> reading = new AtomicReference<>();
            try {
                layout.write(out, range.offset(), range.length(), (name, offset) -> {
                    byte[] content = added.get(name);
                    if (content != null) {
                        return new ByteArrayInputStream(content, (int) offset, content.length - (int) offset);
                    }
                    EvidenceObject object = stored.get(name);
                    if (object == null) {
                        throw new FileNotFoundException(name);
                    }
                    reading.set(object);
                    return offset == 0 ? whole(object) : get(object, offset, object.sizeBytes() - offset);
                });
            } catch (ContentMismatchException | EOFException damaged) {
                EvidenceObject object = reading.get();
                if (object != null) {
                    differs(object, damaged);
                }
                throw damaged;
            }
        }

        private InputStream get(EvidenceObject object, long offset, long length) throws IOException {
            GoodCopies.Copy copy = instead.get(object.version());
            return copy == null
                    ? store.get(object.version(), offset, length)
                    : copy.store().get(copy.version(), offset, length);
        }

        /** Throws in place of its last bytes if they are not what was archived. */
        private InputStream whole(EvidenceObject object) throws IOException {
            GoodCopies.Copy copy = instead.get(object.version());
            ObjectStore from = copy == null ? store : copy.store();
            ObjectVersion version = copy == null ? object.version() : copy.version();
            return from.get(new StoredObject(version, object.sizeBytes(), object.sha256(), Instant.EPOCH, null, false));
        }

        private void differs(EvidenceObject object, IOException damaged) {
            log.error(
                    "package of evidence {} broken off: {} ({}) was not read as it was archived: {}",
                    id,
                    object.member(),
                    object.version(),
                    damaged.getMessage());
            for (GoodCopies one : copies.get()) {
                try {
                    one.differs(id, object);
                } catch (RuntimeException unordered) {
                    // It is read again when it is due; the answer is broken off all the same.
                    log.error("no check of {} was ordered", object.version(), unordered);
                }
            }
        }

        /** This file, to be read at positions, best in order: for the verifier. The caller closes it. */
        public FileChannel channel() {
            return new LayoutChannel(layout, (name, offset, length) -> {
                byte[] content = added.get(name);
                if (content != null) {
                    return new ByteArrayInputStream(content, (int) offset, (int) length);
                }
                EvidenceObject object = stored.get(name);
                if (object == null) {
                    throw new FileNotFoundException(name);
                }
                return get(object, offset, length);
            });
        }
    }

    static ZipLayout layout(List<EvidenceObject> objects) {
        return ZipLayout.of(objects.stream()
                .map(object -> new ZipLayout.Item(object.member(), object.sizeBytes(), object.crc32()))
                .toList());
    }
}
