package org.tiezheng.evidence.trust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that are either not there or complete, after a power cut too. */
public final class DurableFile {
    private DurableFile() {}

    /**
     * Writes {@code content} to a temporary file beside {@code file} and publishes it.
     *
     * @param permissions such as {@code rw-------}; ignored where the file system has none
     * @throws IOException naming the file; then {@code file} is as it was before
     */
    public static void write(Path file, byte[] content, String permissions) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        // A leftover of a process that died here: it holds nothing that anybody was told about.
        Files.deleteIfExists(partial);
        try (FileChannel out = FileChannel.open(
                partial,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                permissions(partial, permissions))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        }
        publish(partial, file);
    }

    /**
     * Makes the bytes of {@code partial} durable, then gives it its final name, then makes the name durable.
     *
     * <p>If we die before the rename, {@code partial} is left and {@code file} is not there; after it, {@code file} is complete.
     */
    public static void publish(Path partial, Path file) throws IOException {
        try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }

    /** Creates {@code directory} and its parents; the last one gets {@code permissions} if it is new. */
    public static void createDirectory(Path directory, String permissions) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(directory, permissions(directory, permissions));
        } catch (java.nio.file.FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /**
     * @throws IOException if anyone but the owner may read or write {@code file}, saying how to change that
     */
    public static void requireOwnerOnly(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return; // no such permissions on this file system
        }
        Set<PosixFilePermission> permissions = view.readAttributes().permissions();
        if (permissions.stream().anyMatch(p -> !p.name().startsWith("OWNER_"))) {
            throw new IOException(file + " is open to others (" + PosixFilePermissions.toString(permissions)
                    + "): it holds private keys; run chmod go= on it after finding out who could read it");
        }
    }

    private static FileAttribute<?>[] permissions(Path file, String permissions) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        FileStore store = Files.getFileStore(directory == null ? file : directory);
        return store.supportsFileAttributeView(PosixFileAttributeView.class)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
