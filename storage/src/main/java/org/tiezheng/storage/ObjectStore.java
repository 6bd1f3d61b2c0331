package org.tiezheng.storage;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Keeps objects that nobody may change and, until their retention ends, nobody may delete.
 *
 * <p>An object is a <em>version</em> under a key. Keys are content addresses by convention ({@link ObjectKeys#ofContent});
 * the version id is given by the store, is recorded by the caller and named in every later call: the latest version
 * of a key is never meant.
 *
 * <h2>Durability and idempotence</h2>
 *
 * When {@link #put} returns, the bytes, their retention and their legal hold survive a power cut, and they are the bytes
 * that were announced: the store hashes them as they pass and compares what it can read back. Retention is part of the
 * put itself, so no version ever exists unlocked.
 *
 * <p>An {@code IOException} means <em>state unknown</em>: the act may have happened although the answer was lost. Every
 * act may simply be repeated: putting the same bytes under the same key gives the version that is already there (its
 * retention lengthened and its hold set if the repeated request asks for more), and the other acts end in the state
 * asked for. Callers that put one key at the same time may get different versions with the same bytes. Exceptions that
 * say more are final, and repeating is useless: {@link ContentMismatchException}, {@link ObjectLockedException},
 * {@link RetentionShorterException}, {@link ObjectMissingException}.
 *
 * <h2>What an implementation must not do</h2>
 *
 * Leave part of an object visible, ever; hold an object in memory (parts of a few MB are allowed); wait for ever (every
 * wait on a network has a timeout); write a credential into a message, a log or {@link #describe}.
 *
 * <p>Safe for use by many threads. {@code ObjectStoreContract} in the tests is this comment as code; every
 * implementation runs it.
 */
public interface ObjectStore {
    /**
     * Stores what {@code content} delivers as a version of {@code request.key()}, locked from its first byte.
     *
     * <p>Other bytes under a key that exists make a further version; the older ones stay as they are. Where the same
     * bytes are there already, {@code content} may be left unread.
     *
     * @param content read to its end at most once, not closed
     * @return the version that holds the bytes; its retention is at least the one asked for
     * @throws ContentMismatchException if {@code content} is not what the request announces; no version is left
     * @throws IOException if durability could not be confirmed: state unknown, repeat the put
     * @throws IllegalArgumentException if the retention has already ended
     */
    StoredObject put(PutRequest request, InputStream content) throws IOException;

    /**
     * Bytes {@code offset} to {@code offset + length - 1} of a version. The caller closes the stream.
     *
     * <p>The stream delivers exactly {@code length} bytes or throws: a connection that breaks is never mistaken for the
     * end of the object. The bytes are not compared with the digest; {@link #get(StoredObject)} does that.
     *
     * @param offset 0 or more
     * @param length 0 or more
     * @throws ObjectMissingException if there is no such version
     * @throws IOException (an {@code EOFException} from here or from the stream) if the object ends before the range does
     * @throws IllegalArgumentException if a number is negative
     */
    InputStream get(ObjectVersion version, long offset, long length) throws IOException;

    /**
     * All bytes of a version; reading the last of them throws {@link ContentMismatchException} if the whole does not have
     * the recorded digest. The caller closes the stream.
     */
    default InputStream get(StoredObject object) throws IOException {
        return new AnnouncedContent(
                get(object.version(), 0, object.sizeBytes()), object.sizeBytes(), object.sha256(), true);
    }

    /** What the store knows of a version; empty if there is none. */
    Optional<StoredObject> head(ObjectVersion version) throws IOException;

    /**
     * Every version whose key begins with {@code prefix}, each once, versions of one key newest first where the store
     * knows that. Streams: millions of versions need no memory. One request per version to an S3 store, so this is for
     * checks, not for screens. Versions that come or go meanwhile may be seen or not.
     *
     * @param prefix begin of a key, {@code ""} for all
     */
    void list(String prefix, Consumer<StoredObject> consumer) throws IOException;

    /**
     * Locks a version until {@code until}, rounded up to a full second. The mode stays; a version without retention gets
     * COMPLIANCE.
     *
     * @throws RetentionShorterException if the version is locked for longer already
     * @throws ObjectMissingException if there is no such version
     */
    void extendRetention(ObjectVersion version, Instant until) throws IOException;

    /**
     * Sets or lifts the legal hold. It is independent of retention: while it is on the version cannot be deleted.
     *
     * @throws ObjectMissingException if there is no such version
     */
    void setLegalHold(ObjectVersion version, boolean on) throws IOException;

    /**
     * Deletes a version that is locked by nothing. Nothing happens if it is not there.
     *
     * @throws ObjectLockedException if retention has not ended or a hold is on; the version is still there
     */
    void delete(ObjectVersion version) throws IOException;

    /** What this store is. Reads no network and no disk. */
    StoreDescription describe();
}
