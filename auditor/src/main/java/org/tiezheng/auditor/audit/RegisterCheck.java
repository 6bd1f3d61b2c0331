package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogEntry;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.register.ChainMark;
import org.tiezheng.evidence.register.MalformedRegisterException;
import org.tiezheng.evidence.register.RegisterField;
import org.tiezheng.evidence.register.RegisterHead;
import org.tiezheng.evidence.register.RegisterReader;
import org.tiezheng.evidence.register.RegisterRow;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;

/**
 * Compares the archive's catalogue and audit chain, as its newest register has them, with the log and with registers of before. What stands in
 * the packages themselves {@link PackageCheck} compares.
 *
 * <p>A package whose entry is before {@link RegisterHead#entries} was in the catalogue when the register was made; every row the
 * register has is of a package whose entry is before the register's own. What the log tells of a package between those two
 * positions may be in the row already, or not yet.
 *
 * <p>Memory: a bucket of rows of two registers, and a line for each register there ever was. Used once.
 */
final class RegisterCheck {
    /** When the newest register was made; empty if there is none. For the report. */
    static final String TIME = "register.txt";

    private static final String EARLIER = "register-earlier";
    private static final String MARKS = "marks";
    private static final String EVENTS = "events";
    private static final int BUFFER_BYTES = 1 << 16;

    private final ObjectStore store;
    private final Checkpoint checkpoint;
    private final List<Checkpoint> seen;
    private final @Nullable Path given;
    private final Path rows;
    private final int digits;
    private final int buckets;

    /**
     * @param seen earlier checkpoints that the auditor kept: he saw the archive last when it had so many entries
     * @param given a register that the auditor brings; null: the newest in the store
     */
    RegisterCheck(
            ObjectStore store,
            Checkpoint checkpoint,
            List<Checkpoint> seen,
            @Nullable Path given,
            Path rows,
            int digits) {
        this.store = store;
        this.checkpoint = checkpoint;
        this.seen = List.copyOf(seen);
        this.given = given;
        this.rows = rows;
        this.digits = digits;
        this.buckets = 1 << (4 * digits);
    }

    /** A register that the log names, and where it is. */
    private record Named(long index, LogEvent event, FoundObjects.@Nullable Found found) {
        String subject() {
            return "register " + event.id() + " of entry " + index;
        }
    }

    /** The one that is compared. */
    private record Newest(String subject, RegisterHead head, long index) {}

    void run(FoundObjects found, UnitLog log) throws IOException {
        Work.write(rows.resolveSibling(TIME), "");
        List<Named> named = named(found);
        Newest newest = newest(named, log);
        if (newest == null) {
            return;
        }
        Work.write(rows.resolveSibling(TIME), newest.head().at().toString());
        events(newest.head(), log);
        rows(newest, log);
        for (Named earlier : toCompare(named, newest.index())) {
            compare(newest, earlier, log);
        }
    }

    private List<Named> named(FoundObjects found) throws IOException {
        List<Named> named = new ArrayList<>();
        try (DataInputStream in = Buckets.open(rows, LogCheck.KEPT, 0)) {
            PackageStory.readEntries(in, (index, entry) -> {
                if (entry instanceof LogEvent event && event.kind() == LogEvent.Kind.REGISTER) {
                    named.add(new Named(
                            index,
                            event,
                            found.find(sha256(event))
                                    .filter(FoundObjects.Found::isRead)
                                    .orElse(null)));
                }
            });
        }
        return named;
    }

    private static String sha256(LogEvent event) {
        return Objects.requireNonNull(event.sha256(), "of an object").hex();
    }

    // ---- the newest ----------------------------------------------------------------------------------------------

    private @Nullable Newest newest(List<Named> named, UnitLog log) throws IOException {
        Path file = given;
        if (file != null) {
            String sha256 = sha256(file);
            Optional<Named> own = named.stream()
                    .filter(one -> sha256(one.event()).equals(sha256))
                    .findFirst();
            if (own.isEmpty()) {
                log.open(
                        AuditCode.REGISTER_UNKNOWN,
                        "the given register",
                        "no entry of the log names it: " + sha256 + "; it may be newer than the checkpoint");
            }
            long index = own.map(Named::index).orElse(checkpoint.size());
            return take("the given register", Files.newInputStream(file), index, named, log);
        }
        for (int i = named.size() - 1; i >= 0; i--) {
            Named one = named.get(i);
            if (one.found() == null) {
                log.open(AuditCode.REGISTER_UNREADABLE, one.subject(), "its object cannot be read");
                continue;
            }
            Newest newest = take(one.subject(), open(one), one.index(), named.subList(0, i), log);
            if (newest != null) {
                return newest;
            }
        }
        return null;
    }

    /** In hex. */
    static String sha256(Path file) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private InputStream open(Named one) throws IOException {
        FoundObjects.Found found = Objects.requireNonNull(one.found());
        return store.get(found.version(), 0, Objects.requireNonNull(one.event().sizeBytes(), "of an object"));
    }

    /** Cuts it into buckets and compares its marks with the heads of the registers before it; null if it is none. */
    private @Nullable Newest take(String subject, InputStream in, long index, List<Named> named, UnitLog log)
            throws IOException {
        try (RegisterReader reader = RegisterReader.open(in);
                Buckets out = new Buckets(rows, RegisterRows.NEWEST, buckets);
                Buckets marks = new Buckets(rows, MARKS, buckets)) {
            RegisterHead head = reader.head();
            if (!head.origin().equals(checkpoint.origin())) {
                log.invalid(AuditCode.REGISTER_UNREADABLE, subject, "is of the log " + head.origin());
                return null;
            }
            for (Optional<RegisterRow> row = reader.nextRow(); row.isPresent(); row = reader.nextRow()) {
                RegisterRows.write(out.get(LogCheck.bucket(row.get().id(), buckets)), row.get());
            }
            chain(subject, reader, heads(named, index, log), marks, log);
            return new Newest(subject, head, index);
        } catch (MalformedRegisterException e) {
            log.invalid(AuditCode.REGISTER_UNREADABLE, subject, String.valueOf(e.getMessage()));
            return null;
        }
    }

    // ---- the audit chain -----------------------------------------------------------------------------------------

    /** First lines of all registers before, by the last event they had. */
    private Map<Long, List<RegisterHead>> heads(List<Named> named, long before, UnitLog log) throws IOException {
        Map<Long, List<RegisterHead>> heads = new HashMap<>();
        for (Named one : named) {
            if (one.found() == null || one.index() >= before) {
                continue;
            }
            try (RegisterReader reader = RegisterReader.open(open(one))) {
                heads.computeIfAbsent(reader.head().events(), unused -> new ArrayList<>(1))
                        .add(reader.head());
            } catch (MalformedRegisterException e) {
                log.invalid(AuditCode.REGISTER_UNREADABLE, one.subject(), String.valueOf(e.getMessage()));
            }
        }
        return heads;
    }

    private void chain(
            String subject, RegisterReader reader, Map<Long, List<RegisterHead>> heads, Buckets marks, UnitLog log)
            throws IOException, MalformedRegisterException {
        RegisterHead own = reader.head();
        heads.computeIfAbsent(own.events(), unused -> new ArrayList<>(1)).add(own);
        heads.remove(0L);
        for (Optional<ChainMark> mark = reader.nextMark(); mark.isPresent(); mark = reader.nextMark()) {
            ChainMark one = mark.get();
            marks.get(part(one.hash())).write(HexFormat.of().parseHex(one.hash()));
            for (RegisterHead head : heads.getOrDefault(one.event(), List.of())) {
                boolean same = head.eventHash().equals(one.chain());
                log.expect(Area.CHAIN, 1);
                log.checked(Area.CHAIN, 1);
                if (!same && head.id().equals(own.id())) {
                    log.invalid(
                            AuditCode.CHAIN_CHANGED,
                            subject,
                            "the audit chain does not add up to event " + one.event()
                                    + ": an event before was deleted or changed");
                } else if (!same) {
                    log.invalid(
                            AuditCode.CHAIN_CHANGED,
                            "event " + one.event() + " of the audit chain",
                            "is not the one it was on " + head.at() + " (register " + head.id()
                                    + "): it, or one before it, was deleted or changed");
                }
            }
            heads.remove(one.event());
        }
        for (List<RegisterHead> lost : heads.values()) {
            for (RegisterHead head : lost) {
                log.expect(Area.CHAIN, 1);
                log.checked(Area.CHAIN, 1);
                log.invalid(
                        AuditCode.CHAIN_CHANGED,
                        "event " + head.events() + " of the audit chain",
                        "was its last on " + head.at() + " (register " + head.id() + "), and is not on it any more");
            }
        }
    }

    private int part(String hash) {
        return Integer.parseInt(hash.substring(0, digits), 16);
    }

    /** Every audit event that the log names by its hash must be on the chain still, and be what it was. */
    private void events(RegisterHead head, UnitLog log) throws IOException {
        try (Buckets events = new Buckets(rows, EVENTS, buckets)) {
            try (DataInputStream in = Buckets.open(rows, LogCheck.KEPT, 0)) {
                PackageStory.readEntries(in, (index, entry) -> event(index, entry, head, events));
            }
            for (int i = 0; i < buckets; i++) {
                try (DataInputStream in = Buckets.open(rows, LogCheck.ENTRIES, i)) {
                    PackageStory.readEntries(in, (index, entry) -> event(index, entry, head, events));
                }
            }
        }
        for (int i = 0; i < buckets; i++) {
            Set<String> there = new HashSet<>();
            try (DataInputStream in = Buckets.open(rows, MARKS, i)) {
                for (byte[] hash = in.readNBytes(32); hash.length == 32; hash = in.readNBytes(32)) {
                    there.add(HexFormat.of().formatHex(hash));
                }
            }
            try (DataInputStream in = Buckets.open(rows, EVENTS, i)) {
                while (true) {
                    long index;
                    try {
                        index = in.readLong();
                    } catch (EOFException end) {
                        break;
                    }
                    String hash = HexFormat.of().formatHex(in.readNBytes(32));
                    String what = in.readUTF();
                    log.expect(Area.CHAIN, 1);
                    log.checked(Area.CHAIN, 1);
                    if (!there.contains(hash)) {
                        log.invalid(
                                AuditCode.EVENT_MISSING,
                                "entry " + index + ", " + what,
                                "its audit event is not on the chain, or not what it was: " + hash);
                    }
                }
            }
        }
    }

    private void event(long index, LogEntry entry, RegisterHead head, Buckets events) throws IOException {
        if (index >= head.entries() || !(entry instanceof LogEvent event)) {
            return;
        }
        switch (event.kind()) {
            case FAILURE, RETENTION, HOLD, RELEASE -> {
                String hash = sha256(event);
                DataOutputStream out = events.get(part(hash));
                out.writeLong(index);
                out.write(HexFormat.of().parseHex(hash));
                out.writeUTF(event.kind().word() + " of " + event.id());
            }
            default -> {
                // Names no audit event.
            }
        }
    }

    // ---- rows ----------------------------------------------------------------------------------------------------

    private void rows(Newest newest, UnitLog log) throws IOException {
        for (int i = 0; i < buckets; i++) {
            Map<UUID, PackageStory> before = stories(i, newest.head().entries());
            Map<UUID, PackageStory> after = stories(i, newest.index());
            Set<UUID> listed = new HashSet<>();
            for (RegisterRow row : RegisterRows.all(rows, RegisterRows.NEWEST, i)) {
                log.expect(Area.ROWS, 1);
                log.checked(Area.ROWS, 1);
                PackageStory story = after.get(row.id());
                if (!listed.add(row.id())) {
                    log.invalid(AuditCode.ROW_ALONE, RegisterRows.subject(row), "is a second row of this package");
                } else if (story == null || story.leaf() == null) {
                    log.invalid(
                            AuditCode.ROW_ALONE, RegisterRows.subject(row), "no entry of the log names this package");
                } else {
                    compare(row, before.getOrDefault(row.id(), story), story, log);
                }
            }
            for (PackageStory story : before.values()) {
                if (story.leaf() != null && !listed.contains(story.id())) {
                    log.expect(Area.ROWS, 1);
                    log.checked(Area.ROWS, 1);
                    log.invalid(
                            AuditCode.ROW_MISSING,
                            story.subject(),
                            "entry " + story.leafIndex() + " names it, and the catalogue of "
                                    + newest.head().at() + " has no row of it");
                }
            }
        }
    }

    /** What the log had told before an entry. */
    private Map<UUID, PackageStory> stories(int bucket, long limit) throws IOException {
        Map<UUID, PackageStory> stories = new LinkedHashMap<>();
        try (DataInputStream in = Buckets.open(rows, LogCheck.ENTRIES, bucket)) {
            for (PackageStory story : PackageStory.read(in, limit, (code, open, subject, reason) -> {})) {
                stories.put(story.id(), story);
            }
        }
        return stories;
    }

    /** @param before and {@code after}: what the log had told when the row was read at the earliest and at the latest */
    private void compare(RegisterRow row, PackageStory before, PackageStory after, UnitLog log) {
        LogLeaf leaf = Objects.requireNonNull(after.leaf());
        differs(row, RegisterField.SHA256, Set.of(leaf.sha256().hex()), log);
        differs(row, RegisterField.SM3, Set.of(leaf.sm3().hex()), log);
        differs(row, RegisterField.SIZE, Set.of(Long.toString(leaf.sizeBytes())), log);
        after.archivedAt().ifPresent(at -> differs(row, RegisterField.ARCHIVED, Set.of(at.toString()), log));
        boolean going = after.hasDestructionBegun();
        if (!going) {
            if (!after.members().isEmpty()) {
                differs(
                        row,
                        RegisterField.OBJECTS,
                        Set.of(Integer.toString(after.members().size())),
                        log);
                differs(row, RegisterField.OBJECTS_SHA256, Set.of(objectsSha256(after.members())), log);
                differs(
                        row,
                        RegisterField.UNTIL,
                        new HashSet<>(
                                List.of(before.until().toString(), after.until().toString())),
                        log);
                locked(row, after.until(), log);
            }
            if (row.get(RegisterField.DISPOSED).isPresent()) {
                log.invalid(
                        AuditCode.ROW_DIFFERS,
                        RegisterRows.subject(row),
                        "says it was destroyed, and the log says nothing of it");
            }
        }
        if (before.disposal() != null && row.get(RegisterField.DISPOSED).isEmpty()) {
            log.invalid(
                    AuditCode.ROW_DIFFERS, RegisterRows.subject(row), "does not say that the package was destroyed");
        }
        Set<String> holds = new HashSet<>();
        for (long n = Math.min(before.holds(), after.holds()); n <= Math.max(before.holds(), after.holds()); n++) {
            holds.add(Long.toString(n));
        }
        differs(row, RegisterField.HOLDS, holds, log);
        if (!holds.contains("0") && !row.get(RegisterField.HELD).equals(Optional.of("true"))) {
            log.invalid(
                    AuditCode.ROW_DIFFERS, RegisterRows.subject(row), "says it is not held, and the log says it is");
        }
    }

    /** Whoever writes down that locks last longer than they do has them never lengthened. */
    private static void locked(RegisterRow row, Instant until, UnitLog log) {
        String locked = row.get(RegisterField.LOCKED).orElse("");
        if (locked.compareTo(until.toString()) > 0) {
            log.invalid(
                    AuditCode.ROW_DIFFERS,
                    RegisterRows.subject(row),
                    "its locks are said to last until " + locked + ", promised until " + until);
        }
    }

    private static void differs(RegisterRow row, RegisterField field, Set<String> right, UnitLog log) {
        String said = row.get(field).orElse("");
        if (!right.contains(said)) {
            log.invalid(
                    AuditCode.ROW_DIFFERS,
                    RegisterRows.subject(row),
                    "its " + field.word() + " is \"" + said + "\", by the log "
                            + String.join(" or ", right.stream().sorted().toList()));
        }
    }

    private static String objectsSha256(List<LogEvent.Member> members) {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        for (LogEvent.Member member : members) {
            String sha256 = member.sha256().hex();
            digest.update((member.name() + " " + sha256 + " " + member.sizeBytes() + " " + ObjectKeys.ofContent(sha256)
                            + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    // ---- registers of before ---------------------------------------------------------------------------------------

    /** The one before, and the last one that was there when the auditor looked last; if he never did, the first. */
    private Collection<Named> toCompare(List<Named> named, long before) {
        List<Named> readable = named.stream()
                .filter(one -> one.found() != null && one.index() < before)
                .toList();
        if (readable.isEmpty()) {
            return List.of();
        }
        long lastSeen = seen.stream().mapToLong(Checkpoint::size).min().orElse(0);
        Named base = readable.stream()
                .filter(one -> one.index() < lastSeen)
                .reduce((first, second) -> second)
                .orElse(readable.get(0));
        Map<Long, Named> both = new LinkedHashMap<>();
        both.put(base.index(), base);
        Named last = readable.get(readable.size() - 1);
        both.put(last.index(), last);
        return both.values();
    }

    private void compare(Newest newest, Named earlier, UnitLog log) throws IOException {
        RegisterHead head;
        try (RegisterReader reader = RegisterReader.open(open(earlier));
                Buckets out = new Buckets(rows, EARLIER, buckets)) {
            head = reader.head();
            for (Optional<RegisterRow> row = reader.nextRow(); row.isPresent(); row = reader.nextRow()) {
                RegisterRows.write(out.get(LogCheck.bucket(row.get().id(), buckets)), row.get());
            }
        } catch (MalformedRegisterException e) {
            // Named when its first line was read; what it has is not to be relied on.
            return;
        }
        for (int i = 0; i < buckets; i++) {
            Map<UUID, RegisterRow> today = RegisterRows.byPackage(rows, RegisterRows.NEWEST, i);
            for (RegisterRow was : RegisterRows.all(rows, EARLIER, i)) {
                RegisterRow is = today.get(was.id());
                if (is == null) {
                    log.invalid(
                            AuditCode.ROW_MISSING,
                            RegisterRows.subject(was),
                            "the catalogue of " + head.at() + " had it, that of "
                                    + newest.head().at() + " does not");
                } else {
                    changed(was, is, head.at(), log);
                }
            }
        }
    }

    private void changed(RegisterRow was, RegisterRow is, Instant since, UnitLog log) {
        List<String> notes = new ArrayList<>();
        for (RegisterField field : RegisterField.values()) {
            String before = was.get(field).orElse("");
            String today = is.get(field).orElse("");
            if (before.equals(today)) {
                continue;
            }
            if (field.kind() == RegisterField.Kind.FIXED) {
                log.invalid(
                        AuditCode.ROW_CHANGED,
                        RegisterRows.subject(is),
                        "its " + field.word() + " is \"" + today + "\", and was \"" + before + "\" on " + since);
            } else if (field.kind() == RegisterField.Kind.NOTE) {
                notes.add(field.word());
            }
        }
        String lowered = lowered(was, is);
        if (!lowered.isEmpty()) {
            log.open(
                    AuditCode.ROW_CHANGED,
                    RegisterRows.subject(is),
                    lowered + " on " + since + ": ask who approved it");
        }
        if (!notes.isEmpty()) {
            log.note(
                    UnitLog.Note.ROW_NOTES,
                    RegisterRows.subject(is) + ": " + String.join(", ", notes) + " since " + since);
        }
    }

    /** Why it is kept less long than before; empty if it is not. Classes go up by themselves, and down by approval alone. */
    private static String lowered(RegisterRow was, RegisterRow is) {
        String classes = "its class is " + is.get(RegisterField.CLASS).orElse("none") + ", and was "
                + was.get(RegisterField.CLASS).orElse("none");
        Optional<String> years = is.get(RegisterField.YEARS);
        Optional<String> yearsBefore = was.get(RegisterField.YEARS);
        if (was.get(RegisterField.CLASS).isPresent()
                && (is.get(RegisterField.CLASS).isEmpty()
                        || yearsBefore.isEmpty() && years.isPresent()
                        || yearsBefore.isPresent()
                                && years.isPresent()
                                && number(years.get()) < number(yearsBefore.get()))) {
            return classes;
        }
        Optional<String> ends = is.get(RegisterField.ENDS);
        Optional<String> endsBefore = was.get(RegisterField.ENDS);
        return ends.isPresent() && endsBefore.isPresent() && ends.get().compareTo(endsBefore.get()) < 0
                ? "its period ends " + ends.get() + ", and ended " + endsBefore.get()
                : "";
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException none) {
            return -1;
        }
    }
}
