package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.auditor.log.LogWalk;
import org.tiezheng.auditor.log.TreeSoFar;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEntry;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;

/**
 * First step: is this the log, is it whole, is it the one that others saw; and what does it promise of objects.
 *
 * <p>Entries of packages are cut into buckets by package, promises into buckets by digest; nothing else stays. Used once.
 */
final class LogCheck {
    /** Rows of entries about packages, by package. */
    static final String ENTRIES = "entries";
    /** Rows of what is promised of objects, by digest. */
    static final String PROMISES = "promises";
    /** Entries of objects that are in no package. */
    static final String KEPT = "kept";
    /** The lot below which a package is drawn. */
    static final String LOT = "lot.txt";

    /** Clocks differ, entries wait in a queue. */
    private static final Duration TOLERANCE = Duration.ofMinutes(10);
    /** A transaction may be so slow, or its queue; what is dated earlier than entries so much older was dated back. */
    private static final Duration SLOW = Duration.ofHours(1);

    private final LogFiles files;
    private final Checkpoint checkpoint;
    private final @Nullable LogPolicy policy;
    private final List<Checkpoint> earlier;
    private final Instant now;
    private final Sample sample;
    private final int digits;
    private final Path rows;

    /** When a tree of so many entries was seen by a witness. */
    private record Seen(long size, Instant at) {}

    /** From this entry on the log signs with the key of that digest, by its own word. */
    private record KeySaid(long index, Digest sha256) {}

    private final List<Seen> seen = new ArrayList<>();
    private final List<KeySaid> keys = new ArrayList<>();
    private Instant newest = Instant.EPOCH;
    private long newestIndex;

    /**
     * @param checkpoint what the log has to be; it grows meanwhile
     * @param earlier checkpoints that somebody kept
     * @param digits of the buckets, see {@link KeySpace}
     */
    LogCheck(
            LogFiles files,
            Checkpoint checkpoint,
            @Nullable LogPolicy policy,
            List<Checkpoint> earlier,
            Instant now,
            Sample sample,
            int digits,
            Path rows) {
        this.files = files;
        this.checkpoint = checkpoint;
        this.policy = policy;
        this.earlier = List.copyOf(earlier);
        this.now = now;
        this.sample = sample;
        this.digits = digits;
        this.rows = rows;
    }

    void run(UnitLog log) throws IOException {
        signature(log);
        earlier.forEach(one -> earlierSignature(one, log));
        log.expect(Area.LOG, checkpoint.size());
        log.expect(Area.ENTRIES, checkpoint.size());
        log.expect(Area.TIMES, checkpoint.size());
        int buckets = 1 << (4 * digits);
        Sample.Draw draw = sample.new Draw();
        try (Buckets entries = new Buckets(rows, ENTRIES, buckets);
                Buckets kept = new Buckets(rows, KEPT, 1)) {
            LogWalk walk = new LogWalk(files, checkpoint);
            List<LogWalk.Damage> damage = walk.run((index, entry, before) -> {
                history(before, log);
                sort(index, entry, entries, kept.get(0), draw, log);
            });
            history(walk.tree(), log);
            damage.forEach(one -> damaged(one, log));
            log.checked(Area.LOG, walk.tree().size());
        }
        for (Checkpoint one : earlier) {
            if (one.size() > checkpoint.size()) {
                log.invalid(
                        AuditCode.LOG_HISTORY,
                        "checkpoint of " + one.size() + " entries",
                        "the log has " + checkpoint.size() + " now: it was set back");
            }
        }
        key(checkpoint, log);
        earlier.forEach(one -> key(one, log));
        draw.keep(rows.resolveSibling(LOT));
        promises(log, buckets);
    }

    private void signature(UnitLog log) {
        String subject = "checkpoint of " + checkpoint.size() + " entries, " + checkpoint.origin();
        LogPolicy trusted = policy;
        if (trusted == null) {
            log.open(AuditCode.LOG_SIGNATURE, subject, "no policy says which log and which witnesses to believe");
            return;
        }
        if (trusted.logOf(checkpoint).isEmpty()) {
            boolean known =
                    trusted.logs().stream().anyMatch(site -> site.key().name().equals(checkpoint.origin()));
            log.add(
                    AuditCode.LOG_SIGNATURE,
                    known ? Verdict.INVALID : Verdict.INDETERMINATE,
                    subject,
                    known ? "the log's signature is missing or wrong" : "the policy does not know this log");
        }
        if (!trusted.isWitnessed(checkpoint)) {
            log.open(AuditCode.LOG_QUORUM, subject, "not enough witnesses of the policy cosigned it");
        }
        cosigned(checkpoint, trusted);
    }

    /** The key that signed a checkpoint is the one the log named last before; of logs that name none nothing is known. */
    private void key(Checkpoint one, UnitLog log) {
        Optional<Digest> signed = Optional.ofNullable(policy)
                .flatMap(trusted -> trusted.logOf(one))
                .map(site ->
                        Digest.of(Digest.Algorithm.SHA256, site.key().toString().getBytes(StandardCharsets.UTF_8)));
        Optional<KeySaid> said =
                keys.stream().filter(key -> key.index() < one.size()).reduce((first, second) -> second);
        if (signed.isPresent()
                && said.isPresent()
                && one.origin().equals(checkpoint.origin())
                && !said.get().sha256().equals(signed.get())) {
            log.open(
                    AuditCode.LOG_KEY,
                    "checkpoint of " + one.size() + " entries",
                    "is signed by a key other than the one of entry "
                            + said.get().index());
        }
    }

    private void earlierSignature(Checkpoint one, UnitLog log) {
        LogPolicy trusted = policy;
        if (!one.origin().equals(checkpoint.origin())) {
            log.open(AuditCode.LOG_HISTORY, "checkpoint of " + one.origin(), "is of another log");
        } else if (trusted != null && trusted.logOf(one).isEmpty()) {
            log.open(
                    AuditCode.LOG_HISTORY,
                    "checkpoint of " + one.size() + " entries",
                    "the earlier checkpoint is not signed by the log of the policy");
        } else if (trusted != null) {
            cosigned(one, trusted);
        }
    }

    private void cosigned(Checkpoint one, LogPolicy trusted) {
        trusted.witnesses().values().stream()
                .map(witness -> one.cosignedAt(witness.key()))
                .flatMap(Optional::stream)
                .forEach(at -> seen.add(new Seen(one.size(), at)));
    }

    /** The tree so far is that of an earlier checkpoint, if it has its size. */
    private void history(TreeSoFar tree, UnitLog log) {
        for (Checkpoint one : earlier) {
            if (one.size() == tree.size()
                    && one.origin().equals(checkpoint.origin())
                    && !one.root().equals(tree.root())) {
                log.invalid(
                        AuditCode.LOG_HISTORY,
                        "checkpoint of " + one.size() + " entries",
                        "its root was " + one.root().base64() + ", that of the same entries today is "
                                + tree.root().base64() + ": the log was rewritten");
            }
        }
    }

    private static void damaged(LogWalk.Damage damage, UnitLog log) {
        switch (damage.kind()) {
            case ROOT ->
                log.invalid(AuditCode.LOG_ROOT, damage.where(), "the entries do not give its root; " + damage.reason());
            case ENTRY -> log.invalid(AuditCode.LOG_ENTRY, "entry " + damage.where(), "is not what the log signed");
            case TILE -> log.invalid(AuditCode.LOG_TILE, damage.where(), damage.reason());
            case MISSING -> log.invalid(AuditCode.LOG_TILE, damage.where(), "is missing; " + damage.reason());
            case UNREADABLE -> log.open(AuditCode.LOG_TILE, damage.where(), "cannot be read: " + damage.reason());
        }
    }

    private void sort(long index, byte[] bytes, Buckets entries, DataOutputStream kept, Sample.Draw draw, UnitLog log)
            throws IOException {
        LogEntry entry;
        try {
            entry = LogEntries.parse(bytes);
        } catch (MalformedLogException e) {
            log.invalid(AuditCode.LEAF_UNREADABLE, "entry " + index, String.valueOf(e.getMessage()));
            return;
        }
        log.checked(Area.ENTRIES, 1);
        if (entry instanceof LogEvent event && event.kind() == LogEvent.Kind.KEY && event.sha256() != null) {
            keys.add(new KeySaid(index, event.sha256()));
        }
        times(index, entry, log);
        if (entry instanceof LogLeaf) {
            draw.add(entry.id());
        }
        if (isOfPackage(entry)) {
            PackageStory.write(entries.get(bucket(entry.id(), 1 << (4 * digits))), index, bytes);
        } else {
            PackageStory.write(kept, index, bytes);
        }
    }

    /** A repair may be of a package or of a kept object; it is told by its digest. */
    private static boolean isOfPackage(LogEntry entry) {
        return entry instanceof LogLeaf
                || (entry instanceof LogEvent event
                        && switch (event.kind()) {
                            case OBJECTS, RETENTION, HOLD, RELEASE, DELETION, DISPOSAL -> true;
                            case FAILURE, DISCARD, REPAIR, RECORDS, RENEWAL, REPORT, KEY, TSA, REGISTER -> false;
                        });
    }

    /** Where entries of a package go. Ids are random, their last bits at least. */
    static int bucket(UUID id, int buckets) {
        return (int) (id.getLeastSignificantBits() & (buckets - 1));
    }

    /**
     * An event is written down when it happens: entries stand in the order of their times, but for a delay. A package says when
     * it was sealed, which may be long before it reached the archive; its seal proves that time.
     */
    private void times(long index, LogEntry entry, UnitLog log) {
        log.checked(Area.TIMES, 1);
        String subject = "entry " + index + " of " + entry.id();
        Instant latest = now;
        for (Seen one : seen) {
            if (one.size() > index && one.at().isBefore(latest)) {
                latest = one.at();
            }
            if (one.size() <= index
                    && entry instanceof LogEvent
                    && entry.time().isBefore(one.at().minus(SLOW))) {
                log.invalid(
                        AuditCode.TIME_BACK,
                        subject,
                        "dated " + entry.time() + ", and not there when a witness saw " + one.size() + " entries at "
                                + one.at());
                return;
            }
        }
        if (entry.time().isAfter(latest.plus(TOLERANCE))) {
            log.invalid(AuditCode.TIME_AHEAD, subject, "dated " + entry.time() + ", and was there at " + latest);
            return;
        }
        if (entry instanceof LogEvent) {
            if (entry.time().isBefore(newest.minus(SLOW))) {
                log.invalid(
                        AuditCode.TIME_BACK,
                        subject,
                        "dated " + entry.time() + ", behind entry " + newestIndex + " dated " + newest);
            } else if (entry.time().isAfter(newest)) {
                newest = entry.time();
                newestIndex = index;
            }
        }
    }

    // ---- what is promised ---------------------------------------------------------------------------------------

    private void promises(UnitLog log, int buckets) throws IOException {
        Sample.Drawn drawn = sample.new Drawn(rows.resolveSibling(LOT));
        try (Buckets promises = new Buckets(rows, PROMISES, buckets)) {
            for (int i = 0; i < buckets; i++) {
                try (DataInputStream in = Buckets.open(rows, ENTRIES, i)) {
                    for (PackageStory story : PackageStory.read(in, complaints(log))) {
                        story.complainAtEnd(complaints(log), story.leafIndex() == checkpoint.size() - 1, now);
                        if (story.isGoing(now)) {
                            log.note(UnitLog.Note.DISPOSAL_RUNNING, story.subject());
                        }
                        promise(story, drawn.contains(story.id()), promises);
                    }
                }
            }
            try (DataInputStream in = Buckets.open(rows, KEPT, 0)) {
                PackageStory.readEntries(in, (index, entry) -> promise((LogEvent) entry, promises));
            }
        }
    }

    static PackageStory.Complaints complaints(UnitLog log) {
        return (code, open, subject, reason) ->
                log.add(code, open ? Verdict.INDETERMINATE : Verdict.INVALID, subject, reason);
    }

    private void promise(PackageStory story, boolean isDrawn, Buckets promises) throws IOException {
        LogEvent disposal = story.disposal();
        int flags = (disposal == null ? 0 : ObjectRow.DISPOSED)
                | (story.isHeld() ? ObjectRow.HELD : 0)
                | (isDrawn ? ObjectRow.READ : 0)
                | (story.isGoing(now) ? ObjectRow.GOING : 0);
        long until = story.until().getEpochSecond();
        LogLeaf leaf = story.leaf();
        long from = leaf == null ? 0 : leaf.time().getEpochSecond();
        for (LogEvent.Member member : story.members()) {
            put(
                    promises,
                    new ObjectRow(
                            member.sha256().hex(), member.sizeBytes(), from, until, flags, story.id(), member.name()));
        }
        if (story.members().isEmpty() && leaf != null) {
            put(
                    promises,
                    new ObjectRow(
                            leaf.sha256().hex(), leaf.sizeBytes(), from, until, flags, story.id(), AsicNames.WACZ));
        }
        if (disposal != null) {
            put(promises, kept(disposal, ObjectRow.READ | ObjectRow.PERMANENT));
        }
    }

    private void promise(LogEvent event, Buckets promises) throws IOException {
        switch (event.kind()) {
            case RECORDS, RENEWAL, REPORT, REGISTER -> put(promises, kept(event, ObjectRow.READ));
            case REPAIR -> put(promises, kept(event, ObjectRow.REPAIRED));
            default -> {
                // Of things that are no objects.
            }
        }
    }

    private static ObjectRow kept(LogEvent event, int flags) {
        Instant until = event.until();
        Long size = event.sizeBytes();
        return new ObjectRow(
                java.util.Objects.requireNonNull(event.sha256(), "of an object").hex(),
                size == null ? -1 : size,
                0,
                until == null ? 0 : until.getEpochSecond(),
                flags,
                event.id(),
                event.kind().word());
    }

    private void put(Buckets promises, ObjectRow row) throws IOException {
        row.write(promises.get(Integer.parseInt(row.sha256().substring(0, digits), 16)));
    }

    /** How finely to cut, so that a bucket of a log of that size has a few ten thousand rows. */
    static int digitsFor(long entries) {
        return entries > 50_000 ? 2 : 1;
    }
}
