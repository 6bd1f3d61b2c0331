package org.tiezheng.archive.fixity;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tiezheng.storage.ListedVersion;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.storage.VersionedStore;

/**
 * Reads one copy by its version id, hashes it and says what it is. What looks bad is read a second time before it is said.
 *
 * <p>Asks the store three things, none of which believes another: how the version is locked and labelled, its bytes, and what else
 * is under its key. Thread-safe.
 */
final class CopyCheck {
    private static final int BUFFER_BYTES = 1 << 18;
    /** Of a version that has grown, no more than this is read beyond its own size. */
    private static final long MOST_SURPLUS = 1L << 30;

    private final Predicate<String> isKnownDigest;
    private final ReadRate rate;
    private final Clock clock;
    private final Duration copiedWithin;

    /**
     * @param isKnownDigest whether an object of this archive has that digest
     * @param copiedWithin how long after archiving the custodian may be without its copy
     */
    CopyCheck(Predicate<String> isKnownDigest, ReadRate rate, Clock clock, Duration copiedWithin) {
        this.isKnownDigest = isKnownDigest;
        this.rate = rate;
        this.clock = clock;
        this.copiedWithin = copiedWithin;
    }

    /** Checks the copy, as long as reading it takes. */
    Checked check(VersionedStore store, Copy copy) throws InterruptedException {
        Checked first = look(store, copy);
        if (!first.outcome().isBad()) {
            return first;
        }
        Checked second = look(store, copy);
        return new Checked(
                copy,
                second.at(),
                second.outcome(),
                second.remarks(),
                second.versionId(),
                first.bytesRead() + second.bytesRead(),
                second.foundSha256(),
                second.foundBytes(),
                second.detail());
    }

    private Checked look(VersionedStore store, Copy copy) throws InterruptedException {
        Look look = new Look(copy);
        try {
            List<ListedVersion> underKey = underKey(store, copy.key());
            ObjectVersion version = version(store, copy, underKey);
            if (version == null) {
                FixityOutcome missing = missing(store);
                boolean young = clock.instant().isBefore(copy.enrolledAt().plus(copiedWithin));
                return look.ends(young ? FixityOutcome.AWAITED : missing);
            }
            look.versionId = version.versionId();
            others(copy, version, underKey, look.remarks);
            return look.ends(read(store, version, look));
        } catch (IOException e) {
            look.detail = String.valueOf(e.getMessage());
            return look.ends(FixityOutcome.NO_ANSWER);
        }
    }

    /** What one look has seen so far. */
    private final class Look {
        final Copy copy;
        final Set<Remark> remarks = EnumSet.noneOf(Remark.class);

        @Nullable
        String versionId;

        @Nullable
        String sha256;

        @Nullable
        Long size;

        @Nullable
        String detail;

        long bytesRead;

        Look(Copy copy) {
            this.copy = copy;
            this.versionId = copy.versionId();
        }

        Checked ends(FixityOutcome outcome) {
            return new Checked(copy, clock.instant(), outcome, remarks, versionId, bytesRead, sha256, size, detail);
        }
    }

    private static List<ListedVersion> underKey(VersionedStore store, String key) throws IOException {
        List<ListedVersion> found = new ArrayList<>();
        store.listVersions(key, version -> {
            if (version.version().key().equals(key)) {
                found.add(version);
            }
        });
        return found;
    }

    /** The version of this copy: the recorded one, or the one that says it is these bytes. */
    private static @Nullable ObjectVersion version(VersionedStore store, Copy copy, List<ListedVersion> underKey)
            throws IOException {
        if (copy.versionId() != null) {
            return new ObjectVersion(copy.key(), copy.versionId());
        }
        ObjectVersion wrongSize = null;
        for (ListedVersion listed : underKey) {
            if (listed.deleteMarker()
                    || copy.damagedVersions().contains(listed.version().versionId())) {
                continue;
            }
            if (isLabelled(store, listed, copy.sha256())) {
                if (listed.sizeBytes() == copy.sizeBytes()) {
                    return listed.version();
                }
                wrongSize = listed.version();
            }
        }
        return wrongSize;
    }

    /** Whether a version says that it is these bytes; so does, until it is read, one that can say nothing of itself. */
    private static boolean isLabelled(VersionedStore store, ListedVersion listed, String sha256) throws IOException {
        try {
            Optional<StoredObject> object = store.head(listed.version());
            return object.isPresent() && object.get().sha256().equals(sha256);
        } catch (IOException e) {
            store.requireThere();
            return true;
        }
    }

    private static FixityOutcome missing(VersionedStore store) throws IOException {
        store.requireThere();
        return FixityOutcome.MISSING;
    }

    private static void others(Copy copy, ObjectVersion version, List<ListedVersion> underKey, Set<Remark> remarks) {
        for (ListedVersion other : underKey) {
            String id = other.version().versionId();
            if (!other.latest()
                    || id.equals(version.versionId())
                    || copy.ownVersions().contains(id)) {
                continue;
            }
            remarks.add(other.deleteMarker() ? Remark.DELETE_MARKER : Remark.NEWER_VERSION);
        }
    }

    private FixityOutcome read(VersionedStore store, ObjectVersion version, Look look)
            throws IOException, InterruptedException {
        Copy copy = look.copy;
        long size = copy.sizeBytes();
        try {
            Optional<StoredObject> head = store.head(version);
            if (head.isEmpty()) {
                return missing(store);
            }
            size = head.get().sizeBytes();
            lock(copy, head.get(), look.remarks);
            if (!head.get().sha256().equals(copy.sha256())) {
                look.remarks.add(Remark.LABEL_DIFFERS);
            }
        } catch (IOException e) {
            // The bytes may be good all the same: a folder whose lock record is lost, for example.
            store.requireThere();
            look.remarks.add(Remark.LOCK_UNKNOWN);
            look.detail = String.valueOf(e.getMessage());
        }
        long toRead = Math.min(size, copy.sizeBytes() + MOST_SURPLUS);
        String sha256;
        try {
            sha256 = hash(store, version, toRead, look);
        } catch (ObjectMissingException e) {
            return missing(store);
        } catch (IOException e) {
            store.requireThere();
            look.detail = String.valueOf(e.getMessage());
            return FixityOutcome.UNREADABLE;
        }
        if (size == copy.sizeBytes() && sha256.equals(copy.sha256())) {
            return FixityOutcome.GOOD;
        }
        look.sha256 = sha256;
        look.size = size;
        if (isKnownDigest.test(sha256) && !sha256.equals(copy.sha256())) {
            return FixityOutcome.SWAPPED;
        }
        return size < copy.sizeBytes() ? FixityOutcome.TRUNCATED : FixityOutcome.CHANGED;
    }

    private void lock(Copy copy, StoredObject object, Set<Remark> remarks) {
        if (copy.held() && !object.legalHold()) {
            remarks.add(Remark.HOLD_MISSING);
        }
        Instant until = copy.lockedUntil();
        if (until == null || !until.isAfter(clock.instant())) {
            return;
        }
        Retention retention = object.retention();
        if (retention == null) {
            remarks.add(Remark.LOCK_MISSING);
        } else if (retention.until().isBefore(until.truncatedTo(ChronoUnit.SECONDS))) {
            remarks.add(Remark.LOCK_SHORTER);
        }
    }

    private String hash(VersionedStore store, ObjectVersion version, long size, Look look)
            throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = store.get(version, 0, size)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                look.bytesRead += count;
                rate.pass(count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
