package org.tiezheng.archive.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.storage.ObjectStore;

/**
 * Reads the files of archived evidence where they are stored: members of the container, and files inside capture.wacz in
 * place, by offset. Nothing is unpacked or held in memory.
 *
 * <p>The bytes come from the version that was recorded at ingest. They are not compared with the digest while they are read;
 * {@link VerifyNow} does that. Says nothing about who may read ({@link EvidenceAccess} does). Safe for use by many threads.
 */
public final class EvidenceFiles {
    private final EvidenceCatalogue catalogue;
    private final ObjectStore store;

    public EvidenceFiles(EvidenceCatalogue catalogue, ObjectStore store) {
        this.catalogue = catalogue;
        this.store = store;
    }

    /**
     * A member of the container.
     *
     * @throws FileNotFoundException if there is no such evidence or member
     */
    public EvidenceObject member(UUID id, String member) throws FileNotFoundException {
        return catalogue.objects(id).stream()
                .filter(object -> object.member().equals(member))
                .findFirst()
                .orElseThrow(() -> new FileNotFoundException("no " + member + " in evidence " + id));
    }

    /**
     * A file inside capture.wacz.
     *
     * @throws FileNotFoundException if there is no such evidence or file
     */
    public EvidenceFile inner(UUID id, String name) throws FileNotFoundException {
        return catalogue.files(id).stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new FileNotFoundException("no " + name + " in evidence " + id));
    }

    /** All bytes of a member of the container. The caller closes the stream. */
    public InputStream open(UUID id, String member) throws IOException {
        EvidenceObject object = member(id, member);
        return store.get(object.version(), 0, object.sizeBytes());
    }

    /**
     * {@code length} bytes of a member of the container, the first being byte {@code offset}. The caller closes the stream.
     *
     * @throws IndexOutOfBoundsException if the range is not within the member
     */
    public InputStream open(UUID id, String member, long offset, long length) throws IOException {
        EvidenceObject object = member(id, member);
        Objects.checkFromIndexSize(offset, length, object.sizeBytes());
        return store.get(object.version(), offset, length);
    }

    /** All bytes of a file inside capture.wacz, such as {@code evidence/screenshot.png}. The caller closes the stream. */
    public InputStream openInner(UUID id, String name) throws IOException {
        EvidenceFile file = inner(id, name);
        return open(id, AsicNames.WACZ, file.dataOffset(), file.sizeBytes());
    }

    /**
     * {@code length} bytes of a file inside capture.wacz, the first being byte {@code offset}. The caller closes the stream.
     *
     * @throws IndexOutOfBoundsException if the range is not within the file
     */
    public InputStream openInner(UUID id, String name, long offset, long length) throws IOException {
        EvidenceFile file = inner(id, name);
        Objects.checkFromIndexSize(offset, length, file.sizeBytes());
        return open(id, AsicNames.WACZ, file.dataOffset() + offset, length);
    }

    /**
     * The package as it was archived, without proofs made since, to be read like a file: its size, and reads at a position, best
     * in order. The caller closes it.
     *
     * @throws FileNotFoundException if there is no such evidence
     */
    public FileChannel openPackage(UUID id) throws FileNotFoundException {
        List<EvidenceObject> objects = catalogue.objects(id);
        if (objects.isEmpty()) {
            throw new FileNotFoundException("no evidence " + id);
        }
        return StoredPackage.open(objects, store);
    }
}
