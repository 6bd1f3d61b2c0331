package org.tiezheng.auditor.monitor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.log.TreeSoFar;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.MalformedLogException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything a monitor saw, a line of JSON each, only ever added to:
 *
 * <pre>
 * {"at":"2026-11-22T08:00:00Z","checkpoint":"&lt;base64&gt;","size":1309,"peaks":["…"],"next":0,"newest":"…"}  a tree that was checked
 * {"at":"…","alarm":"ROLLED_BACK","text":"…","evidence":"&lt;base64 of the checkpoint&gt;"}              what was wrong
 * {"at":"…","deleting":"5f0e8a3c-…","since":"2026-11-22T07:59:58Z"}         a package whose destruction has begun
 * {"at":"…","disposed":"5f0e8a3c-…"}                                        a package that need not be there any more
 * </pre>
 *
 * <p>A line is flushed before anything is said of it. Dying in the middle of a line leaves an unfinished one, which the next
 * start cuts off: what it said was not told to anybody. One monitor at a time has the file.
 */
final class Journal implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_LINE = 1 << 20;

    private final FileChannel file;
    private final FileLock lock;
    private final Set<UUID> disposed = new HashSet<>();
    private final Map<UUID, Instant> deleting = new LinkedHashMap<>();
    private @Nullable Checkpoint last;
    private TreeSoFar tree = new TreeSoFar();
    private long next;
    private @Nullable Instant newest;
    private long checkpoints;

    private Journal(FileChannel file, FileLock lock) {
        this.file = file;
        this.lock = lock;
    }

    /**
     * Opens the journal, or begins one.
     *
     * @throws IOException also if it is no journal, or another monitor has it
     */
    static Journal open(Path path) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = file.tryLock();
        if (lock == null) {
            file.close();
            throw new IOException("another monitor writes to " + path);
        }
        Journal journal = new Journal(file, lock);
        try {
            journal.read(path);
            return journal;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e instanceof IOException io ? io : new IOException(path + " is no journal of a monitor", e);
        }
    }

    private void read(Path path) throws IOException {
        long whole = 0;
        try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                long end = whole + line.getBytes(StandardCharsets.UTF_8).length + 1L;
                if (end > file.size()) {
                    break;
                }
                take(JSON.readTree(line));
                whole = end;
            }
        } catch (JacksonException | MalformedLogException | IllegalArgumentException | DateTimeException e) {
            throw new IOException(path + " is no journal of a monitor, behind byte " + whole, e);
        }
        file.truncate(whole);
        file.position(whole);
    }

    private void take(JsonNode line) throws MalformedLogException {
        if (line.has("checkpoint")) {
            Checkpoint seen = Checkpoint.parse(
                    Base64.getDecoder().decode(line.path("checkpoint").asString()));
            List<LogHash> peaks = new ArrayList<>();
            line.path("peaks")
                    .forEach(peak -> peaks.add(LogHash.of(Base64.getDecoder().decode(peak.asString()))));
            TreeSoFar known = TreeSoFar.of(line.path("size").asLong(), peaks);
            if (known.size() != seen.size() || !known.root().equals(seen.root())) {
                throw new IllegalArgumentException("a line of the journal is not what was written");
            }
            last = seen;
            tree = known;
            next = line.path("next").asLong();
            // Journals of before have no such thing: what was looked at then was fresh then.
            newest = Instant.parse(
                    line.path(line.has("newest") ? "newest" : "at").asString());
            checkpoints++;
        } else if (line.has("disposed")) {
            disposed.add(UUID.fromString(line.path("disposed").asString()));
            deleting.remove(UUID.fromString(line.path("disposed").asString()));
        } else if (line.has("deleting")) {
            deleting.put(
                    UUID.fromString(line.path("deleting").asString()),
                    Instant.parse(line.path("since").asString()));
        } else if (!line.has("alarm")) {
            throw new IllegalArgumentException("a line of another kind");
        }
    }

    /** The newest checkpoint whose tree was found right. */
    Optional<Checkpoint> last() {
        return Optional.ofNullable(last);
    }

    /** Its tree. */
    TreeSoFar tree() {
        return tree.copy();
    }

    /** Entry from which on old evidence is looked at next. */
    long next() {
        return next;
    }

    /** Time of the youngest entry or cosignature seen; empty if nothing was. */
    Optional<Instant> newest() {
        return Optional.ofNullable(newest);
    }

    long checkpoints() {
        return checkpoints;
    }

    boolean isDisposed(UUID id) {
        return disposed.contains(id);
    }

    /** Packages whose destruction has begun and is not over, with the time it began. */
    Map<UUID, Instant> deleting() {
        return Map.copyOf(deleting);
    }

    void deleting(Instant at, UUID id, Instant since) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("at", at.toString());
        line.put("deleting", id.toString());
        line.put("since", since.toString());
        append(line);
        deleting.put(id, since);
    }

    void seen(Instant at, Checkpoint checkpoint, TreeSoFar checked, long nextOld, Instant youngest) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("at", at.toString());
        line.put("checkpoint", Base64.getEncoder().encodeToString(checkpoint.toBytes()));
        line.put("size", checked.size());
        line.put("peaks", checked.peaks().stream().map(LogHash::base64).toList());
        line.put("next", nextOld);
        line.put("newest", youngest.toString());
        append(line);
        last = checkpoint;
        tree = checked.copy();
        next = nextOld;
        newest = youngest;
        checkpoints++;
    }

    void disposed(Instant at, UUID id) throws IOException {
        append(Map.of("at", at.toString(), "disposed", id.toString()));
        disposed.add(id);
        deleting.remove(id);
    }

    /** @param evidence the checkpoint as it was served, which proves it; empty if there is none */
    void alarm(Instant at, Alarm alarm, byte[] evidence) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("at", at.toString());
        line.put("alarm", alarm.kind().name());
        line.put("text", alarm.text());
        line.put("evidence", Base64.getEncoder().encodeToString(evidence));
        append(line);
    }

    private void append(Map<String, Object> line) throws IOException {
        byte[] bytes = (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_LINE) {
            throw new IOException("a line of " + bytes.length + " bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        file.force(true);
    }

    @Override
    public void close() throws IOException {
        try (file) {
            lock.release();
        }
    }
}
