package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes in the file of a package of another archive and begins the task that checks it. The file lies on this server's disk until the
 * task has ended.
 */
public final class ImportDesk {
    private static final Logger log = LoggerFactory.getLogger(ImportDesk.class);
    private static final int BUFFER_BYTES = 1 << 17;
    private static final long KEEP_FREE = 1L << 30;

    private final FilingTasks tasks;
    private final Path folder;
    private final String node;
    private final long maxBytes;

    /** @param folder of this server, for files under way */
    public ImportDesk(FilingTasks tasks, Path folder, String node, long maxBytes) {
        this.tasks = tasks;
        this.folder = folder;
        this.node = node;
        this.maxBytes = maxBytes;
    }

    /**
     * Receives a file.
     *
     * @param name for people
     * @param sha256 of the file, if the sender knows it; 64 lower-case hex digits
     * @param length as announced
     * @throws Problem 400, 413, 507 if it cannot be taken; nothing is kept then
     * @throws IOException if the sender broke off; nothing is kept then
     */
    public FilingTask receive(String name, @Nullable String sha256, long length, InputStream content, Actor by)
            throws IOException {
        if (name.isBlank() || name.length() > 200 || !FondsRegister.isPlain(name)) {
            throw Problem.invalid("name", "invalid");
        }
        if (sha256 != null && !Digest.isTextForm(sha256)) {
            throw Problem.invalid("sha256", "invalid");
        }
        if (length < 1) {
            throw Problem.of(HttpStatus.LENGTH_REQUIRED, "ingest.length");
        }
        if (length > maxBytes) {
            throw Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large");
        }
        FileStore disk = Files.getFileStore(folder);
        if (disk.getUsableSpace() - length < KEEP_FREE) {
            throw Problem.of(HttpStatus.INSUFFICIENT_STORAGE, "ingest.no-room");
        }
        UUID file = UUID.randomUUID();
        Path part = folder.resolve(file + ".part");
        try {
            MessageDigest digest = Digest.Algorithm.SHA256.start();
            long count = copy(content, part, digest, length);
            String actual =
                    Digest.ofBytes(Digest.Algorithm.SHA256, digest.digest()).hex();
            if (count != length || (sha256 != null && !sha256.equals(actual))) {
                throw Problem.of(HttpStatus.BAD_REQUEST, "filing.not-announced");
            }
            Path unused = Files.move(part, file(folder, file), StandardCopyOption.ATOMIC_MOVE);
            ObjectNode parameters = JsonMapper.shared().createObjectNode();
            parameters.put("file", file.toString());
            parameters.put("sha256", actual);
            // If we die before this, a file without a task is left; the next start removes it.
            return tasks.add(FilingTask.Kind.IMPORT, name.strip(), parameters, node, List.of(), length, by);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static long copy(InputStream content, Path part, MessageDigest digest, long most) throws IOException {
        long count = 0;
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = content.read(buffer); read >= 0 && count <= most; read = content.read(buffer)) {
                out.write(buffer, 0, read);
                digest.update(buffer, 0, read);
                count += read;
            }
            channel.force(true);
        }
        return count;
    }

    static Path file(Path folder, UUID file) {
        return folder.resolve(file + ".zip");
    }

    /** At start: removes files that no open task needs. */
    void clean() throws IOException {
        List<String> open = tasks.openFiles();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                boolean isOurs = name.endsWith(".part") || name.endsWith(".zip");
                if (isOurs && open.stream().noneMatch(id -> name.equals(id + ".zip"))) {
                    Files.deleteIfExists(file);
                    log.info("filing: {} of a task that has ended is removed", name);
                }
            }
        }
    }
}
