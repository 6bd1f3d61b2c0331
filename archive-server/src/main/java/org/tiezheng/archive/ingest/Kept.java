package org.tiezheng.archive.ingest;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.ingest.IngestRefused.Code;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;

/**
 * Packages that are kept apart, for a person to decide: those in quarantine and the orphans.
 *
 * <p>A decision needs a reason and is an audit event. Nothing in quarantine can be let in: it can only be verified again, after a
 * root was added for instance.
 */
public final class Kept {
    private static final int MAX_REASON = 1000;

    private final UploadTable table;
    private final IngestFolders folders;
    private final CaptureJobs jobs;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final LogQueue log;
    private final Clock clock;

    Kept(
            UploadTable table,
            IngestFolders folders,
            CaptureJobs jobs,
            TransactionTemplate transactions,
            AuditLog audit,
            LogQueue log,
            Clock clock) {
        this.table = table;
        this.folders = folders;
        this.jobs = jobs;
        this.transactions = transactions;
        this.audit = audit;
        this.log = log;
        this.clock = clock;
    }

    /**
     * Newest first.
     *
     * @param state QUARANTINED or ORPHANED
     * @param before and {@code beforeId}: {@link Upload#createdAt} and id of the last one seen; null for the first part
     */
    public List<Upload> list(UploadState state, @Nullable Instant before, @Nullable UUID beforeId, int limit) {
        return table.kept(state, before, beforeId, limit);
    }

    public int count(UploadState state) {
        return table.count(state);
    }

    /** One that is in this state. */
    public Optional<Upload> find(UUID id, UploadState state) {
        return table.find(id).filter(upload -> upload.state() == state);
    }

    /**
     * Where its bytes are, for giving them out; the download is an audit event.
     *
     * @throws FileNotFoundException if they are gone
     */
    public Path file(UUID id, UploadState state, Actor by) throws FileNotFoundException {
        Path file = folders.find(id).orElseThrow(() -> new FileNotFoundException("no bytes of upload " + id));
        transactions.executeWithoutResult(status -> record(locked(id, state), by, "upload.download", null));
        return file;
    }

    /** Lets an orphan in as evidence without a job, with officers and links of the job it was made for. */
    public void adopt(UUID id, String reason, Actor by) {
        String why = required(reason);
        transactions.executeWithoutResult(status -> {
            Upload upload = locked(id, UploadState.ORPHANED);
            UploadContext context = upload.jobId() == null
                    ? upload.context()
                    : jobs.find(upload.jobId()).orElse(upload.context());
            table.adopted(id, context);
            table.decided(id, by, why);
            table.change(id, UploadTable.Change.to(UploadState.VERIFYING), clock.instant());
            record(upload, by, "upload.adopted", why);
        });
    }

    /** Has a package of the quarantine verified again. */
    public void verifyAgain(UUID id, String reason, Actor by) {
        String why = required(reason);
        transactions.executeWithoutResult(status -> {
            Upload upload = locked(id, UploadState.QUARANTINED);
            table.decided(id, by, why);
            table.change(id, UploadTable.Change.to(UploadState.VERIFYING), clock.instant());
            record(upload, by, "upload.verify-again", why);
        });
    }

    /** Throws the bytes away; row, report and reason stay, and the transparency log says that there were these bytes. */
    public void discard(UUID id, UploadState state, String reason, Actor by) throws IOException {
        String why = required(reason);
        transactions.executeWithoutResult(status -> {
            Upload upload = locked(id, state);
            table.decided(id, by, why);
            table.change(
                    id,
                    UploadTable.Change.to(UploadState.DISCARDED)
                            .because(
                                    Objects.requireNonNullElse(upload.reasonCode(), "DISCARDED"),
                                    Objects.requireNonNullElse(upload.reason(), "")),
                    clock.instant());
            log.append(LogEvent.ofObject(
                    LogEvent.Kind.DISCARD,
                    id,
                    Digest.sha256(upload.sha256()),
                    upload.sizeBytes(),
                    null,
                    clock.instant()));
            record(upload, by, "upload.discarded", why);
        });
        // If we die before this, Ingest.recover() does it.
        folders.delete(id);
    }

    private Upload locked(UUID id, UploadState state) {
        Upload upload = table.lock(id).orElseThrow(() -> new IngestRefused(Code.NO_SUCH_UPLOAD, String.valueOf(id)));
        if (upload.state() != state) {
            throw new IngestRefused(Code.WRONG_STATE, upload.state().name());
        }
        return upload;
    }

    private static String required(String reason) {
        if (reason.isBlank() || reason.length() > MAX_REASON) {
            throw new IngestRefused(Code.MALFORMED, "a reason of 1 to " + MAX_REASON + " characters");
        }
        return reason.strip();
    }

    private void record(Upload upload, Actor by, String action, @Nullable String reason) {
        audit.append(new AuditEvent(
                by, action, "upload", upload.id().toString(), upload.sha256(), AuditEvent.Result.OK, reason, null));
    }
}
