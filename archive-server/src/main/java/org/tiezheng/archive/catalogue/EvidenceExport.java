package org.tiezheng.archive.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.storage.ObjectStore;

/**
 * Gives out {@code <id>.asice}, put together from the stored objects while it is written: byte for byte the file that was
 * archived, since the container is canonical.
 *
 * <p>Memory does not depend on the size. Safe for use by many threads.
 */
public final class EvidenceExport {
    private final EvidenceCatalogue catalogue;
    private final ObjectStore store;

    public EvidenceExport(EvidenceCatalogue catalogue, ObjectStore store) {
        this.catalogue = catalogue;
        this.store = store;
    }

    /** Size of the package in bytes. */
    public long sizeBytes(UUID id) throws FileNotFoundException {
        return layout(objects(id)).sizeBytes();
    }

    /** Writes the whole package. Does not close {@code out}. */
    public void write(UUID id, OutputStream out) throws IOException {
        List<EvidenceObject> objects = objects(id);
        write(objects, new ByteRange(0, layout(objects).sizeBytes()), out);
    }

    /**
     * Writes a range of the package. Does not close {@code out}.
     *
     * @throws FileNotFoundException if there is no such evidence
     * @throws IOException if the store fails, or {@code out}; what was written until then is right
     * @throws IllegalArgumentException if the range is not within the package
     */
    public void write(UUID id, ByteRange range, OutputStream out) throws IOException {
        write(objects(id), range, out);
    }

    private void write(List<EvidenceObject> objects, ByteRange range, OutputStream out) throws IOException {
        Map<String, EvidenceObject> byName = new LinkedHashMap<>();
        objects.forEach(object -> byName.put(object.member(), object));
        layout(objects).write(out, range.offset(), range.length(), (name, offset) -> {
            EvidenceObject object = byName.get(name);
            if (object == null) {
                throw new FileNotFoundException(name);
            }
            return store.get(object.version(), offset, object.sizeBytes() - offset);
        });
    }

    private List<EvidenceObject> objects(UUID id) throws FileNotFoundException {
        List<EvidenceObject> objects = catalogue.objects(id);
        if (objects.isEmpty()) {
            throw new FileNotFoundException("no evidence " + id);
        }
        return objects;
    }

    static ZipLayout layout(List<EvidenceObject> objects) {
        return ZipLayout.of(objects.stream()
                .map(object -> new ZipLayout.Item(object.member(), object.sizeBytes(), object.crc32()))
                .toList());
    }
}
