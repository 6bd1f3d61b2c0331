package org.tiezheng.archive.stores;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.storage.CopyQueue;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.LockAttempts;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.VersionedStore;

/**
 * The configured stores, opened: the primary {@code objects} and, unless there is none, the {@code custodian}.
 *
 * <p>A folder that was used before and is not there now stops the start: an empty store in its place would look like lost
 * evidence. An S3 server that does not answer does not: the gate stays closed until it does.
 */
public final class Stores implements AutoCloseable {
    private final List<Part> parts = new ArrayList<>();
    private final ObjectStore active;
    private final @Nullable MirroredStore mirrored;

    /**
     * One store with what the self-test needs.
     *
     * @param mayCreate whether a missing bucket may be created, if it was never used
     */
    public record Part(VersionedStore store, LockAttempts attempts, boolean mayCreate, StoreRegister register) {
        public StoreDescription description() {
            return store.describe();
        }

        /** Makes sure that a bucket is there and has Object Lock; nothing to do for a folder. */
        void prepare() throws IOException {
            if (store instanceof S3Store s3) {
                s3.requireLockedBucket(mayCreate && !register.wasSeen(description()));
                register.markSeen(description());
            }
        }
    }

    private Stores(
            Part primary,
            @Nullable Part custodian,
            Path queueFolder,
            StoreSettings settings,
            MirroredStore.Copied copied,
            Clock clock)
            throws IOException {
        parts.add(primary);
        if (custodian == null) {
            mirrored = null;
            active = primary.store();
        } else {
            parts.add(custodian);
            mirrored = new MirroredStore(
                    primary.store(),
                    custodian.store(),
                    CopyQueue.open(queueFolder),
                    clock,
                    settings.custodian().catchUpRate().toBytes(),
                    copied);
            active = mirrored;
        }
    }

    /**
     * Opens what the settings name.
     *
     * @param archive {@code <data>/archive}; folders default to {@code objects} and {@code custodian} below it
     * @param copied told of each copy that the custodian gets
     * @throws IOException if a folder that was used before is missing, or a key file cannot be read
     */
    public static Stores open(
            StoreSettings settings, Path archive, StoreRegister register, MirroredStore.Copied copied, Clock clock)
            throws IOException {
        Part primary = part("objects", settings.place(), archive, register, clock);
        Part custodian = settings.custodian().kind() == StoreSettings.Kind.NONE
                ? null
                : part("custodian", settings.custodian().place(), archive, register, clock);
        if (custodian != null
                && custodian
                        .description()
                        .location()
                        .equals(primary.description().location())) {
            throw new IllegalArgumentException("the custodian's store is the primary's: "
                    + primary.description().location());
        }
        return new Stores(primary, custodian, archive.resolve("custodian-queue"), settings, copied, clock);
    }

    private static Part part(String id, StoreSettings.Place place, Path archive, StoreRegister register, Clock clock)
            throws IOException {
        if (place.kind() == StoreSettings.Kind.S3) {
            S3Settings settings = S3Settings.of(
                    id,
                    Objects.requireNonNull(place.endpoint()),
                    place.region(),
                    Objects.requireNonNull(place.bucket()),
                    S3Settings.Credentials.fromFiles(
                            Objects.requireNonNull(place.accessKeyFile()),
                            Objects.requireNonNull(place.secretKeyFile())));
            S3Store store = new S3Store(settings, clock);
            return new Part(store, store, place.createBucket(), register);
        }
        Path folder = (place.folder() == null ? archive.resolve(id) : place.folder())
                .toAbsolutePath()
                .normalize();
        StoreDescription description = StoreDescription.of(id, StoreDescription.Kind.FOLDER, folder.toString());
        FolderStore store = register.wasSeen(description)
                ? FolderStore.open(id, folder, clock)
                : FolderStore.create(id, folder, clock);
        // Dying before this is known: the next start finds the store and creates nothing.
        register.markSeen(description);
        return new Part(store, store, false, register);
    }

    /** Where evidence goes: the primary, or both. */
    public ObjectStore active() {
        return active;
    }

    /** The stores, primary first. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }

    public Part primary() {
        return parts.get(0);
    }

    /** Empty if there is no custodian. */
    public Optional<MirroredStore> mirrored() {
        return Optional.ofNullable(mirrored);
    }

    @Override
    public void close() throws IOException {
        if (mirrored != null) {
            mirrored.close();
        }
        for (Part part : parts) {
            if (part.store() instanceof FolderStore folder) {
                folder.close();
            } else if (part.store() instanceof S3Store s3) {
                s3.close();
            }
        }
    }
}
