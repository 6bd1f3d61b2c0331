package org.tiezheng.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * Files that are either not there or complete, after a power cut too: written in a folder for unfinished ones on the same
 * file system, synced, renamed, folder synced.
 */
final class DurableFiles {
    private DurableFiles() {}

    /** Writes what a file will hold. */
    @FunctionalInterface
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * A complete, synced, read-only file without its final name. {@link #close} removes it unless it was published.
     * Its lock tells {@link #removeAbandoned} that somebody is at it.
     */
    static final class Unpublished implements AutoCloseable {
        private final Path file;
        private final FileChannel channel;

        private Unpublished(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        static Unpublished write(Path unfinished, Writer writer) throws IOException {
            Path file = unfinished.resolve(UUID.randomUUID().toString());
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Unpublished made = new Unpublished(file, channel);
            boolean complete = false;
            try {
                channel.lock();
                // Not closed: closing it would end the lock.
                writer.writeTo(Channels.newOutputStream(channel));
                setPermissions(file, "r--r--r--");
                channel.force(true);
                complete = true;
                return made;
            } finally {
                if (!complete) {
                    made.close();
                }
            }
        }

        /** Gives it its name, replacing what had it, and makes the name durable. */
        void publish(Path target) throws IOException {
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(parentOf(target));
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(file);
            channel.close();
        }
    }

    static void write(Path unfinished, Path target, byte[] bytes) throws IOException {
        try (Unpublished made = Unpublished.write(unfinished, out -> out.write(bytes))) {
            made.publish(target);
        }
    }

    /** Removes what processes that died here have left. What a living one is writing stays. */
    static void removeAbandoned(Path unfinished) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(unfinished)) {
            for (Path file : files) {
                if (isAbandoned(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static boolean isAbandoned(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.tryLock(0, Long.MAX_VALUE, true) != null;
        } catch (OverlappingFileLockException ours) {
            return false;
        }
    }

    /** Creates a folder and those above it, each name durable; nobody but the owner may enter a new one. */
    static void createFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = parentOf(folder);
        createFolders(parent);
        try {
            Files.createDirectory(folder);
            setPermissions(folder, "rwx------");
        } catch (java.nio.file.FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        // Also when another thread made it: that one may not have synced yet.
        syncFolder(parent);
    }

    static void syncFolder(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    static Path parentOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("has no parent folder: " + file);
        }
        return parent;
    }

    /** A file that ought to be small is not. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        TooLargeException(String message) {
            super(message);
        }
    }

    /** Reads a small file whole. @throws TooLargeException if it has more than {@code mostBytes} */
    static byte[] readSmall(Path file, int mostBytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > mostBytes) {
                throw new TooLargeException(
                        file.getFileName() + " has " + size + " bytes, expected at most " + mostBytes);
            }
            ByteBuffer buffer = ByteBuffer.allocate((int) size);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    throw new IOException(file.getFileName() + " became shorter while it was read");
                }
            }
            return buffer.array();
        }
    }

    private static void setPermissions(Path file, String permissions) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view != null) {
            view.setPermissions(PosixFilePermissions.fromString(permissions));
        }
    }
}
