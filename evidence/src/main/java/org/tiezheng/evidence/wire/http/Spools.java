package org.tiezheng.evidence.wire.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where messages wait until they are complete: up to 64 KiB of each in memory, within a budget for all conversations of
 * a derivation, the rest in one temporary file per message.
 *
 * <p>A WARC record needs length and digest ahead of its content, so a message is written twice: here as it passes, then
 * into the WARC. Used by one thread.
 */
public final class Spools {
    private static final long DEFAULT_MEMORY_BYTES = 32L * 1024 * 1024;

    private final Path directory;
    private long memoryLeft;

    /** @param directory existing directory; files in it are deleted when their message has been handed over */
    public Spools(Path directory) {
        this(directory, DEFAULT_MEMORY_BYTES);
    }

    Spools(Path directory, long memoryBytes) {
        this.directory = directory;
        this.memoryLeft = memoryBytes;
    }

    /** Whether {@code bytes} more may be kept in memory; if so they are taken from the budget. */
    boolean takeMemory(int bytes) {
        if (bytes > memoryLeft) {
            return false;
        }
        memoryLeft -= bytes;
        return true;
    }

    void giveMemory(int bytes) {
        memoryLeft += bytes;
    }

    long memoryLeft() {
        return memoryLeft;
    }

    Path newFile() throws IOException {
        return Files.createTempFile(directory, "message-", ".spool");
    }
}
