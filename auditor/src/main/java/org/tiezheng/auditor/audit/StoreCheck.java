package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogInStore;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectMissingException;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * Compares a part of a store with what the log says of it: every promised object is there, of its size, with its bytes, under
 * its lock; everything else is named.
 *
 * <p>Memory: the promises and the objects of that part. Safe for use by several threads.
 */
final class StoreCheck {
    /** An object may be stored so long before its entry is in the log. */
    private static final Duration ON_ITS_WAY = Duration.ofHours(1);

    /** By which clocks of a station and of a store may differ. */
    private static final Duration CLOCKS = Duration.ofMinutes(10);

    private static final String SELF_TEST = "self-test/";
    private static final int BUFFER_BYTES = 1 << 18;

    private final ObjectStore store;
    private final Instant now;
    private final LongConsumer readBytes;

    /** @param readBytes told of bytes as they are read; from several threads */
    StoreCheck(ObjectStore store, Instant now, LongConsumer readBytes) {
        this.store = store;
        this.now = now;
        this.readBytes = readBytes;
    }

    /** All that the log says of one digest. */
    private static final class Promise {
        private final ObjectRow first;
        private long size = -1;
        private boolean sizesDiffer;
        private long from = Long.MAX_VALUE;
        private long until;
        private long owners;
        private long going;
        private boolean live;
        private boolean disposed;
        private boolean held;
        private boolean repaired;
        private boolean read;
        private boolean permanent;

        Promise(ObjectRow first) {
            this.first = first;
        }

        void add(ObjectRow row) {
            if (row.is(ObjectRow.REPAIRED)) {
                repaired = true;
                return;
            }
            sizesDiffer |= size >= 0 && row.sizeBytes() >= 0 && size != row.sizeBytes();
            size = Math.max(size, row.sizeBytes());
            from = Math.min(from, row.from());
            if (row.is(ObjectRow.DISPOSED)) {
                disposed = true;
                return;
            }
            live = true;
            owners++;
            until = Math.max(until, row.until());
            going += row.is(ObjectRow.GOING) ? 1 : 0;
            held |= row.is(ObjectRow.HELD);
            read |= row.is(ObjectRow.READ);
            permanent |= row.is(ObjectRow.PERMANENT);
        }

        /** For people: where it belongs. */
        String subject(String sha256) {
            return first.name() + " of " + first.owner() + (owners > 1 ? " and " + (owners - 1) + " more" : "") + ", "
                    + ObjectKeys.ofContent(sha256);
        }
    }

    /**
     * Checks the part of content addresses that begin with {@code prefix}.
     *
     * @param rows promises of this part, in any order
     * @param found told of each object that is there, in the order of their digests; null if nobody wants to know
     * @throws IOException if the store does not answer: nothing is known of this part then
     */
    void check(String prefix, DataInputStream rows, UnitLog log, FoundObjects.@Nullable Writer found)
            throws IOException {
        Map<String, Promise> promises = new TreeMap<>();
        for (Optional<ObjectRow> row = ObjectRow.read(rows); row.isPresent(); row = ObjectRow.read(rows)) {
            ObjectRow one = row.get();
            promises.computeIfAbsent(one.sha256(), unused -> new Promise(one)).add(one);
        }
        Map<String, List<StoredObject>> there = new HashMap<>();
        List<StoredObject> strangers = new ArrayList<>();
        store.list(prefix, object -> {
            String digest = digestOf(object);
            if (promises.containsKey(digest)) {
                there.computeIfAbsent(digest, unused -> new ArrayList<>(1)).add(object);
            } else {
                strangers.add(object);
            }
        });
        for (Map.Entry<String, Promise> one : promises.entrySet()) {
            List<StoredObject> versions = there.getOrDefault(one.getKey(), List.of());
            log.expect(Area.STRANGERS, versions.size());
            log.checked(Area.STRANGERS, versions.size());
            Promise promise = one.getValue();
            if (promise.live) {
                promised(one.getKey(), promise, versions, log, found);
            } else if (promise.disposed) {
                disposed(one.getKey(), promise, versions, log);
            } else {
                versions.forEach(object -> stranger(object, log));
            }
        }
        strangers.forEach(object -> stranger(object, log));
        log.expect(Area.STRANGERS, strangers.size());
        log.checked(Area.STRANGERS, strangers.size());
    }

    /** Names every object whose key begins with one of {@code prefixes}: none of them is a content address. */
    void checkOthers(List<String> prefixes, UnitLog log) throws IOException {
        for (String prefix : prefixes) {
            store.list(prefix, object -> {
                log.expect(Area.STRANGERS, 1);
                log.checked(Area.STRANGERS, 1);
                stranger(object, log);
            });
        }
    }

    /** Digest in the key; empty if the key is no content address. */
    private static String digestOf(StoredObject object) {
        String key = object.version().key();
        String digest = key.substring(key.lastIndexOf('/') + 1);
        return Digest.isTextForm(digest) && key.equals(ObjectKeys.ofContent(digest)) ? digest : "";
    }

    private void stranger(StoredObject object, UnitLog log) {
        String subject = object.version().toString();
        if (object.version().key().startsWith(SELF_TEST)) {
            log.note(UnitLog.Note.OBJECT_OF_SELF_TEST, subject);
        } else if (LogInStore.isItsKey(object.version().key())) {
            log.note(UnitLog.Note.OBJECT_OF_LOG, subject);
        } else if (object.storedAt().isAfter(now.minus(ON_ITS_WAY))) {
            log.note(UnitLog.Note.OBJECT_NEW, subject);
        } else {
            log.open(
                    AuditCode.OBJECT_UNKNOWN,
                    subject,
                    "no entry of the log names it; " + object.sizeBytes() + " bytes, stored " + object.storedAt());
        }
    }

    private void disposed(String digest, Promise promise, List<StoredObject> versions, UnitLog log) {
        log.expect(Area.DISPOSALS, 1);
        log.checked(Area.DISPOSALS, 1);
        for (StoredObject object : versions) {
            log.invalid(
                    AuditCode.DISPOSAL_PRESENT,
                    promise.subject(digest),
                    "the log says it was destroyed, and " + named(object) + " is there");
        }
    }

    private void promised(
            String digest,
            Promise promise,
            List<StoredObject> versions,
            UnitLog log,
            FoundObjects.@Nullable Writer found)
            throws IOException {
        String subject = promise.subject(digest);
        if (versions.isEmpty() && promise.going == promise.owners) {
            return; // Destroyed with its package, which the log will say when all of it is gone.
        }
        log.expect(Area.OBJECTS, 1);
        log.expect(Area.CONTENT, 1);
        log.expect(Area.LOCKS, 1);
        log.checked(Area.OBJECTS, 1);
        if (promise.sizesDiffer) {
            log.invalid(AuditCode.LEAF_CONTRADICTS, subject, "entries name two sizes of one digest");
        }
        if (versions.isEmpty()) {
            log.invalid(AuditCode.OBJECT_MISSING, subject, "the log names it, and it is not there");
            return;
        }
        List<StoredObject> good = new ArrayList<>();
        for (StoredObject object : versions) {
            boolean hasSize = promise.size < 0 || object.sizeBytes() == promise.size;
            boolean hasDigest = object.sha256().isEmpty() || object.sha256().equals(digest);
            if (hasSize && hasDigest) {
                good.add(object);
            } else if (promise.repaired) {
                log.note(UnitLog.Note.OBJECT_REPAIRED, object.version().toString());
            } else {
                log.invalid(
                        AuditCode.OBJECT_SIZE,
                        subject,
                        named(object) + " has " + object.sizeBytes() + " bytes"
                                + (hasDigest ? "" : " and was put as other content") + ", not " + promise.size);
            }
        }
        for (StoredObject object : versions) {
            if (object.storedAt().isBefore(Instant.ofEpochSecond(promise.from).minus(CLOCKS))) {
                log.invalid(
                        AuditCode.TIME_STORED,
                        subject,
                        "the store says it took " + named(object) + " at " + object.storedAt()
                                + ", before the package was sealed at " + Instant.ofEpochSecond(promise.from));
            }
        }
        // The best locked first: one version that keeps every promise is enough.
        good.sort(Comparator.comparing(StoreCheck::lockEnd).reversed());
        Kept kept = promise.read ? read(digest, promise, good, subject, log) : unread(good);
        if (kept == null) {
            return;
        }
        log.checked(Area.LOCKS, 1);
        lock(kept.object(), promise, subject, log);
        if (found != null) {
            found.add(digest, new FoundObjects.Found(kept.object().version(), kept.crc32(), promise.read));
        }
    }

    /** The version that counts, and the CRC-32 of its bytes if they were read. */
    private record Kept(StoredObject object, long crc32) {}

    private static @Nullable Kept unread(List<StoredObject> objects) {
        return objects.isEmpty() ? null : new Kept(objects.get(0), 0);
    }

    /** Reads versions until one has the bytes of the digest; null if none has. */
    private @Nullable Kept read(
            String digest, Promise promise, List<StoredObject> objects, String subject, UnitLog log) {
        Kept kept = null;
        boolean anyRead = false;
        for (StoredObject object : objects) {
            try {
                long crc32 = crc32IfGenuine(object, digest);
                anyRead = true;
                if (crc32 >= 0) {
                    kept = new Kept(object, crc32);
                    break;
                }
                if (promise.repaired) {
                    log.note(UnitLog.Note.OBJECT_REPAIRED, object.version().toString());
                } else {
                    log.invalid(AuditCode.OBJECT_CHANGED, subject, named(object) + " holds other bytes");
                }
            } catch (ObjectMissingException e) {
                log.invalid(AuditCode.OBJECT_MISSING, subject, named(object) + " was listed and is not there");
            } catch (EOFException e) {
                anyRead = true;
                log.invalid(AuditCode.OBJECT_CHANGED, subject, named(object) + " ends early");
            } catch (IOException e) {
                log.open(AuditCode.OBJECT_UNREADABLE, subject, named(object) + ": " + e.getMessage());
            }
        }
        log.checked(Area.CONTENT, anyRead ? 1 : 0);
        return kept;
    }

    /** -1 if the bytes are not those of the digest. */
    private long crc32IfGenuine(StoredObject object, String digest) throws IOException {
        MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[(int) Math.max(1, Math.min(BUFFER_BYTES, object.sizeBytes()))];
        try (InputStream in = store.get(object.version(), 0, object.sizeBytes())) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sha256.update(buffer, 0, count);
                crc.update(buffer, 0, count);
                readBytes.accept(count);
            }
        }
        return HexFormat.of().formatHex(sha256.digest()).equals(digest) ? crc.getValue() : -1;
    }

    private void lock(StoredObject object, Promise promise, String subject, UnitLog log) {
        Retention retention = object.retention();
        Instant until = Instant.ofEpochSecond(promise.until);
        boolean promised = promise.until > 0 && now.isBefore(until);
        if (retention == null && (promised || promise.permanent)) {
            log.invalid(
                    AuditCode.LOCK_MISSING,
                    subject,
                    named(object) + " has no lock" + (promised ? ", promised until " + until : ""));
        } else if (retention != null && promised && retention.until().isBefore(until)) {
            log.invalid(
                    AuditCode.LOCK_SHORT,
                    subject,
                    named(object) + " is locked until " + retention.until() + ", promised until " + until);
        } else if (retention != null && promise.permanent && !retention.holdsAt(now)) {
            log.invalid(AuditCode.LOCK_SHORT, subject, "its lock ended " + retention.until() + "; it is kept for good");
        } else if (retention != null && promised && retention.mode() != Retention.Mode.COMPLIANCE) {
            log.open(
                    AuditCode.LOCK_WEAK,
                    subject,
                    named(object) + " is locked in mode " + retention.mode() + ", which its owner can lift");
        }
        if (promise.held && !object.legalHold()) {
            log.invalid(AuditCode.HOLD_MISSING, subject, named(object) + " is not held, and the log says it is");
        } else if (!promise.held && object.legalHold()) {
            log.open(AuditCode.HOLD_UNKNOWN, subject, named(object) + " is held, and the log does not say so");
        }
    }

    /** A folder names versions by their digest, which stands in the key already. */
    private static String named(StoredObject object) {
        String version = object.version().versionId();
        return object.version().key().endsWith(version) ? "it" : "version " + version;
    }

    private static Instant lockEnd(StoredObject object) {
        Retention retention = object.retention();
        return retention == null ? Instant.MIN : retention.until();
    }
}
