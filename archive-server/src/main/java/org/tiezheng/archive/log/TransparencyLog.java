package org.tiezheng.archive.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.evidence.log.VerifierKey;

/**
 * Keeps the log. Each step is durable before the next begins, and each may be repeated:
 *
 * <ol>
 *   <li>{@link #assign}: leaves leave the queue and get positions. From here their order is fixed.
 *   <li>{@link #integrate}: tiles are made of the entries alone. A crash between two files leaves some of them; the next run
 *       gives the same bytes.
 *   <li>{@link #sign}: root and signature go into the database. Never before the entries are committed there, or one size
 *       could get two roots.
 *   <li>{@link #publish}: the file {@code checkpoint} is replaced. It never goes back.
 * </ol>
 *
 * <p>Several servers may run it on one database and one folder: every step holds the row of {@code log_state}. Source:
 * C2SP tlog-tiles and tlog-checkpoint; docs/format.md, "Log".
 */
public final class TransparencyLog {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final LogFolder folder;
    private final CheckpointSigner signer;
    private final Clock clock;
    private final int batch;
    private final AtomicReference<@Nullable String> damage = new AtomicReference<>();

    TransparencyLog(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            LogFolder folder,
            CheckpointSigner signer,
            Clock clock,
            int batch) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.folder = folder;
        this.signer = signer;
        this.clock = clock;
        this.batch = batch;
    }

    /** All steps, until nothing is waiting. */
    public void run() {
        while (assign() > 0) {
            integrate();
        }
        integrate();
        sign();
        publish();
    }

    /**
     * Gives positions to the oldest leaves of the queue.
     *
     * @return how many
     */
    int assign() {
        return step(() -> {
            LogState state = locked();
            int moved = jdbc.sql("""
                            with taken as (
                                delete from log_queue where id in (select id from log_queue order by id limit :batch)
                                returning id, leaf, kind, evidence_id)
                            insert into log_entry (pos, leaf, kind, evidence_id, assigned_at)
                            select :size + row_number() over (order by id) - 1, leaf, kind, evidence_id, :now from taken
                            """)
                    .param("batch", batch)
                    .param("size", state.assigned())
                    .param("now", Timestamp.from(clock.instant()))
                    .update();
            jdbc.sql("update log_state set assigned = assigned + :moved")
                    .param("moved", moved)
                    .update();
            return moved;
        });
    }

    /** Makes tiles of the entries that are in none yet. */
    void integrate() {
        boolean more;
        do {
            more = step(() -> {
                LogState state = locked();
                List<byte[]> entries =
                        entries(state.integrated(), Math.min(state.assigned(), state.integrated() + batch));
                if (entries.isEmpty()) {
                    return false;
                }
                try {
                    for (Map.Entry<Tile, byte[]> tile :
                            tree(state.integrated()).append(entries).entrySet()) {
                        folder.write(tile.getKey(), tile.getValue());
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException("writing the log's tiles", e);
                }
                jdbc.sql("update log_state set integrated = integrated + :more")
                        .param("more", entries.size())
                        .update();
                return true;
            });
        } while (more);
    }

    private List<byte[]> entries(long from, long to) {
        List<byte[]> entries = jdbc.sql("select leaf from log_entry where pos >= :from and pos < :to order by pos")
                .param("from", from)
                .param("to", to)
                .query((row, number) -> row.getString(1).getBytes(StandardCharsets.UTF_8))
                .list();
        if (entries.size() != to - from) {
            throw new LogDamagedException(
                    "the log's entries " + from + " to " + to + " are " + entries.size() + " in the database");
        }
        return entries;
    }

    /** Signs the tree of all entries that are in tiles, unless that was done. */
    void sign() {
        step(() -> {
            LogState state = locked();
            if (state.integrated() == state.signed() && !state.checkpoint().isEmpty()) {
                return false;
            }
            try {
                Checkpoint unsigned = new Checkpoint(
                        signer.verifierKey().name(),
                        state.integrated(),
                        tree(state.integrated()).root(),
                        List.of());
                Checkpoint signed = unsigned.with(List.of(signer.sign(unsigned)));
                jdbc.sql("update log_state set signed = :size, checkpoint = :note, signed_at = :now")
                        .param("size", state.integrated())
                        .param("note", new String(signed.toBytes(), StandardCharsets.UTF_8))
                        .param("now", Timestamp.from(clock.instant()))
                        .update();
            } catch (IOException e) {
                throw new UncheckedIOException("reading the log's tiles", e);
            }
            return true;
        });
    }

    /** Puts the signed checkpoint where everybody reads it. */
    void publish() {
        step(() -> {
            LogState state = locked();
            if (state.checkpoint().isEmpty()) {
                return false;
            }
            try {
                byte[] note = state.checkpoint().getBytes(StandardCharsets.UTF_8);
                Optional<byte[]> published = folder.checkpoint();
                if (published.isPresent()) {
                    compare(published.get(), state);
                    if (java.util.Arrays.equals(published.get(), note)) {
                        return false;
                    }
                }
                folder.publish(note);
            } catch (IOException e) {
                throw new UncheckedIOException("publishing the log's checkpoint", e);
            }
            return true;
        });
    }

    /**
     * Compares the database with what was published; run it before the first step after a start.
     *
     * @throws LogDamagedException if the published tree is larger than the database's, or another one: a database that was
     *     rolled back would sign a second history
     */
    public void check() {
        step(() -> {
            LogState state = locked();
            try {
                Optional<byte[]> published = folder.checkpoint();
                if (published.isPresent()) {
                    compare(published.get(), state);
                }
                if (state.signed() > 0) {
                    Checkpoint signed = parse(state.checkpoint().getBytes(StandardCharsets.UTF_8));
                    if (!tree(state.integrated()).root(state.signed()).equals(signed.root())) {
                        throw new LogDamagedException("the log's tiles are not those of its last signed checkpoint");
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("reading the log's files", e);
            }
            return true;
        });
    }

    private void compare(byte[] note, LogState state) throws IOException {
        Checkpoint published = parse(note);
        if (!published.signedBy(signer.verifierKey())) {
            throw new LogDamagedException("the published checkpoint is not signed with this log's key");
        }
        if (published.size() > state.signed()) {
            throw new LogDamagedException("a checkpoint of " + published.size()
                    + " entries was published, but the database knows " + state.signed()
                    + ": it is older than what the world has seen");
        }
        if (!tree(state.integrated()).root(published.size()).equals(published.root())) {
            throw new LogDamagedException("the published checkpoint is of another tree than the log's tiles");
        }
    }

    private static Checkpoint parse(byte[] note) {
        try {
            return Checkpoint.parse(note);
        } catch (MalformedLogException e) {
            throw new LogDamagedException("the log's checkpoint is none: " + e.getMessage());
        }
    }

    /**
     * The proof for a package's entry, under the last published checkpoint; empty while it waits for one, or if the package
     * has no entry.
     *
     * @throws IOException if the log's files cannot be read
     */
    public Optional<LogProof> proof(UUID evidenceId) throws IOException {
        record Placed(long pos, String leaf) {}
        Optional<Placed> entry = jdbc.sql(
                        "select pos, leaf from log_entry where evidence_id = :id and kind = 'package' order by pos limit 1")
                .param("id", evidenceId)
                .query((row, number) -> new Placed(row.getLong(1), row.getString(2)))
                .optional();
        Optional<byte[]> published = folder.checkpoint();
        if (entry.isEmpty() || published.isEmpty()) {
            return Optional.empty();
        }
        Checkpoint checkpoint = parse(published.get());
        Placed placed = entry.get();
        if (placed.pos() >= checkpoint.size()) {
            return Optional.empty();
        }
        // The tiles may be of a longer log by now; those of the checkpoint's size may be read all the same.
        LogTree tree = tree(checkpoint.size());
        LogProof proof = new LogProof(
                placed.leaf().getBytes(StandardCharsets.UTF_8),
                placed.pos(),
                tree.inclusionProof(placed.pos(), checkpoint.size()),
                checkpoint);
        if (!proof.proves()) {
            throw new LogDamagedException("entry " + placed.pos() + " is not in the published tree");
        }
        return Optional.of(proof);
    }

    public LogState state() {
        return read("");
    }

    /** Public key of the log: give it to everybody, out of band. */
    public VerifierKey key() {
        return signer.verifierKey();
    }

    /** Why the log stands still; empty if it does not. */
    public Optional<String> damage() {
        return Optional.ofNullable(damage.get());
    }

    /** A file of the log as it is served, {@code checkpoint} or a tile. @throws IOException also if it is not there */
    byte[] file(Optional<Tile> tile) throws IOException {
        if (tile.isPresent()) {
            return folder.read(tile.get());
        }
        return folder.checkpoint().orElseThrow(() -> new java.nio.file.NoSuchFileException("checkpoint"));
    }

    private LogTree tree(long size) {
        return new LogTree(folder, size);
    }

    /** One step in one transaction. What contradicts itself stops the log for good, until the next start. */
    private <T> T step(Supplier<T> work) {
        String before = damage.get();
        if (before != null) {
            throw new LogDamagedException(before);
        }
        try {
            T done = transactions.execute(status -> work.get());
            if (done == null) {
                throw new IllegalStateException("a step says what it did");
            }
            return done;
        } catch (LogDamagedException e) {
            damage.set(e.getMessage());
            throw e;
        }
    }

    private LogState locked() {
        return read(" for update");
    }

    private LogState read(String lock) {
        return jdbc.sql("select assigned, integrated, signed, checkpoint, signed_at,"
                        + " (select count(*) from (select 1 from log_queue limit 100000) waiting) as waiting"
                        + " from log_state" + lock)
                .query((row, number) -> {
                    Timestamp at = row.getTimestamp("signed_at");
                    return new LogState(
                            row.getLong("waiting"),
                            row.getLong("assigned"),
                            row.getLong("integrated"),
                            row.getLong("signed"),
                            row.getString("checkpoint"),
                            at == null ? null : at.toInstant());
                })
                .single();
    }
}
