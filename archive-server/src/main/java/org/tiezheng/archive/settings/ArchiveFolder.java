package org.tiezheng.archive.settings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * {@code <data>/archive}: everything the server keeps on this machine.
 *
 * <pre>
 * pg18/          embedded database, one folder per major version
 * pg-binaries/   its programs, unpacked; may be deleted while the server is down
 * node-id        names this server among several on one database
 * secrets/       0600, made at the first start
 * objects/       folder store          custodian/   its second copy
 * uploads/       packages that arrive  quarantine/  packages that failed verification
 * orphans/       results of agents that had lost their job
 * </pre>
 *
 * <p>Folders are made for their owner only (0700); one that exists keeps its mode.
 */
public final class ArchiveFolder {
    private final Path root;

    private ArchiveFolder(Path root) {
        this.root = root;
    }

    /**
     * Opens {@code data/archive}, making what is missing.
     *
     * @throws IOException if it cannot be made or written to
     */
    public static ArchiveFolder open(Path data) throws IOException {
        ArchiveFolder folder =
                new ArchiveFolder(data.toAbsolutePath().normalize().resolve("archive"));
        make(folder.root);
        Files.delete(Files.createTempFile(folder.root, "probe", ""));
        return folder;
    }

    /** Where the data folder is when nobody says: {@code $TIEZHENG_HOME}, else {@code ~/.tiezheng}. */
    public static Path standard(Map<String, String> environment) {
        String home = environment.getOrDefault("TIEZHENG_HOME", "");
        return home.isBlank() ? Path.of(System.getProperty("user.home"), ".tiezheng") : Path.of(home);
    }

    public Path root() {
        return root;
    }

    /** A folder below, made if it is not there. */
    public Path folder(String name) throws IOException {
        return make(root.resolve(name));
    }

    public Secrets secrets() throws IOException {
        return new Secrets(folder("secrets"));
    }

    /**
     * Names this server among several on one database: random, made when first asked for, the same at every start on this
     * folder. A folder has one server at a time, so what this name left unfinished belongs to nobody who lives.
     */
    public String nodeId() throws IOException {
        Path file = root.resolve("node-id");
        if (!Files.exists(file)) {
            DurableFile.write(file, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII), "rw-------");
        }
        String id = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (id.isEmpty() || id.length() > 100) {
            throw new IOException(file + " does not hold a name: delete it");
        }
        return id;
    }

    private static Path make(Path folder) throws IOException {
        return Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
}
