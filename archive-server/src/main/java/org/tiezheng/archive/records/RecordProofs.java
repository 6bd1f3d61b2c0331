package org.tiezheng.archive.records;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;
import org.tiezheng.archive.catalogue.ProofSource;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.record.GroupMismatchException;

/** Puts a package's evidence record into every export, with the manifest that lists its group. */
public final class RecordProofs implements ProofSource {
    private static final int MOST = 999;

    private final RecordTable table;
    private final RecordObjects objects;
    private final MemberNamesOf members;

    /** Names of a package's members, to find a number that is free. */
    @FunctionalInterface
    interface MemberNamesOf {
        List<String> of(UUID evidence);
    }

    RecordProofs(RecordTable table, RecordObjects objects, MemberNamesOf members) {
        this.table = table;
        this.objects = objects;
        this.members = members;
    }

    @Override
    public List<Proof> proofs(UUID evidence) {
        Batch batch = table.chainOf(evidence).flatMap(table::head).orElse(null);
        if (batch == null) {
            return List.of();
        }
        try {
            byte[] record = record(evidence, batch);
            int number = freeNumber(members.of(evidence));
            List<AsicManifest.Entry> group = table.groups(List.of(evidence)).getOrDefault(evidence, List.of()).stream()
                    .map(object -> new AsicManifest.Entry(object.member(), Digest.sha256(object.sha256())))
                    .toList();
            byte[] manifest = AsicManifest.forEvidenceRecord(number, group).toXml();
            return List.of(
                    new Proof(AsicNames.evidenceRecordManifest(number), manifest),
                    new Proof(AsicNames.evidenceRecord(number), record));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The record of a package from this batch.
     *
     * @throws IOException if the batch's object cannot be read, or the catalogue names other digests than the batch was made of
     */
    byte[] record(UUID evidence, Batch batch) throws IOException {
        try {
            return objects.read(batch).evidenceRecord(evidence, objects.digests(evidence));
        } catch (GroupMismatchException | IllegalArgumentException e) {
            throw new IOException("evidence record of " + evidence + ": " + e.getMessage(), e);
        }
    }

    /** A package may have come with a record of its own: ours stands beside it. */
    static int freeNumber(List<String> members) {
        for (int number = 1; number <= MOST; number++) {
            if (!members.contains(AsicNames.evidenceRecord(number))
                    && !members.contains(AsicNames.evidenceRecordManifest(number))) {
                return number;
            }
        }
        throw new IllegalStateException("999 records in one package");
    }
}
