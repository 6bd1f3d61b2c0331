package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEntry;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.MalformedLogException;

/**
 * All that the log says of one package, in its order: sealed, locked, held, destroyed. What does not fit together is told while
 * it is read.
 */
final class PackageStory {
    private static final long NONE = -1;
    /** A disposal takes minutes; a store that is away for a day is put right. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    private final UUID id;
    private long leafIndex = NONE;
    private @Nullable LogLeaf leaf;
    /** The newest of the entries that name its objects, and what all of them name. */
    private @Nullable LogEvent objects;

    private final List<LogEvent.Member> members = new ArrayList<>();
    private @Nullable LogEvent deletion;
    private @Nullable LogEvent disposal;
    private Instant until = Instant.EPOCH;
    private long holds;

    private PackageStory(UUID id) {
        this.id = id;
    }

    /** An entry, for the bucket of its package. */
    static void write(DataOutputStream out, long index, byte[] entry) throws IOException {
        out.writeLong(index);
        out.writeInt(entry.length);
        out.write(entry);
    }

    /** Told of an entry. */
    @FunctionalInterface
    interface EntryReader {
        void entry(long index, LogEntry entry) throws IOException;
    }

    static void readEntries(DataInputStream in, EntryReader reader) throws IOException {
        while (true) {
            long index;
            try {
                index = in.readLong();
            } catch (EOFException end) {
                return;
            }
            byte[] entry = in.readNBytes(in.readInt());
            try {
                reader.entry(index, LogEntries.parse(entry));
            } catch (MalformedLogException e) {
                throw new IllegalStateException("was parsed before it was written", e);
            }
        }
    }

    /** Where contradictions go. */
    @FunctionalInterface
    interface Complaints {
        void add(AuditCode code, boolean open, String subject, String reason);
    }

    /** The stories of a bucket, in the order in which they begin. */
    static List<PackageStory> read(DataInputStream in, Complaints complaints) throws IOException {
        return read(in, Long.MAX_VALUE, complaints);
    }

    /** As {@link #read(DataInputStream, Complaints)}, as far as the log had told them before entry {@code limit}. */
    static List<PackageStory> read(DataInputStream in, long limit, Complaints complaints) throws IOException {
        Map<UUID, PackageStory> stories = new LinkedHashMap<>();
        readEntries(in, (index, entry) -> {
            if (index < limit) {
                stories.computeIfAbsent(entry.id(), PackageStory::new).add(index, entry, complaints);
            }
        });
        return new ArrayList<>(stories.values());
    }

    private void add(long index, LogEntry entry, Complaints complaints) {
        String subject = subject() + ", entry " + index;
        if (entry instanceof LogLeaf sealed) {
            if (leaf != null) {
                complaints.add(
                        AuditCode.LEAF_TWICE,
                        false,
                        subject,
                        "the package has entry " + leafIndex
                                + (sealed.sha256().equals(leaf.sha256()) ? " already" : " with other content already"));
                return;
            }
            leaf = sealed;
            leafIndex = index;
            return;
        }
        LogEvent event = (LogEvent) entry;
        if (leaf == null) {
            complaints.add(AuditCode.LEAF_ALONE, false, subject, "is about a package that has no entry before it");
        }
        if (disposal != null && event.kind() != LogEvent.Kind.REPAIR) {
            complaints.add(AuditCode.LEAF_CONTRADICTS, false, subject, "comes after the package was destroyed");
        }
        switch (event.kind()) {
            case OBJECTS -> objects(event, subject, complaints);
            case RETENTION -> lockedUntil(event, subject, complaints);
            case HOLD -> holds++;
            case RELEASE -> {
                if (holds == 0) {
                    complaints.add(AuditCode.LEAF_CONTRADICTS, false, subject, "lifts a hold that is not on");
                } else {
                    holds--;
                }
            }
            case DELETION -> {
                if (deletion != null) {
                    complaints.add(AuditCode.LEAF_TWICE, false, subject, "begins the destruction a second time");
                    return;
                }
                deletion = event;
                destroyed(event, "its destruction began at ", subject, complaints);
            }
            case DISPOSAL -> {
                disposal = event;
                if (deletion == null) {
                    destroyed(event, "destroyed at ", subject, complaints);
                }
            }
            default -> {
                // Others say nothing of a package as a whole.
            }
        }
    }

    private void objects(LogEvent event, String subject, Complaints complaints) {
        LogEvent before = objects;
        if (before != null && !continues(before, event)) {
            complaints.add(AuditCode.LEAF_TWICE, false, subject, "names the objects of the package a second time");
            return;
        }
        LogEvent.Part part = event.part();
        LogEvent.Part last = before == null ? null : before.part();
        int expected = last == null ? 1 : last.number() + 1;
        if (part != null && part.number() != expected) {
            complaints.add(
                    AuditCode.LEAF_ALONE,
                    false,
                    subject,
                    "is part " + part.number() + " of " + part.of() + " of its objects, and part " + expected
                            + " is not there");
        }
        objects = event;
        members.addAll(event.members());
        lockedUntil(event, subject, complaints);
        LogLeaf sealed = leaf;
        if (before == null
                && sealed != null
                && event.members().stream()
                        .noneMatch(member -> member.name().equals(AsicNames.WACZ)
                                && member.sha256().equals(sealed.sha256())
                                && member.sizeBytes() == sealed.sizeBytes())) {
            complaints.add(
                    AuditCode.LEAF_CONTRADICTS,
                    false,
                    subject,
                    "names another " + AsicNames.WACZ + " than the package");
        }
    }

    /** Whether it is a later part of the same list. */
    private static boolean continues(LogEvent before, LogEvent event) {
        LogEvent.Part first = before.part();
        LogEvent.Part second = event.part();
        return first != null
                && second != null
                && first.of() == second.of()
                && first.number() < second.number()
                && before.time().equals(event.time())
                && Objects.equals(before.until(), event.until());
    }

    private void lockedUntil(LogEvent event, String subject, Complaints complaints) {
        Instant asked = event.until();
        if (asked == null) {
            return;
        }
        if (asked.isBefore(until)) {
            complaints.add(
                    AuditCode.LEAF_CONTRADICTS,
                    false,
                    subject,
                    "ends the lock at " + asked + ", promised until " + until + " before");
        } else {
            until = asked;
        }
    }

    private void destroyed(LogEvent event, String what, String subject, Complaints complaints) {
        if (event.time().isBefore(until)) {
            complaints.add(AuditCode.DISPOSAL_EARLY, false, subject, what + event.time() + ", locked until " + until);
        }
        if (holds > 0) {
            complaints.add(AuditCode.DISPOSAL_EARLY, false, subject, "destroyed while a legal hold was on");
        }
    }

    /** Told once all entries were read. */
    void complainAtEnd(Complaints complaints, boolean isNewest, Instant now) {
        if (deletion != null && disposal == null && !isGoing(now)) {
            complaints.add(
                    AuditCode.DISPOSAL_UNENDED,
                    false,
                    subject(),
                    "its destruction began at " + deletion.time() + ", and no certificate says that it is over");
        }
        if (leaf != null && objects == null && !isNewest) {
            complaints.add(
                    AuditCode.LEAF_ALONE,
                    true,
                    subject() + ", entry " + leafIndex,
                    "no entry names its objects, so only " + AsicNames.WACZ + " can be looked for, and no lock");
        }
        LogEvent.Part last = objects == null ? null : objects.part();
        if (last != null && last.number() < last.of()) {
            complaints.add(
                    AuditCode.LEAF_ALONE,
                    false,
                    subject(),
                    "of the " + last.of() + " entries that name its objects the last one there is " + last.number());
        }
    }

    String subject() {
        return "package " + id;
    }

    UUID id() {
        return id;
    }

    @Nullable
    LogLeaf leaf() {
        return leaf;
    }

    /** Position of {@link #leaf}. */
    long leafIndex() {
        return leafIndex;
    }

    /** In the order of the container; empty if no entry names them. */
    List<LogEvent.Member> members() {
        return members;
    }

    @Nullable
    LogEvent disposal() {
        return disposal;
    }

    /** Whether its objects may be gone. */
    boolean hasDestructionBegun() {
        return deletion != null || disposal != null;
    }

    /** When it was archived; empty if no entry names its objects. */
    Optional<Instant> archivedAt() {
        return Optional.ofNullable(objects).map(LogEvent::time);
    }

    /** Legal holds that are on. */
    long holds() {
        return holds;
    }

    /** Whether its destruction has begun, so lately that it may not be over. */
    boolean isGoing(Instant now) {
        return disposal == null
                && deletion != null
                && now.isBefore(deletion.time().plus(PATIENCE));
    }

    /** Latest end that was promised; 1970 if none was. */
    Instant until() {
        return until;
    }

    boolean isHeld() {
        return holds > 0;
    }
}
