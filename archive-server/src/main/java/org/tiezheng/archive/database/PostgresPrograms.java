package org.tiezheng.archive.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of PostgreSQL ({@code initdb}, {@code pg_ctl}, {@code postgres}) unpacked from the class path.
 *
 * <p>Each version lies in a folder named after the digest of its archive, so a new version never overwrites a running one.
 */
final class PostgresPrograms {
    private PostgresPrograms() {}

    /**
     * The folder with {@code bin}, {@code lib} and {@code share}; unpacked below {@code parent} if it is not there yet.
     *
     * <p>Unpacking goes to a temporary name first: a crash leaves a folder that ends in {@code .new}, which nobody uses.
     *
     * @throws IOException if the archive is missing for this kind of machine, or cannot be unpacked
     */
    static Path unpack(Path parent) throws IOException {
        String resource = "/postgres-linux-" + machine() + ".txz";
        Path home = parent.resolve(digest(resource));
        if (Files.isDirectory(home)) {
            return home;
        }
        Path temporary = Files.createTempDirectory(parent, home.getFileName() + "-", ownerOnly());
        Path unpacked = Files.createDirectory(temporary.resolve("pg"), ownerOnly());
        try (InputStream in = open(resource);
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, unpacked);
            }
            Files.move(unpacked, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException someoneElseWasFaster) {
            // The same bytes: theirs will do.
        } finally {
            delete(temporary);
        }
        return home;
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path home) throws IOException {
        Path target = home.resolve(entry.getName()).normalize();
        if (!target.startsWith(home)) {
            throw new IOException("entry outside the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
        } else if (entry.isSymbolicLink()) {
            Files.createDirectories(parentOf(target));
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
            Files.createDirectories(parentOf(target));
            Files.copy(tar, target);
            boolean executable = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(
                    target, PosixFilePermissions.fromString(executable ? "rwx------" : "rw-------"));
        }
    }

    private static Path parentOf(Path target) {
        Path parent = target.getParent();
        return parent == null ? target : parent;
    }

    private static String machine() throws IOException {
        String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (architecture) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default ->
                throw new IOException("no PostgreSQL for " + architecture
                        + " comes with the server: set tiezheng.database.url to one of your own");
        };
    }

    private static InputStream open(String resource) throws IOException {
        @Nullable InputStream in = PostgresPrograms.class.getResourceAsStream(resource);
        if (in == null) {
            throw new IOException(resource + " is not on the class path");
        }
        return in;
    }

    private static String digest(String resource) throws IOException {
        try (DigestInputStream in = new DigestInputStream(open(resource), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static java.nio.file.attribute.FileAttribute<?> ownerOnly() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }

    /** Deletes a folder with all it holds; symbolic links are not followed. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException walking) {
            throw walking.getCause();
        }
    }
}
