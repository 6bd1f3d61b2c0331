package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.asic.SumsFile;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.register.RegisterRow;
import org.tiezheng.evidence.zip.LayoutChannel;
import org.tiezheng.evidence.zip.ZipLayout;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.verifier.Facts;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;

/**
 * Puts each package together again out of its objects, as the archive would hand it to a court, and verifies it; then compares
 * it with its entry in the log.
 *
 * <p>Memory: the stories of one bucket, and what a verification takes. Safe for use by several threads.
 */
final class PackageCheck {
    /** Seal and entry are of one moment; more than this apart, one of them lies. */
    private static final Duration TOLERANCE = Duration.ofMinutes(10);

    private static final int MAX_SUMS_BYTES = 1 << 16;
    private static final int MAX_NAMED = 10;
    /** In no batch. */
    private static final int NOWHERE = -1;

    private final ObjectStore store;
    private final Instant now;
    private final FoundObjects found;
    private final Verifier verifier;
    private final RecordIndex records;
    private final Path rows;
    private final Sample.Drawn drawn;
    private final LongConsumer verified;

    /** @param verified told of each package that is done */
    PackageCheck(
            ObjectStore store,
            Instant now,
            FoundObjects found,
            Verifier verifier,
            RecordIndex records,
            Path rows,
            Sample.Drawn drawn,
            LongConsumer verified) {
        this.store = store;
        this.now = now;
        this.found = found;
        this.verifier = verifier;
        this.records = records;
        this.rows = rows;
        this.drawn = drawn;
        this.verified = verified;
    }

    /** @param entries of a bucket of packages */
    void check(DataInputStream entries, int bucket, UnitLog log) throws IOException {
        Map<UUID, Integer> places = records.places(bucket);
        Map<UUID, RegisterRow> listed = RegisterRows.byPackage(rows, RegisterRows.NEWEST, bucket);
        List<PackageStory> stories = PackageStory.read(entries, (code, open, subject, reason) -> {});
        // Packages of one batch one after the other, so that its object is read once.
        stories.sort(Comparator.comparing((PackageStory story) -> places.getOrDefault(story.id(), NOWHERE)));
        for (PackageStory story : stories) {
            LogLeaf leaf = story.leaf();
            if (leaf == null || story.disposal() != null || story.isGoing(now)) {
                continue;
            }
            log.expect(Area.PACKAGES, 1);
            log.expect(Area.RECORDS, 1);
            log.expect(Area.TIMES, 1);
            int place = places.getOrDefault(story.id(), NOWHERE);
            if (place == NOWHERE) {
                records.uncovered(story, leaf, log);
            }
            if (drawn.contains(story.id())) {
                check(story, leaf, place, listed.get(story.id()), log);
                verified.accept(1);
            }
        }
    }

    private void check(PackageStory story, LogLeaf leaf, int place, @Nullable RegisterRow listed, UnitLog log)
            throws IOException {
        Map<String, Source> members = new HashMap<>();
        List<ZipLayout.Item> items = new ArrayList<>();
        List<String> lacking = new ArrayList<>();
        for (LogEvent.Member member : story.members()) {
            FoundObjects.Found object = found.find(member.sha256().hex())
                    .filter(FoundObjects.Found::isRead)
                    .orElse(null);
            if (object == null) {
                lacking.add(member.name());
            } else {
                members.put(member.name(), (offset, length) -> store.get(object.version(), offset, length));
                items.add(new ZipLayout.Item(member.name(), member.sizeBytes(), object.crc32()));
            }
        }
        if (!lacking.isEmpty() || items.isEmpty()) {
            log.open(
                    AuditCode.PACKAGE_INCOMPLETE,
                    story.subject(),
                    "cannot be verified without " + (items.isEmpty() ? "its objects" : String.join(", ", lacking)));
            return;
        }
        RowCheck row = listed == null ? null : new RowCheck(listed, log);
        if (row != null && !arrived(story, row, items, members, log)) {
            return;
        }
        boolean covered = place != NOWHERE && records.add(place, story, items, members, log);
        ZipLayout layout;
        try {
            layout = ZipLayout.of(items);
        } catch (IllegalArgumentException e) {
            log.invalid(AuditCode.PACKAGE_REFUSED, story.subject(), String.valueOf(e.getMessage()));
            return;
        }
        Report report;
        try (LayoutChannel channel = new LayoutChannel(layout, (name, offset, length) -> {
            Source source = members.get(name);
            if (source == null) {
                throw new IOException("no object for " + name);
            }
            return source.open(offset, length);
        })) {
            report = verifier.verify(channel, story.id() + ".asice", (read, of) -> {});
            if (row != null) {
                row.facts(report.facts());
                row.capture(channel);
            }
        } catch (IOException e) {
            log.open(AuditCode.PACKAGE_INCOMPLETE, story.subject(), "cannot be read: " + e.getMessage());
            return;
        }
        log.checked(Area.PACKAGES, 1);
        judge(story, report, covered, log);
        compare(story, leaf, report.facts(), log);
        sm3(story, leaf, members, items, log);
    }

    /** The row's digest is of the file as it came, before records were added. False if it cannot be put together. */
    private static boolean arrived(
            PackageStory story, RowCheck row, List<ZipLayout.Item> items, Map<String, Source> members, UnitLog log) {
        Map<String, Long> sizes = new HashMap<>();
        items.forEach(item -> sizes.put(item.name(), item.sizeBytes()));
        try {
            row.file(ZipLayout.of(items), (name, offset) -> {
                Source source = members.get(name);
                Long size = sizes.get(name);
                if (source == null || size == null) {
                    throw new IOException("no object for " + name);
                }
                return source.open(offset, size - offset);
            });
            return true;
        } catch (IllegalArgumentException e) {
            log.invalid(AuditCode.PACKAGE_REFUSED, story.subject(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            log.open(AuditCode.PACKAGE_INCOMPLETE, story.subject(), "cannot be read: " + e.getMessage());
        }
        return false;
    }

    /** Where the bytes of a member are. */
    @FunctionalInterface
    interface Source {
        InputStream open(long offset, long length) throws IOException;
    }

    private static void judge(PackageStory story, Report report, boolean covered, UnitLog log) {
        if (covered) {
            log.checked(Area.RECORDS, 1);
        }
        List<Finding> problems = report.problems();
        List<Finding> ofRecord = problems.stream()
                .filter(finding -> finding.code().name().startsWith("R"))
                .toList();
        List<Finding> others =
                problems.stream().filter(finding -> !ofRecord.contains(finding)).toList();
        if (!ofRecord.isEmpty()) {
            log.add(AuditCode.RECORD_REFUSED, Verdict.worstOf(ofRecord), story.subject(), text(ofRecord));
        }
        if (!others.isEmpty()) {
            log.add(AuditCode.PACKAGE_REFUSED, Verdict.worstOf(others), story.subject(), text(others));
        } else if (report.findings().isEmpty()) {
            log.open(AuditCode.PACKAGE_REFUSED, story.subject(), "nothing in it could be checked");
        }
    }

    private static String text(List<Finding> findings) {
        return findings.stream().limit(MAX_NAMED).map(Finding::toString).collect(Collectors.joining("; "))
                + (findings.size() > MAX_NAMED ? "; and " + (findings.size() - MAX_NAMED) + " more" : "");
    }

    private static void compare(PackageStory story, LogLeaf leaf, Facts facts, UnitLog log) {
        String id = facts.packageId();
        if (id != null && !id.equals(story.id().toString())) {
            log.invalid(AuditCode.PACKAGE_OTHER, story.subject(), "its capture.json says it is " + id);
        }
        Digest sha256 = facts.waczSha256();
        if (sha256 != null && !sha256.equals(leaf.sha256())) {
            log.invalid(AuditCode.PACKAGE_OTHER, story.subject(), "its content is not that of its entry");
        }
        Facts.Bound sealed = facts.before();
        if (sealed == null) {
            return;
        }
        log.checked(Area.TIMES, 1);
        Instant time = sealed.genTime();
        if (Duration.between(leaf.time(), time).abs().compareTo(TOLERANCE) > 0) {
            log.invalid(
                    AuditCode.TIME_SEAL, story.subject(), "its entry is dated " + leaf.time() + ", its seal " + time);
        }
    }

    /** The sealed list of digests must have the SM3 of the entry; whether it is that of the bytes is the verifier's --sm3. */
    private static void sm3(
            PackageStory story, LogLeaf leaf, Map<String, Source> members, List<ZipLayout.Item> items, UnitLog log) {
        Source source = members.get(AsicNames.SM3SUMS);
        long size = items.stream()
                .filter(item -> item.name().equals(AsicNames.SM3SUMS))
                .mapToLong(ZipLayout.Item::sizeBytes)
                .findFirst()
                .orElse(0);
        if (source == null || size > MAX_SUMS_BYTES) {
            return;
        }
        try (InputStream in = source.open(0, size)) {
            SumsFile sums = SumsFile.parse(Digest.Algorithm.SM3, in.readNBytes((int) size), AsicNames.SM3SUMS)
                    .value();
            Digest listed = sums == null ? null : sums.sums().get(AsicNames.WACZ);
            if (listed != null && !listed.equals(leaf.sm3())) {
                log.invalid(AuditCode.PACKAGE_OTHER, story.subject(), "its SM3 digest is not that of its entry");
            }
        } catch (IOException e) {
            log.open(AuditCode.PACKAGE_INCOMPLETE, story.subject(), "cannot be read: " + e.getMessage());
        }
    }
}
