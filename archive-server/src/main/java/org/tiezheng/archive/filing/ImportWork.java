package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.FilingRunner.Control;
import org.tiezheng.archive.filing.FilingRunner.FailedException;
import org.tiezheng.archive.filing.FilingRunner.PostponedException;
import org.tiezheng.archive.filing.Received.ConflictException;
import org.tiezheng.archive.filing.aip.AipItem;
import org.tiezheng.archive.filing.aip.AipReader;
import org.tiezheng.archive.ingest.IngestRefused;
import org.tiezheng.archive.ingest.Upload;
import org.tiezheng.archive.ingest.UploadContext;
import org.tiezheng.archive.ingest.Uploads;

/**
 * Takes in a package of another archive: checks all of it, sends each package through ingest as any other, and gives each that was
 * archived the code it came with.
 *
 * <p>States of a package: QUEUED → SENT → FILED, or CONFLICT with what stands against it, or PRESENT. What a crash leaves: the file is
 * checked again and the rows say which package is where; an upload that was broken off is gone on with by ingest's own rules (the same
 * bytes again are the same upload); a package that was archived and has no code yet gets it. The file is deleted when the task has
 * ended; what was refused stays with whoever sent it, and the task tells why.
 */
final class ImportWork implements FilingRunner.Work {
    private static final Duration WAIT = Duration.ofSeconds(1);

    private final FilingTasks tasks;
    private final FiledRegister register;
    private final Received received;
    private final EvidenceCatalogue catalogue;
    private final Uploads uploads;
    private final Path folder;
    private final long maxBytes;

    ImportWork(
            FilingTasks tasks,
            FiledRegister register,
            Received received,
            EvidenceCatalogue catalogue,
            Uploads uploads,
            Path folder,
            long maxBytes) {
        this.tasks = tasks;
        this.register = register;
        this.received = received;
        this.catalogue = catalogue;
        this.uploads = uploads;
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    @Override
    public FilingTask.Kind kind() {
        return FilingTask.Kind.IMPORT;
    }

    @Override
    public void run(FilingTask task, Control control) throws IOException, FailedException {
        Path file = file(task);
        if (!Files.exists(file)) {
            throw new FailedException("the file is no longer on this server's disk");
        }
        take(task, file, control);
    }

    private Path file(FilingTask task) {
        return ImportDesk.file(
                folder, UUID.fromString(task.parameters().path("file").asString("")));
    }

    /** If we die before this, the file is left; the next start of this server removes it. */
    @Override
    public void ended(FilingTask task) throws IOException {
        Files.deleteIfExists(file(task));
    }

    private void take(FilingTask task, Path file, Control control) throws IOException, FailedException {
        try (AipReader reader = AipReader.open(file, maxBytes)) {
            List<FilingItem> items = tasks.items(task.id(), 0, Integer.MAX_VALUE);
            boolean allSent =
                    !items.isEmpty() && items.stream().noneMatch(item -> item.state() == FilingItem.State.QUEUED);
            // While ingest works, the file need not be read again each time: what it said is kept.
            AipReader.Contents contents = allSent
                    ? reader.metadata(documents(task))
                    : reader.check(read -> control.progress(0, Math.min(read, task.totalBytes()) / 2));
            if (items.isEmpty()) {
                tasks.putDocuments(
                        task.id(),
                        contents.documents().entrySet().stream()
                                .map(entry -> new FilingTasks.Document(entry.getKey(), entry.getValue()))
                                .toList());
                tasks.addItems(
                        task.id(),
                        0,
                        contents.items().stream().map(AipItem::evidenceId).toList());
                items = tasks.items(task.id(), 0, Integer.MAX_VALUE);
            }
            Map<UUID, AipItem> byId = new HashMap<>();
            contents.items().forEach(item -> byId.put(item.evidenceId(), item));
            int done = 0;
            boolean waits = false;
            for (FilingItem item : items) {
                control.progress(done, task.totalBytes() / 2 + task.totalBytes() / 2 * done / items.size());
                AipItem of = byId.get(item.evidenceId());
                if (of == null) {
                    throw new FailedException("the file is another than before");
                }
                FilingItem now = item;
                if (now.state() == FilingItem.State.QUEUED) {
                    now = send(task, now, of, contents, reader, control);
                }
                if (now.state() == FilingItem.State.SENT) {
                    now = arrived(task, now, of, contents, control);
                }
                waits |= now.state() == FilingItem.State.SENT;
                done += now.state() == FilingItem.State.SENT ? 0 : 1;
            }
            if (waits) {
                throw new PostponedException(WAIT);
            }
        } catch (AipReader.RefusedException refused) {
            throw new FailedException(String.join("\n", refused.findings()));
        }
    }

    private Map<String, byte[]> documents(FilingTask task) {
        Map<String, byte[]> documents = new HashMap<>();
        tasks.documents(task.id()).forEach(document -> documents.put(document.name(), document.content()));
        return documents;
    }

    private static FilingItem changed(
            Control control, FilingItem item, FilingItem.State state, @Nullable String reason, @Nullable UUID upload) {
        FilingItem at = item.at(state, reason, item.runId());
        FilingItem now = new FilingItem(
                at.taskId(),
                at.position(),
                at.evidenceId(),
                state,
                at.reason(),
                at.runId(),
                upload,
                at.sizeBytes(),
                at.sha256(),
                at.sha512(),
                at.crc32(),
                at.tag());
        control.change(now);
        return now;
    }

    private FilingItem send(
            FilingTask task,
            FilingItem item,
            AipItem of,
            AipReader.Contents contents,
            AipReader reader,
            Control control)
            throws IOException {
        Optional<String> conflict = received.conflict(of, contents.fonds());
        if (conflict.isPresent()) {
            return changed(control, item, FilingItem.State.CONFLICT, conflict.get(), null);
        }
        Optional<Evidence> there = catalogue.find(of.evidenceId());
        if (there.isPresent()) {
            // The bytes are those that are here: the code is all that may be missing.
            if (register.find(of.evidenceId()).isEmpty()) {
                return file(task, item, of, contents, control);
            }
            boolean isOurs = received.isFiledSince(of.evidenceId(), task.createdAt(), task.requestedBy());
            return changed(
                    control, item, isOurs ? FilingItem.State.FILED : FilingItem.State.PRESENT, of.archivalCode(), null);
        }
        Actor by = task.requestedBy();
        Map<String, String> links = of.links();
        UploadContext context = new UploadContext(
                links.get("CLUE"),
                links.get("CASE"),
                links.get("PURPOSE"),
                links.get("FACT"),
                links.get("SHOP"),
                links.get("PLATFORM"),
                List.of(),
                List.of(),
                false);
        try {
            Uploads.Begun begun = uploads.begin(
                    null,
                    null,
                    of.evidenceId() + ".asice",
                    of.file().sizeBytes(),
                    of.file().sha256(),
                    context,
                    by);
            Upload upload = begun.upload();
            if (upload == null) {
                return file(task, item, of, contents, control);
            }
            if (upload.state() == org.tiezheng.archive.ingest.UploadState.RECEIVING) {
                try (InputStream in = reader.open(of.file().name())) {
                    in.skipNBytes(upload.offset());
                    requireAll(uploads.append(upload.id(), upload.offset(), in, by), of);
                }
                Upload unused = uploads.complete(upload.id(), by);
            }
            return changed(control, item, FilingItem.State.SENT, null, upload.id());
        } catch (IngestRefused refused) {
            if (refused.code() == IngestRefused.Code.TOO_MANY || refused.code() == IngestRefused.Code.BUSY) {
                throw new PostponedException(WAIT.multipliedBy(10));
            }
            return changed(control, item, FilingItem.State.CONFLICT, "INGEST: " + refused.code(), null);
        }
    }

    private static void requireAll(long offset, AipItem of) throws IOException {
        if (offset != of.file().sizeBytes()) {
            throw new IOException(
                    of.file().name() + " ends at " + offset + " of " + of.file().sizeBytes());
        }
    }

    private FilingItem arrived(
            FilingTask task, FilingItem item, AipItem of, AipReader.Contents contents, Control control)
            throws IOException {
        UUID id = item.uploadId();
        Upload upload = id == null ? null : uploads.find(id, task.requestedBy()).orElse(null);
        if (upload == null) {
            return changed(control, item, FilingItem.State.CONFLICT, "INGEST: the upload is gone", id);
        }
        return switch (upload.state()) {
            case RECEIVING, VERIFYING, STORING -> item;
            case ARCHIVED -> file(task, item, of, contents, control);
            case QUARANTINED, ORPHANED, REJECTED, DISCARDED ->
                changed(
                        control,
                        item,
                        FilingItem.State.CONFLICT,
                        "INGEST: " + upload.state() + " " + upload.reasonCode(),
                        id);
        };
    }

    private FilingItem file(FilingTask task, FilingItem item, AipItem of, AipReader.Contents contents, Control control)
            throws IOException {
        Optional<Filed> filed = register.find(of.evidenceId());
        if (filed.isPresent()) {
            boolean same = filed.get().archivalCode().equals(of.archivalCode());
            return changed(
                    control,
                    item,
                    same ? FilingItem.State.FILED : FilingItem.State.CONFLICT,
                    same ? of.archivalCode() : "OTHER_CODE: " + filed.get().archivalCode(),
                    item.uploadId());
        }
        try {
            Filed done = received.file(of, contents.fonds(), own(of, contents.documents()), task.requestedBy());
            return changed(control, item, FilingItem.State.FILED, done.archivalCode(), item.uploadId());
        } catch (ConflictException conflict) {
            return changed(control, item, FilingItem.State.CONFLICT, conflict.getMessage(), item.uploadId());
        }
    }

    /** The documents that tell of this package. */
    private static Map<String, byte[]> own(AipItem item, Map<String, byte[]> documents) {
        Map<String, byte[]> own = new HashMap<>();
        List<String> shared =
                new ArrayList<>(List.of("data/metadata/eep.xml", "data/metadata/mets.xml", "bag-info.txt"));
        for (String name : shared) {
            byte[] content = documents.get(name);
            if (content != null) {
                own.put(name.substring(name.lastIndexOf('/') + 1), content);
            }
        }
        byte[] report = documents.get("data/metadata/" + item.evidenceId() + ".report.json");
        if (report != null) {
            own.put("report.json", report);
        }
        own.put("imported.txt", (item.archivalCode() + "\n").getBytes(StandardCharsets.UTF_8));
        return own;
    }
}
