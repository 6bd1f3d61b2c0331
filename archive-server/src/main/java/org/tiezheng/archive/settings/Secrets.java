package org.tiezheng.archive.settings;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** Passwords and keys made at the first start, one file each, readable by their owner only (0600). */
public final class Secrets {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;

    Secrets(Path folder) {
        this.folder = folder;
    }

    /**
     * The secret of this name: 32 random bytes as base64url text, made when first asked for.
     *
     * <p>It is on the disk, flushed, before this returns, so a caller may give it to a database and die at once.
     *
     * @throws IOException if it can be neither read nor written, or is empty
     */
    public synchronized String get(String name) throws IOException {
        Path file = file(name);
        try {
            String secret = Files.readString(file, StandardCharsets.US_ASCII).strip();
            if (secret.isEmpty()) {
                throw new IOException(file + " is empty: restore it from the backup");
            }
            return secret;
        } catch (NoSuchFileException notYet) {
            byte[] random = new byte[32];
            RANDOM.nextBytes(random);
            String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            Path temporary = Files.createTempFile(
                    folder,
                    name,
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.write(StandardCharsets.US_ASCII.encode(secret + "\n"));
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            return secret;
        }
    }

    /** Where the secret of this name is, for a program that reads it from its file. */
    public Path file(String name) {
        return folder.resolve(name);
    }
}
