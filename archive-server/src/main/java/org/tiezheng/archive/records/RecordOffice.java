package org.tiezheng.archive.records;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.time.TimestampToken;

/** What people may see and do about evidence records; the screen and REST are two doors to it. */
final class RecordOffice {
    private static final String LIST = "record-batches";
    private static final int PAGE = 50;
    private static final int MOST_BAD = 200;

    private final RecordTable table;
    private final RecordBatches batches;
    private final RecordObjects objects;
    private final RecordProofs proofs;
    private final RecordFigures figures;
    private final EvidenceAccess access;
    private final Cursor cursors;

    RecordOffice(
            RecordTable table,
            RecordBatches batches,
            RecordObjects objects,
            RecordProofs proofs,
            RecordFigures figures,
            EvidenceAccess access,
            Cursor cursors) {
        this.table = table;
        this.batches = batches;
        this.objects = objects;
        this.proofs = proofs;
        this.figures = figures;
        this.access = access;
        this.cursors = cursors;
    }

    /** @param next cursor of the following page; null on the last */
    record Overview(
            RecordFigures.Now figures,
            List<Batch> batches,
            @Nullable String next) {}

    Overview overview(@Nullable String cursor) {
        List<String> position = cursors.decode(LIST, cursor, 2);
        Cursor.Page<Batch> page = cursors.page(
                LIST,
                table.list(
                        position == null ? null : Instant.parse(position.get(0)),
                        position == null ? null : UUID.fromString(position.get(1)),
                        PAGE + 1),
                PAGE,
                batch -> List.of(batch.createdAt().toString(), batch.id().toString()));
        return new Overview(figures.now(), page.rows(), page.next());
    }

    /**
     * One batch.
     *
     * @param sha256 of its object; null before it is kept
     * @param lockedUntil of its object; null before it is kept
     * @param read packages that a hash-tree renewal has read; of {@code batch.members()} while it reads
     * @param bytes that it read
     * @param bad packages that stayed behind, at most 200
     * @param renewable whether a renewal can be begun
     * @param cancellable whether it can be stopped
     */
    record Details(
            Batch batch,
            @Nullable String sha256,
            @Nullable Long sizeBytes,
            @Nullable Instant lockedUntil,
            long read,
            long bytes,
            long badPackages,
            List<RecordTable.Bad> bad,
            boolean renewable,
            boolean cancellable) {}

    Details details(UUID id) {
        Batch batch = table.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        KeptObject kept = objects.find(id).orElse(null);
        RecordTable.Progress progress = table.progress(id);
        return new Details(
                batch,
                kept == null ? null : kept.sha256(),
                kept == null ? null : kept.sizeBytes(),
                kept == null ? null : kept.until(),
                progress.read(),
                progress.bytes(),
                progress.bad(),
                table.bad(id, MOST_BAD),
                batch.live() && !table.isRenewalOpen(id),
                batch.kind() != Batch.Kind.FIRST
                        && (batch.state() == Batch.State.READING || batch.state() == Batch.State.CHOSEN));
    }

    void requestNow(Actor by) {
        batches.requestNow(by);
    }

    /** @param kind TOKEN or TREE */
    UUID renew(UUID id, String kind, Actor by) {
        if (!kind.equals("TOKEN") && !kind.equals("TREE")) {
            throw Problem.invalid("kind", "records-kind");
        }
        return batches.renew(id, Batch.Kind.valueOf(kind), by);
    }

    void cancel(UUID id, Actor by) {
        batches.cancel(id, by);
    }

    /**
     * A package's record.
     *
     * @param batch the newest batch it is made from; null if it has no record yet
     * @param tokens the oldest first
     */
    record PackageRecord(UUID evidenceId, @Nullable Batch batch, List<Token> tokens) {}

    /** @param chain from 1; a new chain is a hash-tree renewal */
    record Token(
            int chain,
            String hash,
            Instant genTime,
            String authority,
            @Nullable Instant certificateEnd) {}

    /** @throws Problem 404 or 403, as for the evidence itself */
    PackageRecord ofPackage(UUID evidence, Actor actor) {
        var unused = access.open(evidence, actor, "evidence.view", "record");
        Batch batch = table.chainOf(evidence).flatMap(table::head).orElse(null);
        if (batch == null) {
            return new PackageRecord(evidence, null, List.of());
        }
        List<Token> tokens = new ArrayList<>();
        List<RecordBatch.Chain> chains = read(batch).chains();
        for (int c = 0; c < chains.size(); c++) {
            for (TimestampToken token : chains.get(c).tokens()) {
                tokens.add(new Token(
                        c + 1,
                        chains.get(c).hash().name(),
                        token.genTime(),
                        token.authority(),
                        token.authorityCertificate()
                                .map(tsa -> tsa.getNotAfter().toInstant())
                                .orElse(null)));
            }
        }
        return new PackageRecord(evidence, batch, List.copyOf(tokens));
    }

    /** The record itself, RFC 4998, DER. */
    byte[] file(UUID evidence, Actor actor) {
        var unused = access.open(evidence, actor, "evidence.download", "record");
        Batch batch = table.chainOf(evidence)
                .flatMap(table::head)
                .orElseThrow(() -> Problem.notFound("evidence record of " + evidence));
        try {
            return proofs.record(evidence, batch);
        } catch (IOException e) {
            throw Problem.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "records.unreadable",
                            batch.id().toString())
                    .because(e);
        }
    }

    private RecordBatch read(Batch batch) {
        try {
            return objects.read(batch);
        } catch (FileNotFoundException e) {
            throw Problem.notFound(batch.id().toString());
        } catch (IOException e) {
            throw Problem.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "records.unreadable",
                            batch.id().toString())
                    .because(e);
        }
    }
}
