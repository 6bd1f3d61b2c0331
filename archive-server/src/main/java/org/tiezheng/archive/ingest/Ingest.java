package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.ingest.PackageReader.UnreadablePackageException;
import org.tiezheng.archive.retention.Retentions;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.storage.ContentMismatchException;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.verifier.Facts;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import org.tiezheng.verifier.cli.JsonReport;

/**
 * Takes a package that has arrived and brings it to its end: into the archive, into quarantine, or among the orphans.
 *
 * <pre>
 * RECEIVING ── complete ──▶ VERIFYING ──▶ STORING ──▶ ARCHIVED
 *     │                         │  │  └──▶ ORPHANED     the job is another agent's by now; a person may adopt (VERIFYING again)
 *     ▼                         │  └─────▶ QUARANTINED  verification failed; a person may have it verified again
 *  REJECTED ◀───────────────────┘          not the announced bytes     DISCARDED  by a person, from the two above
 * </pre>
 *
 * <p>Each arrow is one transaction. What a crash between two durable steps leaves, and who completes it ({@link #recover} at
 * start puts every VERIFYING and STORING back to work, from the verification on; nothing that was verified by a process that
 * died is believed):
 *
 * <ul>
 *   <li>bytes synced, offset not written: the file is longer than the row says; the sender goes on at the row's offset
 *   <li>verified, nothing written: verified again
 *   <li>moved to quarantine or orphans, row not changed: the bytes are looked for in all three places; the move is repeated, which
 *       changes nothing, and the row is written
 *   <li>an object stored, not named in {@code upload_object}: put again, which gives the version that is there
 *   <li>some objects named: only the others are put
 *   <li>all objects stored, no catalogue row: the transaction is made
 *   <li>in the transaction: all of it or nothing, the job's end included
 *   <li>archived, file not deleted: {@link #recover} deletes it
 * </ul>
 *
 * Objects that were stored for a package that then found no place stay under their lock; {@link StrayObjects} lists them.
 *
 * <p>Reason codes: {@code NOT_ANNOUNCED} (digest), {@code BYTES_LOST}, {@code ABANDONED}; {@code INVALID}, {@code INDETERMINATE},
 * {@code UNREADABLE}, {@code ID_TAKEN}, {@code DISPOSED}; {@code STALE_LEASE}, {@code OTHER_PROOFS}.
 *
 * <p>Faults of ours (disk, store, database) change nothing but {@code failure} and {@code retryAt}: it is tried again, for
 * ever, with growing waits. Safe for use by many threads; one package is worked on by one of them. The packages lie on this
 * machine's disk, so each server of several on one database ends what it received itself.
 */
public final class Ingest {
    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    private static final Actor SYSTEM = Actor.system("ingest");

    private final UploadTable table;
    private final Uploads uploads;
    private final IngestFolders folders;
    private final PackageObjects objects;
    private final EvidenceCatalogue catalogue;
    private final CatalogueWriter writer;
    private final CaptureJobs jobs;
    private final Trust trust;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final IngestSettings settings;
    private final Retentions retentions;
    private final Clock clock;
    private final Step.Watch watch;
    private final IngestMetrics metrics;
    private final Set<UUID> atWork = ConcurrentHashMap.newKeySet();
    /** What was verified by this process and waits for the store to come back. */
    private final Map<UUID, Verified> verified = new ConcurrentHashMap<>();

    private record Verified(Report report, String reportJson, Instant at, ReadPackage contents) {}

    Ingest(
            UploadTable table,
            Uploads uploads,
            IngestFolders folders,
            PackageObjects objects,
            EvidenceCatalogue catalogue,
            CatalogueWriter writer,
            CaptureJobs jobs,
            Trust trust,
            TransactionTemplate transactions,
            AuditLog audit,
            IngestSettings settings,
            Retentions retentions,
            Clock clock,
            Step.Watch watch,
            IngestMetrics metrics) {
        this.table = table;
        this.uploads = uploads;
        this.folders = folders;
        this.objects = objects;
        this.catalogue = catalogue;
        this.writer = writer;
        this.jobs = jobs;
        this.trust = trust;
        this.transactions = transactions;
        this.audit = audit;
        this.settings = settings;
        this.retentions = retentions;
        this.clock = clock;
        this.watch = watch;
        this.metrics = metrics;
    }

    /** What the last start found. */
    public record Recovery(int resumed, int filesDeleted, List<UUID> unknownFiles) {
        public Recovery {
            unknownFiles = List.copyOf(unknownFiles);
        }
    }

    /**
     * At start, before any other work: deletes files of packages that are at their end, and names files that no row knows. Every
     * package that was under way is then found by {@link #due}.
     */
    public Recovery recover() throws IOException {
        int resumed = 0;
        int deleted = 0;
        List<UUID> unknown = new ArrayList<>();
        for (UUID id : folders.ids()) {
            Upload upload = table.find(id).orElse(null);
            if (upload == null) {
                // Another database than the one that this folder belongs to, or a backup older than the file: a
                // person's matter.
                unknown.add(id);
                log.warn("file of an unknown upload {} is left where it is", id);
            } else if (upload.state() == UploadState.ARCHIVED
                    || upload.state() == UploadState.DISCARDED
                    || upload.state() == UploadState.REJECTED) {
                folders.delete(id);
                deleted++;
            }
        }
        for (Upload upload : table.open()) {
            if (upload.state() != UploadState.RECEIVING) {
                resumed++;
            }
        }
        if (resumed + deleted + unknown.size() > 0) {
            log.info("ingest: {} resumed, {} files deleted, {} unknown", resumed, deleted, unknown.size());
        }
        return new Recovery(resumed, deleted, unknown);
    }

    /** Packages that are to be worked on now, oldest first. */
    public List<UUID> due() {
        Instant now = clock.instant();
        return table.open().stream()
                .filter(upload -> upload.state() != UploadState.RECEIVING)
                .filter(upload -> upload.retryAt() == null || !upload.retryAt().isAfter(now))
                .filter(upload -> !atWork.contains(upload.id()))
                .map(Upload::id)
                .toList();
    }

    /** Keeps the leases of jobs whose packages are being worked on, and gives up idle uploads. */
    void housekeeping() {
        for (Upload upload : table.open()) {
            if (upload.state() != UploadState.RECEIVING && upload.jobId() != null && upload.jobEpoch() != null) {
                jobs.extend(upload.jobId(), upload.jobEpoch());
            }
        }
        uploads.giveUpIdle();
    }

    /**
     * Works on one package until it is at its end, or a fault of ours stops it. Does nothing if it is at its end, or another
     * thread works on it.
     *
     * @return the state afterwards; empty if there is no such upload
     */
    public Optional<UploadState> process(UUID id) {
        if (!atWork.add(id)) {
            return table.find(id).map(Upload::state);
        }
        boolean worked = false;
        try {
            for (int round = 0; round < 4; round++) {
                Upload upload = table.find(id).orElse(null);
                if (upload == null || upload.state().isFinal() || upload.state() == UploadState.RECEIVING) {
                    break;
                }
                if (upload.retryAt() != null && upload.retryAt().isAfter(clock.instant())) {
                    break;
                }
                worked = true;
                step(upload);
            }
        } finally {
            atWork.remove(id);
        }
        Optional<Upload> after = table.find(id);
        if (after.filter(upload -> upload.state().isFinal()).isPresent()) {
            verified.remove(id);
            if (worked) {
                metrics.ended(after.get().state(), after.get().sizeBytes());
            }
        }
        return after.map(Upload::state);
    }

    private void step(Upload upload) {
        try {
            Verified known = verified.get(upload.id());
            if (upload.state() == UploadState.STORING && known != null) {
                store(upload, known);
            } else {
                verify(upload);
            }
        } catch (IOException | DataAccessException | TransactionException fault) {
            failed(upload, fault);
        }
    }

    private void failed(Upload upload, Exception fault) {
        Duration wait = settings.retryFirst().multipliedBy(1L << Math.min(upload.attempts(), 20));
        if (wait.compareTo(settings.retryMost()) > 0) {
            wait = settings.retryMost();
        }
        metrics.fault();
        log.warn("upload {}: {} in state {}, again in {}", upload.id(), fault.toString(), upload.state(), wait);
        Instant now = clock.instant();
        table.failed(upload.id(), fault.getClass().getSimpleName() + ": " + fault.getMessage(), now.plus(wait), now);
    }

    // ---- verification -------------------------------------------------------------------------------------------

    private void verify(Upload upload) throws IOException {
        Path file = folders.find(upload.id()).orElse(null);
        if (file == null) {
            reject(upload, "BYTES_LOST", "the bytes are no longer on this server's disk");
            return;
        }
        Optional<Uploads.Arrived> arrived = uploads.takeDigests(upload);
        ArrivingWacz wacz = arrived.map(Uploads.Arrived::wacz).orElse(null);
        try {
            metrics.timed(IngestMetrics.Stage.VERIFY, () -> {
                verify(upload, file, arrived.map(Uploads.Arrived::sha256).orElse(null), wacz);
                return true;
            });
        } finally {
            if (wacz != null) {
                wacz.giveUp();
            }
        }
    }

    /**
     * @param arrivedSha256 of the file, computed while it came; null to read it
     * @param wacz computes SM3 of capture.wacz, beside the verification; null to have the verification do it
     */
    private void verify(Upload upload, Path file, @Nullable String arrivedSha256, @Nullable ArrivingWacz wacz)
            throws IOException {
        String sha256 = arrivedSha256 == null ? sha256(file) : arrivedSha256;
        if (Files.size(file) != upload.sizeBytes() || !sha256.equals(upload.sha256())) {
            reject(
                    upload,
                    "NOT_ANNOUNCED",
                    "the bytes do not have the announced SHA-256: they were changed on the way");
            return;
        }
        Instant at = clock.instant();
        Report report = new Verifier(
                        trust.anchors(),
                        Clock.fixed(at, ZoneOffset.UTC),
                        new VerifierOptions(settings.checkSm3() && wacz == null, settings.deep()))
                .with(trust.policy())
                .verify(file);
        String json = JsonReport.of(report, at);
        watch.reached(Step.VERIFIED);
        String refusal = refusal(report);
        if (refusal != null) {
            quarantine(upload, report, json, refusal, problems(report));
            return;
        }
        ReadPackage contents;
        try {
            contents = PackageReader.read(file, report);
        } catch (UnreadablePackageException unreadable) {
            quarantine(upload, report, json, "UNREADABLE", String.valueOf(unreadable.getMessage()));
            return;
        }
        // A fault of the disk is thrown from here, and all is verified again, SM3 included.
        if (wacz != null && !wacz.finish().filter(contents.sm3()::equals).isPresent()) {
            quarantine(
                    upload, report, json, "INVALID", "SM3SUMS lists another SM3 of capture.wacz than the bytes have");
            return;
        }
        Optional<UploadContext> context = context(upload);
        if (context.isEmpty()) {
            orphan(upload, report, json, "STALE_LEASE", "the job had gone to another agent, or had ended");
            return;
        }
        if (isKnown(upload, report, json, contents)) {
            return;
        }
        Instant retainUntil = upload.retainUntil() != null ? upload.retainUntil() : lockOf(context.get(), contents, at);
        transactions.executeWithoutResult(status -> table.change(
                upload.id(),
                new UploadTable.Change(
                        UploadState.STORING,
                        report.verdict().name(),
                        json,
                        contents.id().toString(),
                        contents.sha256(),
                        null,
                        null,
                        null,
                        retainUntil),
                clock.instant()));
        verified.put(upload.id(), new Verified(report, json, at, contents));
        watch.reached(Step.STORING);
    }

    /** The longer of what is configured for every package and what the rules ask of this one. */
    private Instant lockOf(UploadContext context, ReadPackage contents, Instant at) {
        Instant least = at.atZone(ZoneOffset.UTC).plus(settings.retention()).toInstant();
        Instant asked = retentions.lockOfNew(context.caseNo(), contents.capturedTo());
        return asked.isAfter(least) ? asked : least;
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            int read;
            do {
                read = in.read(buffer);
            } while (read >= 0);
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()).hex();
    }

    /** Why a package with this report does not enter the archive; null if it does. */
    private @Nullable String refusal(Report report) {
        return switch (report.verdict()) {
            case VALID -> null;
            case INVALID -> "INVALID";
            case INDETERMINATE ->
                switch (settings.indeterminate()) {
                    case ACCEPT -> null;
                    case ACCEPT_UNKNOWN_SIGNERS -> isOnlySignerUnknown(report) ? null : "INDETERMINATE";
                    case QUARANTINE -> "INDETERMINATE";
                };
        };
    }

    /** Only who signed and stamped is open: nothing else could not be checked. */
    static boolean isOnlySignerUnknown(Report report) {
        List<Finding> open = report.problems();
        Set<String> unknown = open.stream()
                .filter(finding -> finding.code() == Code.T06)
                .map(Finding::subject)
                .collect(Collectors.toSet());
        return !open.isEmpty()
                && open.stream()
                        .allMatch(finding -> finding.verdict() == Verdict.INDETERMINATE
                                && switch (finding.code()) {
                                    case T06, S04 -> true;
                                    // Without a path to a root nobody's revocation list counts.
                                    case T07 -> unknown.contains(finding.subject());
                                    // The signature's own token: its findings stand here themselves.
                                    case S05 -> unknown.contains(finding.subject() + "!signature-time-stamp");
                                    default -> false;
                                });
    }

    private static String problems(Report report) {
        return report.problems().stream().limit(10).map(Finding::toString).collect(Collectors.joining("; "));
    }

    /** Whether the archive has this capture, or another under its id; then the upload is at its end. */
    private boolean isKnown(Upload upload, Report report, String json, ReadPackage contents) throws IOException {
        Optional<Evidence> same = catalogue.findByDigest(contents.sha256());
        if (same.isPresent() && same.get().disposedAt() != null) {
            quarantine(upload, report, json, "DISPOSED", "the archive disposed of this capture");
            return true;
        }
        if (same.isPresent()) {
            if (same.get().packageSha256().hex().equals(upload.sha256())) {
                duplicate(upload, same.get(), report, json);
            } else {
                orphan(upload, report, json, "OTHER_PROOFS", "the archive has this capture with other proofs");
            }
            return true;
        }
        if (catalogue.find(contents.id()).isPresent()) {
            quarantine(upload, report, json, "ID_TAKEN", "the archive has another capture with this id");
            return true;
        }
        return false;
    }

    // ---- ends ---------------------------------------------------------------------------------------------------

    private void reject(Upload upload, String code, String reason) throws IOException {
        transactions.executeWithoutResult(status -> {
            table.change(
                    upload.id(), UploadTable.Change.to(UploadState.REJECTED).because(code, reason), clock.instant());
            record(upload, "upload.rejected", AuditEvent.Result.FAILED, code);
        });
        // If we die before this, recover() does it.
        folders.delete(upload.id());
    }

    private void quarantine(Upload upload, Report report, String json, String code, String reason) throws IOException {
        // If we die after the move, the next start finds the bytes there, verifies again and comes here again.
        folders.quarantine(upload.id(), json);
        watch.reached(Step.MOVED);
        keep(upload, UploadState.QUARANTINED, report, json, code, reason);
        if (upload.source() == Upload.Source.AGENT && upload.jobId() != null && upload.jobEpoch() != null) {
            // If we die before this, the agent's lease runs out and the job is captured again; nothing is lost.
            jobs.quarantined(upload.jobId(), upload.jobEpoch(), code + ": " + reason);
        }
    }

    private void orphan(Upload upload, Report report, String json, String code, String reason) throws IOException {
        folders.keepAsOrphan(upload.id());
        watch.reached(Step.MOVED);
        keep(upload, UploadState.ORPHANED, report, json, code, reason);
    }

    private void keep(Upload upload, UploadState state, Report report, String json, String code, String reason) {
        Facts facts = report.facts();
        transactions.executeWithoutResult(status -> {
            table.change(
                    upload.id(),
                    new UploadTable.Change(
                            state,
                            report.verdict().name(),
                            json,
                            facts.packageId(),
                            facts.waczSha256() == null
                                    ? null
                                    : facts.waczSha256().hex(),
                            null,
                            code,
                            reason,
                            null),
                    clock.instant());
            record(
                    upload,
                    state == UploadState.QUARANTINED ? "upload.quarantined" : "upload.orphaned",
                    AuditEvent.Result.FAILED,
                    code + ": " + reason);
        });
        log.info("upload {} is {}: {}", upload.id(), state, code);
    }

    /** The archive has these very bytes: nothing is stored again. */
    private void duplicate(Upload upload, Evidence evidence, Report report, String json) throws IOException {
        boolean done = Boolean.TRUE.equals(transactions.execute(status -> {
            if (upload.source() == Upload.Source.AGENT
                    && !jobs.archived(
                            Objects.requireNonNull(upload.jobId()),
                            Objects.requireNonNull(upload.jobEpoch()),
                            evidence.id())) {
                status.setRollbackOnly();
                return false;
            }
            table.change(
                    upload.id(),
                    new UploadTable.Change(
                            UploadState.ARCHIVED,
                            report.verdict().name(),
                            json,
                            evidence.id().toString(),
                            evidence.sha256().hex(),
                            evidence.id(),
                            "DUPLICATE",
                            "the archive has these bytes already",
                            null),
                    clock.instant());
            record(upload, "upload.duplicate", AuditEvent.Result.OK, "evidence " + evidence.id());
            return true;
        }));
        if (done) {
            folders.delete(upload.id());
        } else {
            orphan(upload, report, json, "STALE_LEASE", "the job had gone to another agent, or had ended");
        }
    }

    // ---- storing ------------------------------------------------------------------------------------------------

    private void store(Upload upload, Verified package_) throws IOException {
        ReadPackage contents = package_.contents();
        Path file = folders.find(upload.id()).orElse(null);
        if (file == null) {
            reject(upload, "BYTES_LOST", "the bytes are no longer on this server's disk");
            return;
        }
        Instant retainUntil = Objects.requireNonNull(upload.retainUntil(), "set with STORING");
        List<EvidenceObject> stored;
        try {
            stored = metrics.timed(
                    IngestMetrics.Stage.STORE,
                    () -> objects(upload, file, contents, new Retention(settings.retentionMode(), retainUntil)));
        } catch (ContentMismatchException changed) {
            // What was verified is not what was read: the disk is bad. Verify again, from the bytes.
            verified.remove(upload.id());
            throw changed;
        }
        watch.reached(Step.OBJECTS_COMPLETE);
        metrics.timed(IngestMetrics.Stage.ARCHIVE, () -> {
            archive(upload, package_, stored, retainUntil);
            return true;
        });
    }

    private List<EvidenceObject> objects(Upload upload, Path file, ReadPackage contents, Retention retention)
            throws IOException {
        Map<String, ObjectVersion> named = table.objects(upload.id());
        List<EvidenceObject> stored = new ArrayList<>();
        int position = 0;
        for (ReadPackage.Member member : contents.members()) {
            ObjectVersion version = named.get(member.name());
            if (version == null) {
                StoredObject object = objects.put(file, member, retention);
                // If we die here, the version has no name; putting the same bytes again gives this one.
                watch.reached(Step.OBJECT_PUT);
                version = object.version();
            }
            EvidenceObject object = new EvidenceObject(
                    member.name(), member.sha256(), member.sm3(), member.sizeBytes(), member.crc32(), version);
            if (!named.containsKey(member.name())) {
                table.putObject(upload.id(), position, object);
                watch.reached(Step.OBJECT_NAMED);
            }
            stored.add(object);
            position++;
        }
        return stored;
    }

    private void archive(Upload upload, Verified package_, List<EvidenceObject> stored, Instant retainUntil)
            throws IOException {
        ReadPackage contents = package_.contents();
        boolean archived;
        try {
            archived = Boolean.TRUE.equals(transactions.execute(status -> {
                Optional<UploadContext> context = context(upload);
                if (context.isEmpty()) {
                    status.setRollbackOnly();
                    return false;
                }
                inTransaction(upload, package_, stored, retainUntil, context.get());
                watch.reached(Step.BEFORE_COMMIT);
                return true;
            }));
        } catch (DuplicateKeyException meanwhile) {
            // The same capture came in by another way while this one was being stored: look again what is there.
            log.info("upload {}: {} was archived meanwhile", upload.id(), contents.id());
            if (!isKnown(upload, package_.report(), package_.reportJson(), contents)) {
                throw meanwhile;
            }
            return;
        }
        if (!archived) {
            orphan(
                    upload,
                    package_.report(),
                    package_.reportJson(),
                    "STALE_LEASE",
                    "the job had gone to another agent, or had ended");
            return;
        }
        watch.reached(Step.ARCHIVED);
        // Takes a second for each gigabyte on some disks. If we die before it, recover() does it.
        folders.deleteSoon(upload.id());
        log.info("upload {} is evidence {}", upload.id(), contents.id());
    }

    /** What is known beside the package; empty if the lease is no longer the agent's. Locks the job, in a transaction. */
    private Optional<UploadContext> context(Upload upload) {
        return upload.source() == Upload.Source.AGENT
                ? jobs.holder(Objects.requireNonNull(upload.jobId()), Objects.requireNonNull(upload.jobEpoch()))
                : Optional.of(upload.context());
    }

    private void inTransaction(
            Upload upload, Verified package_, List<EvidenceObject> stored, Instant retainUntil, UploadContext context) {
        ReadPackage contents = package_.contents();
        Report report = package_.report();
        Instant now = clock.instant();
        boolean isJob = upload.source() == Upload.Source.AGENT;
        Facts.Bound sealed = report.facts().before();
        NewEvidence evidence = new NewEvidence(
                contents.id(),
                isJob ? upload.jobId() : null,
                contents.sha256(),
                contents.sm3(),
                contents.waczBytes(),
                upload.sha256(),
                upload.sizeBytes(),
                contents.targetUrl(),
                contents.finalUrl(),
                contents.title(),
                contents.capturedFrom(),
                contents.capturedTo(),
                sealed == null ? null : sealed.genTime(),
                String.valueOf(report.facts().completeness()),
                report.facts().completenessReasons(),
                report.verdict(),
                package_.at(),
                report.notes().contains(Note.EMBEDDED_AUTHORITY),
                package_.reportJson(),
                switch (upload.source()) {
                    case AGENT -> Evidence.Origin.JOB;
                    case PERSON -> Evidence.Origin.UPLOAD;
                    case ADOPTION -> Evidence.Origin.ORPHAN;
                },
                context.automatic(),
                context.officerIds(),
                context.officerNames(),
                context.purpose() == null ? contents.purpose() : context.purpose(),
                retainUntil,
                context.links(),
                contents.pageText(),
                stored,
                contents.files());
        long number = writer.insert(
                evidence,
                upload.by(),
                now,
                leaf(contents, sealed == null ? now : sealed.genTime()).toString());
        retentions.assignNew(contents.id(), upload.by());
        table.change(upload.id(), UploadTable.Change.to(UploadState.ARCHIVED).archivedAs(contents.id()), now);
        table.forgetObjects(upload.id());
        if (isJob
                && !jobs.archived(
                        Objects.requireNonNull(upload.jobId()),
                        Objects.requireNonNull(upload.jobEpoch()),
                        contents.id())) {
            throw new IllegalStateException("the job was locked and held a moment ago");
        }
        audit.append(new AuditEvent(
                upload.by(),
                "evidence.archived",
                "evidence",
                contents.id().toString(),
                contents.sha256(),
                AuditEvent.Result.OK,
                "number " + number + ", " + report.verdict() + ", upload " + upload.id()
                        + (report.verdict() == Verdict.VALID ? "" : ": " + problems(report)),
                null));
    }

    /** Line for the transparency log, with the time of the seal; of a package whose seal has none, the time it came in. */
    static LogLeaf leaf(ReadPackage contents, Instant sealedAt) {
        return new LogLeaf(
                contents.id(),
                Digest.sha256(contents.sha256()),
                Digest.sm3(contents.sm3()),
                contents.waczBytes(),
                sealedAt);
    }

    private void record(Upload upload, String action, AuditEvent.Result result, String reason) {
        audit.append(new AuditEvent(
                SYSTEM, action, "upload", upload.id().toString(), upload.sha256(), result, reason, null));
    }
}
