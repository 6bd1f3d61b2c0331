package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What fixity checks need beyond {@link ObjectStore}: to see everything that is under a key, and to put good bytes beside bad ones.
 * Implemented by the stores that hold bytes themselves, not by {@link MirroredStore}: each of its two is checked and repaired by
 * itself.
 */
public interface VersionedStore extends ObjectStore {
    /**
     * Does nothing if the store itself is there and answers: a folder whose disk is not mounted holds nothing, and yet nothing in it is
     * missing.
     *
     * @throws IOException if it is not there, or does not answer
     */
    void requireThere() throws IOException;

    /**
     * Every version whose key begins with {@code prefix}, delete markers too. As {@link #list}, but without a request for each version:
     * a thousand of them cost one request to an S3 store. Streams.
     */
    default void listVersions(String prefix, Consumer<ListedVersion> consumer) throws IOException {
        listVersions(prefix, consumer, foreign -> {});
    }

    /** As {@link #listVersions(String, Consumer)}; also gives what lies there under a name that is no key. */
    void listVersions(String prefix, Consumer<ListedVersion> consumer, Consumer<ForeignObject> foreign)
            throws IOException;

    /**
     * Everything else: whatever does not lie below one of the 256 beginnings of content addresses, {@code sha256/ab/}, but for what a store
     * needs for itself. Streams; costs an S3 store one request for each of the 256, and for each thousand that it gives.
     */
    void listOutside(Consumer<ForeignObject> consumer) throws IOException;

    /**
     * Puts a further version of bytes that are damaged here. As {@link #put}, but the versions named are never taken for the object,
     * whatever they say of themselves, and stay as they are: they are the proof of the damage.
     *
     * <p>May be repeated: if an earlier call put the version and its answer was lost, that version is given.
     *
     * @param damaged version ids under {@code request.key()} that do not hold these bytes any more, or are gone
     * @return a version that holds the bytes and is none of {@code damaged}
     */
    StoredObject putBeside(PutRequest request, InputStream content, Set<String> damaged) throws IOException;
}
