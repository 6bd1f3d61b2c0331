package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * Where packages lie that are not in the archive: {@code uploads/<id>.part}, {@code quarantine/<id>.asice} with {@code
 * <id>.report.json}, {@code orphans/<id>.asice}. A package is in one of them at a time; moving is one rename, durable when it
 * returns. Names come from our ids, never from a sender.
 */
final class IngestFolders {
    private static final Logger log = LoggerFactory.getLogger(IngestFolders.class);

    private final Path uploads;
    private final Path quarantine;
    private final Path orphans;
    private final Executor deletions;

    /** @param deletions takes the deletion of packages that are in the archive */
    IngestFolders(ArchiveFolder folder, Executor deletions) throws IOException {
        this.deletions = deletions;
        this.uploads = folder.folder("uploads");
        this.quarantine = folder.folder("quarantine");
        this.orphans = folder.folder("orphans");
    }

    Path part(UUID id) {
        return uploads.resolve(id + ".part");
    }

    Path quarantined(UUID id) {
        return quarantine.resolve(id + ".asice");
    }

    Path orphan(UUID id) {
        return orphans.resolve(id + ".asice");
    }

    private Path report(UUID id) {
        return quarantine.resolve(id + ".report.json");
    }

    /** Wherever the bytes are now; empty if they are nowhere. */
    Optional<Path> find(UUID id) {
        return Stream.of(part(id), quarantined(id), orphan(id))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Makes the empty file that bytes are appended to; durable with its name. */
    void create(UUID id) throws IOException {
        Path part = part(id);
        if (!Files.exists(part)) {
            try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                file.force(true);
            }
            sync(uploads);
        }
    }

    /** Moves the package, from wherever it is, to the quarantine; the report first, so that it is never without. */
    void quarantine(UUID id, String report) throws IOException {
        DurableFile.write(report(id), report.getBytes(java.nio.charset.StandardCharsets.UTF_8), "rw-------");
        move(id, quarantined(id), quarantine);
    }

    /** Moves the package, from wherever it is, to the orphans. */
    void keepAsOrphan(UUID id) throws IOException {
        move(id, orphan(id), orphans);
    }

    private void move(UUID id, Path to, Path folder) throws IOException {
        Path from = find(id).orElseThrow(() -> new IOException("the bytes of upload " + id + " are gone"));
        if (!from.equals(to)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
            Path left = from.getParent();
            if (left != null) {
                sync(left);
            }
        }
    }

    /** Deletes the package and its report, wherever they are. */
    void delete(UUID id) throws IOException {
        for (Path file : List.of(part(id), quarantined(id), orphan(id), report(id))) {
            boolean unused = Files.deleteIfExists(file);
        }
    }

    /** The same by and by; a failure is logged, and the next start tries again. */
    void deleteSoon(UUID id) {
        deletions.execute(() -> {
            try {
                delete(id);
            } catch (IOException e) {
                log.warn("file of upload {} is not deleted: {}", id, e.toString());
            }
        });
    }

    /** Ids of all packages that lie here. */
    List<UUID> ids() throws IOException {
        List<UUID> ids = new ArrayList<>();
        for (Path folder : List.of(uploads, quarantine, orphans)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.forEach(file -> id(file).ifPresent(ids::add));
            }
        }
        return ids;
    }

    private static Optional<UUID> id(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!name.endsWith(".part") && !name.endsWith(".asice")) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(name.substring(0, name.lastIndexOf('.'))));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    long freeBytes() throws IOException {
        return Files.getFileStore(uploads).getUsableSpace();
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
