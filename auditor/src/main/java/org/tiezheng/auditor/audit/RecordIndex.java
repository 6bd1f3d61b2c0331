package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.zip.ZipLayout;

/** Which package is in which batch of evidence records. */
final class RecordIndex {
    /** Batches are hourly; who is in none after a day was forgotten. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    private final Instant now;

    RecordIndex(Instant now) {
        this.now = now;
    }

    /** The batch objects that a package is in. */
    record Place(UUID batch) {}

    /** What is known of the packages of one bucket. */
    record Part(Map<UUID, Place> places) {
        Optional<Place> find(UUID id) {
            return Optional.ofNullable(places.get(id));
        }
    }

    Part part(int bucket) {
        return new Part(Map.of());
    }

    /** A package that is in no batch: young ones are listed, older ones are a finding. */
    void uncovered(PackageStory story, LogLeaf leaf, UnitLog log) {
        if (leaf.time().isAfter(now.minus(PATIENCE))) {
            log.note(UnitLog.Note.RECORD_PENDING, story.subject());
        } else {
            log.open(AuditCode.RECORD_NONE, story.subject(), "no evidence record covers it, sealed " + leaf.time());
        }
    }

    /** Adds the evidence record to the members of a package. */
    boolean add(
            Place place,
            PackageStory story,
            List<ZipLayout.Item> items,
            Map<String, PackageCheck.Source> members,
            UnitLog log)
            throws IOException {
        throw new IOException("batch " + place.batch());
    }
}
