package org.tiezheng.archive.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * {@code <data>/archive}: everything the server keeps on this machine.
 *
 * <pre>
 * pg18/          embedded database, one folder per major version
 * pg-binaries/   its programs, unpacked; may be deleted while the server is down
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

    private static Path make(Path folder) throws IOException {
        return Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
}
