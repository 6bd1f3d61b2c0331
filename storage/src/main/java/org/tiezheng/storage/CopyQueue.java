package org.tiezheng.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the custodian still has to get, in order, one small file each:
 *
 * <pre>0000000000000000042.json   {"v":1,"act":"COPY","key":"sha256/ab/cd/abcd…","sha256":"abcd…","since":"…"}</pre>
 *
 * <p>An entry that was added survives {@code kill -9} and a power cut. One that was removed may come back after a power
 * cut, so whoever works through the queue must find out what is still to be done. One process at a time; thread-safe.
 */
public final class CopyQueue implements AutoCloseable {
    /** With more waiting, a put is refused: something has been wrong for very long. */
    public static final int MOST_ENTRIES = 100_000;

    private static final Pattern NAME = Pattern.compile("(\\d{19})\\.json");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    /** What is to be done. */
    public enum Act {
        /** Give the custodian the bytes and the lock that the primary has. */
        COPY,
        /** Delete the custodian's copy, if the primary's is gone. */
        DELETE
    }

    /**
     * One thing to do.
     *
     * @param number order, unique in this queue
     * @param sha256 of the bytes; with the key it names them in every store
     * @param since when it was added
     */
    public record Entry(long number, Act act, String key, String sha256, Instant since) {
        public Entry {
            ObjectKeys.checkKey(key);
            ObjectKeys.checkSha256(sha256);
        }
    }

    private record Line(int v, Act act, String key, String sha256, String since) {}

    private final Path folder;
    private final Path unfinished;
    private final FileChannel lockFile;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private long last;

    private CopyQueue(Path folder, FileChannel lockFile) {
        this.folder = folder;
        this.unfinished = folder.resolve(".unfinished");
        this.lockFile = lockFile;
    }

    /**
     * Opens the queue in {@code folder}, making it if it is not there.
     *
     * @throws IOException if another process has it, or an entry cannot be read
     */
    public static CopyQueue open(Path folder) throws IOException {
        DurableFiles.createFolders(folder.toAbsolutePath().resolve(".unfinished"));
        FileChannel channel =
                FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean opened = false;
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException("another process has the custodian queue " + folder);
            }
            CopyQueue queue = new CopyQueue(folder.toAbsolutePath(), channel);
            DurableFiles.removeAbandoned(queue.unfinished);
            queue.load();
            opened = true;
            return queue;
        } catch (OverlappingFileLockException e) {
            throw new IOException("the custodian queue " + folder + " is open already", e);
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private void load() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    Entry entry = read(Long.parseLong(name.group(1)), file);
                    entries.put(entry.number(), entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        last = entries.isEmpty() ? 0 : entries.lastKey();
    }

    private static Entry read(long number, Path file) throws IOException {
        try {
            Line line = JSON.readValue(DurableFiles.readSmall(file, 4096), Line.class);
            if (line.v != 1) {
                throw new IOException(file + " is of version " + line.v);
            }
            return new Entry(number, line.act, line.key, line.sha256, Instant.parse(line.since));
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IOException(file + " is not an entry of the custodian queue", e);
        }
    }

    /** Adds an entry; it is on the disk when this returns. @throws IOException also if the queue is full */
    public synchronized Entry add(Act act, String key, String sha256, Instant since) throws IOException {
        if (entries.size() >= MOST_ENTRIES) {
            throw new IOException("the custodian queue is full: " + MOST_ENTRIES + " copies wait");
        }
        Entry entry = new Entry(last + 1, act, key, sha256, since);
        byte[] line = JSON.writeValueAsString(new Line(1, act, key, sha256, since.toString()))
                .getBytes(StandardCharsets.UTF_8);
        DurableFiles.write(unfinished, file(entry), line);
        last++;
        entries.put(entry.number(), entry);
        return entry;
    }

    /** Removes an entry that is done. */
    public synchronized void remove(Entry entry) throws IOException {
        Files.deleteIfExists(file(entry));
        entries.remove(entry.number());
    }

    /** The oldest entry after number {@code after}. */
    public synchronized Optional<Entry> next(long after) {
        return Optional.ofNullable(entries.higherEntry(after)).map(java.util.Map.Entry::getValue);
    }

    public synchronized int size() {
        return entries.size();
    }

    /** The first {@code most} entries, oldest first. */
    public synchronized List<Entry> first(int most) {
        List<Entry> first = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (first.size() == most) {
                break;
            }
            first.add(entry);
        }
        return first;
    }

    private Path file(Entry entry) {
        return folder.resolve(String.format(java.util.Locale.ROOT, "%019d.json", entry.number()));
    }

    /** Lets another process have it. */
    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
