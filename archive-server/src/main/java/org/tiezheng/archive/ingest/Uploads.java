package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.ingest.IngestRefused.Code;
import org.tiezheng.evidence.Digest;

/**
 * Receives packages, as far as the last byte. Resumable: an offset that was answered is on disk, after a power cut too.
 *
 * <p>The row's {@code offset} decides. Bytes are written behind it, synced, and only then does the row move; bytes that are in
 * the file beyond the row's offset (a crash between the two) are overwritten by the next request, which must begin at the
 * row's offset.
 *
 * <p>Safe for use by many threads; one upload takes one writer at a time.
 */
public final class Uploads {
    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final int BUFFER_BYTES = 1 << 20;
    /** A long request is acknowledged in the row now and then, so that a broken one is resumed near its end. */
    private static final long SYNC_BYTES = 64L << 20;

    private static final int MAX_NAME = 200;

    private final UploadTable table;
    private final IngestFolders folders;
    private final EvidenceCatalogue catalogue;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final IngestSettings settings;
    private final Clock clock;
    private final Step.Watch watch;
    private final IngestMetrics metrics;
    private final Map<UUID, ReentrantLock> writers = new ConcurrentHashMap<>();
    /** Packages whose SM3 is computed while they arrive. */
    static final int ARRIVING = 8;

    private final Semaphore places = new Semaphore(ARRIVING);
    /** Digests of what was received without a gap since the server started; saves reading the file again. */
    private final Map<UUID, Running> running = new ConcurrentHashMap<>();

    private static final class Running {
        private final MessageDigest digest = Digest.Algorithm.SHA256.start();
        private final @Nullable ArrivingWacz wacz;
        private long offset;

        Running(@Nullable ArrivingWacz wacz) {
            this.wacz = wacz;
        }

        void update(byte[] bytes, int length) {
            digest.update(bytes, 0, length);
            if (wacz != null) {
                wacz.update(bytes, length);
            }
        }

        void giveUp() {
            if (wacz != null) {
                wacz.giveUp();
            }
        }
    }

    /**
     * What was computed while the bytes came.
     *
     * @param sha256 of the whole, 64 lower-case hex digits
     * @param wacz SM3 of capture.wacz, which may still be computed; to be finished or given up. Null if it is not
     */
    record Arrived(String sha256, @Nullable ArrivingWacz wacz) {}

    Uploads(
            UploadTable table,
            IngestFolders folders,
            EvidenceCatalogue catalogue,
            TransactionTemplate transactions,
            AuditLog audit,
            IngestSettings settings,
            Clock clock,
            Step.Watch watch,
            IngestMetrics metrics) {
        this.table = table;
        this.folders = folders;
        this.catalogue = catalogue;
        this.transactions = transactions;
        this.audit = audit;
        this.settings = settings;
        this.clock = clock;
        this.watch = watch;
        this.metrics = metrics;
    }

    /**
     * What {@link #begin} found or made.
     *
     * @param upload to send the bytes to; null if they are in the archive
     * @param evidenceId of what is in the archive already; null if nothing is
     * @param isNew whether the upload was made by this call
     */
    public record Begun(@Nullable Upload upload, @Nullable UUID evidenceId, boolean isNew) {}

    /**
     * Announces a package. The same bytes again, by the same account and for the same lease, are the same upload.
     *
     * @param jobId and {@code epoch} the lease whose result it is; both null for a person's package
     * @param fileName for people
     * @param sha256 of the whole file, 64 lower-case hex digits
     * @throws IngestRefused for a size, digest or name that is none, or over a limit
     */
    public Begun begin(
            @Nullable Long jobId,
            @Nullable Long epoch,
            String fileName,
            long sizeBytes,
            String sha256,
            UploadContext context,
            Actor by)
            throws IOException {
        check(jobId, epoch, fileName, sizeBytes, sha256);
        Optional<Begun> same = same(jobId, epoch, sizeBytes, sha256, by);
        if (same.isPresent()) {
            return same.get();
        }
        // A person's package that came in another way. An agent's is let through: its job has to be ended, and the
        // check when it
        // has arrived finds the same.
        Optional<UUID> archived = jobId != null
                ? Optional.empty()
                : table.same(sha256, sizeBytes).stream()
                        .filter(upload -> upload.state() == UploadState.ARCHIVED)
                        .map(Upload::evidenceId)
                        .filter(Objects::nonNull)
                        .map(Objects::requireNonNull)
                        .filter(id -> catalogue
                                .find(id)
                                .filter(e -> isSame(e, sha256))
                                .isPresent())
                        .findFirst();
        if (archived.isPresent()) {
            return new Begun(null, archived.get(), false);
        }
        requireRoom(sizeBytes);
        Instant now = clock.instant();
        Upload upload = new Upload(
                UUID.randomUUID(),
                UploadState.RECEIVING,
                jobId == null ? Upload.Source.PERSON : Upload.Source.AGENT,
                jobId,
                epoch,
                fileName,
                sizeBytes,
                sha256,
                0,
                by,
                context,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                null,
                null,
                now,
                now);
        // If we die after this, a row without a file is left: the first bytes make the file, or idle uploads are given
        // up.
        Optional<Begun> other = Objects.requireNonNull(transactions.execute(status -> {
            // A sender that was killed while it waited asks again while its first question still waits for the
            // database: the
            // second upload would wait for bytes that come to the other.
            table.lockContent(sha256);
            Optional<Begun> there = same(jobId, epoch, sizeBytes, sha256, by);
            if (there.isEmpty()) {
                table.insert(upload);
                audit.append(new AuditEvent(
                        by,
                        "upload.begin",
                        "upload",
                        upload.id().toString(),
                        sha256,
                        AuditEvent.Result.OK,
                        jobId == null ? null : "job " + jobId + ", epoch " + epoch,
                        null));
            }
            return there;
        }));
        if (other.isPresent()) {
            return other.get();
        }
        folders.create(upload.id());
        return new Begun(upload, null, true);
    }

    private Optional<Begun> same(@Nullable Long jobId, @Nullable Long epoch, long sizeBytes, String sha256, Actor by) {
        return table.same(sha256, sizeBytes).stream()
                .filter(upload -> upload.by().id().equals(by.id()))
                .filter(upload -> Objects.equals(upload.jobId(), jobId) && Objects.equals(upload.jobEpoch(), epoch))
                .findFirst()
                .map(upload -> upload.state() == UploadState.ARCHIVED
                        ? new Begun(null, upload.evidenceId(), false)
                        : new Begun(upload, null, false));
    }

    private static boolean isSame(Evidence evidence, String sha256) {
        return evidence.packageSha256().hex().equals(sha256);
    }

    private void check(@Nullable Long jobId, @Nullable Long epoch, String fileName, long sizeBytes, String sha256) {
        if ((jobId == null) != (epoch == null)
                || !Digest.isTextForm(sha256)
                || sizeBytes < 1
                || fileName.isBlank()
                || fileName.length() > MAX_NAME
                || fileName.chars().anyMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
            throw new IngestRefused(Code.MALFORMED, "fileName, sizeBytes, sha256, jobId, epoch");
        }
        if (sizeBytes > settings.maxPackage().toBytes()) {
            throw new IngestRefused(
                    Code.TOO_LARGE, "at most " + settings.maxPackage().toBytes() + " bytes");
        }
    }

    private void requireRoom(long sizeBytes) throws IOException {
        if (table.openCount() >= settings.maxOpenUploads()) {
            throw new IngestRefused(Code.TOO_MANY, "at most " + settings.maxOpenUploads() + " uploads at a time");
        }
        if (folders.freeBytes() - table.bytesToCome() - sizeBytes
                < settings.keepFree().toBytes()) {
            throw new IngestRefused(Code.NO_ROOM, "no room for " + sizeBytes + " bytes");
        }
    }

    /** The upload, if {@code by} began it. */
    public Optional<Upload> find(UUID id, Actor by) {
        return table.find(id).filter(upload -> upload.by().id().equals(by.id()));
    }

    /**
     * Appends bytes.
     *
     * @param offset where they begin; must be the upload's offset
     * @return the new offset: so much is on disk for good
     * @throws IngestRefused WRONG_OFFSET with the right one, TOO_MANY_BYTES, BUSY, WRONG_STATE; what was written before stays
     * @throws IOException if the sender broke off or the disk failed; ask for the offset and go on from there
     */
    public long append(UUID id, long offset, InputStream bytes, Actor by) throws IOException {
        ReentrantLock writer = writers.computeIfAbsent(id, unused -> new ReentrantLock());
        if (!writer.tryLock()) {
            throw new IngestRefused(Code.BUSY, "another request writes to this upload");
        }
        try {
            Upload upload = find(id, by).orElseThrow(() -> new IngestRefused(Code.NO_SUCH_UPLOAD, String.valueOf(id)));
            if (upload.state() != UploadState.RECEIVING) {
                throw new IngestRefused(Code.WRONG_STATE, upload.state().name());
            }
            if (upload.offset() != offset) {
                throw new IngestRefused(Code.WRONG_OFFSET, "go on at " + upload.offset(), upload.offset());
            }
            return write(upload, bytes);
        } finally {
            writer.unlock();
        }
    }

    private long write(Upload upload, InputStream bytes) throws IOException {
        folders.create(upload.id());
        Path part = folders.part(upload.id());
        Running digest = running(upload);
        long position = upload.offset();
        long synced = position;
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
            file.truncate(position);
            byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, upload.sizeBytes() - position + 1))];
            try {
                for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                    if (read > upload.sizeBytes() - position) {
                        throw new IngestRefused(Code.TOO_MANY_BYTES, "announced were " + upload.sizeBytes(), position);
                    }
                    position = written(file, ByteBuffer.wrap(buffer, 0, read), position);
                    if (digest != null) {
                        digest.update(buffer, read);
                        digest.offset = position;
                    }
                    if (position - synced >= SYNC_BYTES) {
                        synced = sync(upload.id(), file, position);
                    }
                }
            } finally {
                // Also when the sender breaks off: what came is kept.
                if (position > synced) {
                    synced = sync(upload.id(), file, position);
                }
            }
        }
        metrics.received(synced - upload.offset());
        return synced;
    }

    /** @throws IngestRefused NO_ROOM if the disk is full; what was written before is kept and will be acknowledged */
    private long written(FileChannel file, ByteBuffer block, long from) throws IOException {
        long position = from;
        try {
            while (block.hasRemaining()) {
                position += file.write(block, position);
            }
            return position;
        } catch (IOException e) {
            if (folders.freeBytes() < BUFFER_BYTES) {
                // Part of the block may be behind the offset; the next request overwrites it.
                throw new IngestRefused(Code.NO_ROOM, "the disk is full", from);
            }
            throw e;
        }
    }

    /** The digests so far; null if bytes came while another process ran, or were written but not acknowledged. */
    private @Nullable Running running(Upload upload) {
        if (upload.offset() == 0) {
            forget(upload.id());
            Running begun =
                    new Running(settings.checkSm3() ? ArrivingWacz.begin(places, folders.part(upload.id())) : null);
            running.put(upload.id(), begun);
            return begun;
        }
        Running known = running.get(upload.id());
        if (known == null || known.offset == upload.offset()) {
            return known;
        }
        forget(upload.id());
        return null;
    }

    private void forget(UUID id) {
        Running known = running.remove(id);
        if (known != null) {
            known.giveUp();
        }
    }

    private long sync(UUID id, FileChannel file, long position) throws IOException {
        file.force(true);
        watch.reached(Step.BYTES_SYNCED);
        table.offset(id, position, clock.instant());
        return position;
    }

    /**
     * Says that all bytes were sent. Saying it again changes nothing.
     *
     * @return the upload, now VERIFYING or further
     * @throws IngestRefused INCOMPLETE with the offset, if bytes are missing
     */
    public Upload complete(UUID id, Actor by) {
        Upload after = transactions.execute(status -> {
            Upload upload = table.lock(id)
                    .filter(found -> found.by().id().equals(by.id()))
                    .orElseThrow(() -> new IngestRefused(Code.NO_SUCH_UPLOAD, String.valueOf(id)));
            if (upload.state() != UploadState.RECEIVING) {
                return upload;
            }
            if (upload.offset() != upload.sizeBytes()) {
                throw new IngestRefused(Code.INCOMPLETE, "go on at " + upload.offset(), upload.offset());
            }
            table.change(id, UploadTable.Change.to(UploadState.VERIFYING), clock.instant());
            return table.find(id).orElseThrow();
        });
        writers.remove(id);
        return Objects.requireNonNull(after);
    }

    /** What was computed of all bytes, if they came without a gap since the server started; asked once. */
    Optional<Arrived> takeDigests(Upload upload) {
        Running known = running.remove(upload.id());
        if (known == null) {
            return Optional.empty();
        }
        if (known.offset != upload.sizeBytes()) {
            known.giveUp();
            return Optional.empty();
        }
        ArrivingWacz wacz = known.wacz;
        if (wacz != null && !wacz.isWhole()) {
            wacz.giveUp();
            wacz = null;
        }
        String sha256 =
                Digest.ofBytes(Digest.Algorithm.SHA256, known.digest.digest()).hex();
        return Optional.of(new Arrived(sha256, wacz));
    }

    /** Gives up uploads that get no bytes any more. */
    void giveUpIdle() {
        Instant oldest = clock.instant().minus(settings.idleUploads());
        for (Upload upload : table.open()) {
            if (upload.state() == UploadState.RECEIVING && upload.changedAt().isBefore(oldest)) {
                transactions.executeWithoutResult(status -> {
                    Upload now = table.lock(upload.id()).orElseThrow();
                    if (now.state() == UploadState.RECEIVING && now.changedAt().isBefore(oldest)) {
                        table.change(
                                now.id(),
                                UploadTable.Change.to(UploadState.REJECTED)
                                        .because("ABANDONED", "no byte came for " + settings.idleUploads()),
                                clock.instant());
                        audit.append(new AuditEvent(
                                Actor.system("ingest"),
                                "upload.rejected",
                                "upload",
                                now.id().toString(),
                                now.sha256(),
                                AuditEvent.Result.FAILED,
                                "ABANDONED",
                                null));
                    }
                });
                forget(upload.id());
                writers.remove(upload.id());
                metrics.ended(UploadState.REJECTED, 0);
                log.info("upload {} given up: idle", upload.id());
            }
        }
    }

    int freePlaces() {
        return places.availablePermits();
    }

    /** Uploads that agents have under way, for their jobs' sake. */
    List<Upload> open() {
        return table.open();
    }
}
