package org.tiezheng.archive.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogPolicy;
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
 *   <li>{@link #witnessed}: cosignatures are added as they come ({@link Witnesses} asks for them); when they are enough, the
 *       note with them is fixed. A crash before that loses an answer, and the witness gives it again.
 *   <li>{@link #prove}: the proofs of all packages under a fixed note are fixed. A crash leaves some of them; the others follow.
 *   <li>{@link #publish}: the file {@code checkpoint} is replaced. It never goes back.
 * </ol>
 *
 * <p>Witnesses that are slow hold up nothing but the proofs that need them: a checkpoint is published without them after a few
 * seconds, and again when their cosignatures have come.
 *
 * <p>Several servers may run it on one database and one folder: every step holds the row of {@code log_state}. Source:
 * C2SP tlog-tiles, tlog-checkpoint and tlog-witness; docs/log.md.
 */
public final class TransparencyLog {
    private static final Logger LOG = LoggerFactory.getLogger(TransparencyLog.class);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final LogFolder folder;
    private final CheckpointSigner signer;
    private final Trusted trusted;
    private final Clock clock;
    private final int batch;
    private final AtomicReference<@Nullable String> damage = new AtomicReference<>();
    /** Number of our policy in {@code log_policy}; 0 until it was looked up. */
    private volatile int policy;

    /**
     * Who else has a say in this log.
     *
     * @param policy witnesses, and how many of them make a proof
     * @param formerKeys keys that this log signed with before
     * @param witnessWait how long a checkpoint waits for cosignatures before it is published without
     * @param witnessRound how long all witnesses are asked about one checkpoint
     */
    record Trusted(LogPolicy policy, List<VerifierKey> formerKeys, Duration witnessWait, Duration witnessRound) {
        Trusted {
            formerKeys = List.copyOf(formerKeys);
        }

        /** Nobody. */
        static Trusted nobody() {
            try {
                LogPolicy policy = LogPolicy.parse("quorum none\n".getBytes(StandardCharsets.US_ASCII));
                return new Trusted(policy, List.of(), Duration.ZERO, Duration.ofSeconds(1));
            } catch (MalformedLogException e) {
                throw new IllegalStateException(e);
            }
        }

        boolean asksAnybody() {
            return policy.witnesses().values().stream().anyMatch(site -> site.url() != null);
        }
    }

    /** A log without witnesses. */
    TransparencyLog(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            LogFolder folder,
            CheckpointSigner signer,
            Clock clock,
            int batch) {
        this(jdbc, transactions, folder, signer, Trusted.nobody(), clock, batch);
    }

    TransparencyLog(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            LogFolder folder,
            CheckpointSigner signer,
            Trusted trusted,
            Clock clock,
            int batch) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.folder = folder;
        this.signer = signer;
        this.trusted = trusted;
        this.clock = clock;
        this.batch = batch;
    }

    /** All steps but asking witnesses, until nothing is waiting. */
    public void run() {
        while (assign() > 0) {
            integrate();
        }
        integrate();
        sign();
        finish();
    }

    /** The steps that new cosignatures make possible. */
    void finish() {
        settle();
        publish();
        prove();
    }

    /**
     * Gives positions to the oldest leaves of the queue. A package and the entries that name its objects get theirs together, so
     * that no tree is signed that has the one and not the others.
     *
     * @return how many
     */
    int assign() {
        return step(() -> {
            LogState state = locked();
            int moved = jdbc.sql("""
                            with first as (select id, evidence_id from log_queue order by id limit :batch),
                            rest as (
                                select q.id from log_queue q where q.kind = 'objects'
                                    and q.id > (select max(id) from first) and q.id < (select max(id) from first) + 2000
                                    and q.evidence_id in (select evidence_id from first)),
                            taken as (
                                delete from log_queue where id in (select id from first union all select id from rest)
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
                LogHash root = tree(state.integrated()).root();
                Optional<String> before = jdbc.sql("select note from log_checkpoint where size = :size")
                        .param("size", state.integrated())
                        .query(String.class)
                        .optional();
                if (before.isPresent()
                        && !parse(before.get().getBytes(StandardCharsets.UTF_8))
                                .root()
                                .equals(root)) {
                    throw new LogDamagedException(
                            "another tree of " + state.integrated() + " entries was signed before");
                }
                String note = before.orElseGet(() -> note(signed(state.integrated(), root)));
                Timestamp now = Timestamp.from(clock.instant());
                jdbc.sql("insert into log_checkpoint (size, note, signed_at) values (:size, :note, :now)"
                                + " on conflict do nothing")
                        .param("size", state.integrated())
                        .param("note", note)
                        .param("now", now)
                        .update();
                jdbc.sql("update log_state set signed = :size, checkpoint = :note, signed_at = :now")
                        .param("size", state.integrated())
                        .param("note", note)
                        .param("now", now)
                        .update();
            } catch (IOException e) {
                throw new UncheckedIOException("reading the log's tiles", e);
            }
            return true;
        });
    }

    private Checkpoint signed(long size, LogHash root) {
        Checkpoint unsigned = new Checkpoint(signer.verifierKey().name(), size, root, List.of());
        return unsigned.with(List.of(signer.sign(unsigned)));
    }

    private static String note(Checkpoint checkpoint) {
        return new String(checkpoint.toBytes(), StandardCharsets.UTF_8);
    }

    // ---- witnesses ----------------------------------------------------------------------------------------------

    LogPolicy policy() {
        return trusted.policy();
    }

    /**
     * The checkpoint that witnesses are asked to cosign; empty before the first. All are asked about the same one, until they
     * are enough or its round is over: asked each about the newest, they might never meet.
     */
    Optional<Checkpoint> target() {
        return jdbc.sql("select c.note from log_state s join log_checkpoint c on c.size = s.target")
                .query(String.class)
                .optional()
                .map(note -> parse(note.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The last signed checkpoint, or one of the empty tree, which has but one root: what may be shown to a witness before
     * anything else is signed.
     */
    Checkpoint shown() {
        LogState state = state();
        return state.checkpoint().isEmpty()
                ? signed(0, LogHash.EMPTY)
                : parse(state.checkpoint().getBytes(StandardCharsets.UTF_8));
    }

    /** That the tree of the first {@code size} entries continues the tree of the first {@code old}. */
    List<LogHash> consistency(long old, long size) {
        try {
            return tree(state().integrated()).consistencyProof(old, size);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the log's tiles", e);
        }
    }

    /** Keeps a cosignature that was verified. The same one of the same witness is kept once. */
    void witnessed(long size, VerifierKey witness, Checkpoint.Line line, Instant cosignedAt) {
        adopt();
        step(() -> {
            LogState state = locked();
            if (size > state.signed()) {
                return false;
            }
            jdbc.sql("""
                            insert into log_cosignature (size, witness, line, cosigned_at, received_at)
                            values (:size, :witness, :line, :cosigned, :now) on conflict do nothing""")
                    .param("size", size)
                    .param("witness", witness.toString())
                    .param("line", line.text())
                    .param("cosigned", Timestamp.from(cosignedAt))
                    .param("now", Timestamp.from(clock.instant()))
                    .update();
            if (isOurPolicy()) {
                settle(size);
            }
            return true;
        });
    }

    /**
     * Looks up the number of our policy. If another one counted last, ours does from here: what was proved under the other may be
     * too little, so proofs are gone through again ({@link #prove}), and those that are get another beside them.
     */
    private void adopt() {
        if (policy != 0) {
            return;
        }
        policy = step(() -> {
            LogState state = locked();
            String text = policyText();
            String sha256 = Digest.of(Digest.Algorithm.SHA256, text.getBytes(StandardCharsets.UTF_8))
                    .hex();
            Optional<Integer> same =
                    jdbc.sql("""
                            select id from log_policy where sha256 = :sha256 and id = (select max(id) from log_policy)""").param("sha256", sha256).query(Integer.class).optional();
            if (same.isPresent()) {
                return same.get();
            }
            int id = jdbc.sql(
                            "insert into log_policy (sha256, policy, since) values (:sha256, :text, :now) returning id")
                    .param("sha256", sha256)
                    .param("text", text)
                    .param("now", Timestamp.from(clock.instant()))
                    .query(Integer.class)
                    .single();
            jdbc.sql("update log_state set policy = :id, witnessed = 0, proved = 0, target = null, target_at = null")
                    .param("id", id)
                    .update();
            if (!state.checkpoint().isEmpty()) {
                enoughAlready(state, id);
            }
            return id;
        });
    }

    /** Witnesses and quorum as they are kept: neither an address nor the log's own key makes it another policy. */
    private String policyText() {
        String text = trusted.policy().forVerifiers(signer.verifierKey());
        return text.substring(text.indexOf('\n') + 1);
    }

    /** The largest checkpoint that has what a new policy asks for; the newest of those that any witness cosigned are tried. */
    private void enoughAlready(LogState state, int id) {
        List<Long> sizes =
                jdbc.sql("""
                        select size from (select :signed::bigint as size
                            union select * from (select distinct size from log_cosignature order by size desc limit 1000) c) s
                        where size <= :signed order by size desc""").param("signed", state.signed()).query(Long.class).list();
        for (long size : sizes) {
            if (settle(size, id)) {
                return;
            }
        }
    }

    /** A server that was started with another policy since leaves fixing and proving to those that have the newest. */
    private boolean isOurPolicy() {
        return jdbc.sql("select policy from log_state").query(Integer.class).single() == policy;
    }

    /** Fixes the notes that have what they need, and chooses the checkpoint to ask witnesses about. */
    private void settle() {
        adopt();
        step(() -> {
            LogState state = locked();
            if (state.checkpoint().isEmpty() || !isOurPolicy()) {
                return false;
            }
            if (!isSettled(state.signed())) {
                settle(state.signed());
            }
            jdbc.sql("""
                            update log_state set target = signed, target_at = :now
                            where target is null or (target < signed and (target_at < :over
                                or exists (select 1 from log_witnessed w where w.size = target and w.policy = :policy)))""")
                    .param("policy", policy)
                    .param("now", Timestamp.from(clock.instant()))
                    .param("over", Timestamp.from(clock.instant().minus(trusted.witnessRound())))
                    .update();
            return true;
        });
    }

    private boolean isSettled(long size) {
        return jdbc.sql("select exists (select 1 from log_witnessed where size = :size and policy = :policy)")
                .param("size", size)
                .param("policy", policy)
                .query(Boolean.class)
                .single();
    }

    private void settle(long size) {
        boolean unused = settle(size, policy);
    }

    /** @return whether it has what our policy asks for */
    private boolean settle(long size, int under) {
        Checkpoint checkpoint = cosigned(size);
        if (!trusted.policy().isWitnessed(checkpoint)) {
            return false;
        }
        jdbc.sql("""
                        insert into log_witnessed (size, policy, note, at) values (:size, :policy, :note, :now)
                        on conflict do nothing""")
                .param("size", size)
                .param("policy", under)
                .param("note", note(checkpoint))
                .param("now", Timestamp.from(clock.instant()))
                .update();
        jdbc.sql("update log_state set witnessed = greatest(witnessed, :size)")
                .param("size", size)
                .update();
        return true;
    }

    /** A signed checkpoint with all cosignatures it has now. */
    private Checkpoint cosigned(long size) {
        String note = jdbc.sql("select note from log_checkpoint where size = :size")
                .param("size", size)
                .query(String.class)
                .single();
        String lines = String.join(
                "",
                jdbc.sql("select line from log_cosignature where size = :size order by received_at, witness")
                        .param("size", size)
                        .query(String.class)
                        .list());
        return parse((note + lines).getBytes(StandardCharsets.UTF_8));
    }

    // ---- proofs -------------------------------------------------------------------------------------------------

    /**
     * Fixes the proofs of the packages under the largest checkpoint that enough witnesses cosigned. A package that has a proof
     * gets another only if that one is too little for the policy that counts now.
     */
    void prove() {
        adopt();
        boolean more;
        do {
            more = step(() -> {
                LogState state = locked();
                if (state.proved() >= state.witnessed() || !isOurPolicy()) {
                    return false;
                }
                long end = Math.min(state.witnessed(), state.proved() + batch);
                try {
                    fix(tree(state.integrated()), state.proved(), end, state.witnessed());
                } catch (IOException e) {
                    throw new UncheckedIOException("reading the log's tiles", e);
                }
                jdbc.sql("update log_state set proved = :end").param("end", end).update();
                return true;
            });
        } while (more);
    }

    private void fix(LogTree tree, long from, long to, long size) throws IOException {
        record Placed(
                long pos,
                String leaf,
                UUID evidence,
                @Nullable Note proved) {}
        Map<Note, Boolean> enough = new HashMap<>();
        List<Placed> packages = jdbc
                .sql("""
                        select e.pos, e.leaf, e.evidence_id, p.size, p.policy from log_entry e
                        left join lateral (select p.size, p.policy from log_proof p where p.evidence_id = e.evidence_id
                            order by p.policy desc limit 1) p on true
                        where e.pos >= :from and e.pos < :to and e.kind = 'package' and e.evidence_id is not null
                        order by e.pos""")
                .param("from", from)
                .param("to", to)
                .query((row, number) -> {
                    Long proved = row.getObject(4, Long.class);
                    return new Placed(
                            row.getLong(1),
                            row.getString(2),
                            row.getObject(3, UUID.class),
                            proved == null ? null : new Note(proved, row.getInt(5)));
                })
                .list()
                .stream()
                .filter(placed -> placed.proved() == null || !enough.computeIfAbsent(placed.proved(), this::isEnough))
                .toList();
        if (packages.isEmpty()) {
            return;
        }
        Checkpoint checkpoint = note(new Note(size, policy));
        Timestamp now = Timestamp.from(clock.instant());
        for (Placed placed : packages) {
            List<LogHash> hashes = tree.inclusionProof(placed.pos(), size);
            LogProof proof =
                    new LogProof(placed.leaf().getBytes(StandardCharsets.UTF_8), placed.pos(), hashes, checkpoint);
            if (!proof.proves()) {
                throw new LogDamagedException("entry " + placed.pos() + " is not in the signed tree");
            }
            jdbc.sql("""
                            insert into log_proof (evidence_id, pos, size, policy, hashes, fixed_at)
                            values (:evidence, :pos, :size, :policy, :hashes, :now) on conflict do nothing""")
                    .param("policy", policy)
                    .param("evidence", placed.evidence())
                    .param("pos", placed.pos())
                    .param("size", size)
                    .param("hashes", joined(hashes))
                    .param("now", now)
                    .update();
        }
    }

    /** A checkpoint that had what a policy asks for. */
    private record Note(long size, int policy) {}

    private Checkpoint note(Note note) {
        return parse(jdbc.sql("select note from log_witnessed where size = :size and policy = :policy")
                .param("size", note.size())
                .param("policy", note.policy())
                .query(String.class)
                .single()
                .getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a proof under {@code note} does for the policy that counts now. */
    private boolean isEnough(Note note) {
        return note.policy() == policy || trusted.policy().isWitnessed(note(note));
    }

    private static byte[] joined(List<LogHash> hashes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        hashes.forEach(hash -> bytes.writeBytes(hash.bytes()));
        return bytes.toByteArray();
    }

    /**
     * The proof for a package's entry; empty until enough witnesses have cosigned, or if the package has no entry. The same for
     * ever, unless a stricter policy asks for more than it has: then another takes its place as soon as there is one. None that was
     * made is ever changed or deleted.
     */
    public Optional<LogProof> proof(UUID evidenceId) {
        return jdbc.sql("""
                        select p.pos, e.leaf, p.hashes, w.note from log_proof p
                        join log_entry e on e.pos = p.pos join log_witnessed w on w.size = p.size and w.policy = p.policy
                        where p.evidence_id = :id order by p.policy desc limit 1""")
                .param("id", evidenceId)
                .query((row, number) -> new LogProof(
                        row.getString(2).getBytes(StandardCharsets.UTF_8),
                        row.getLong(1),
                        split(row.getBytes(3)),
                        parse(row.getString(4).getBytes(StandardCharsets.UTF_8))))
                .optional();
    }

    private static List<LogHash> split(byte[] hashes) {
        List<LogHash> list = new ArrayList<>();
        for (int at = 0; at < hashes.length; at += LogHash.SIZE_BYTES) {
            list.add(LogHash.of(Arrays.copyOfRange(hashes, at, at + LogHash.SIZE_BYTES)));
        }
        return list;
    }

    // ---- the published files ------------------------------------------------------------------------------------

    /**
     * Puts a signed checkpoint where everybody reads it: the newest that enough witnesses cosigned or that waited for them long
     * enough, with the cosignatures it has.
     */
    void publish() {
        adopt();
        step(() -> {
            LogState state = locked();
            if (state.checkpoint().isEmpty()) {
                return false;
            }
            Duration wait = trusted.asksAnybody() ? trusted.witnessWait() : Duration.ZERO;
            Optional<Long> ready = jdbc.sql("""
                            select max(size) from (
                                select max(size) as size from log_checkpoint where signed_at <= :waited
                                union all select max(size) from log_witnessed where policy = :policy) ready""")
                    .param("policy", policy)
                    .param("waited", Timestamp.from(clock.instant().minus(wait)))
                    .query((row, number) -> {
                        long size = row.getLong(1);
                        return row.wasNull() ? Optional.<Long>empty() : Optional.of(size);
                    })
                    .single();
            if (ready.isEmpty()) {
                return false;
            }
            try {
                Optional<byte[]> published = folder.checkpoint();
                if (published.isPresent() && compare(published.get(), state) > ready.get()) {
                    // By hand, or by a server with a shorter wait: it never goes back.
                    return false;
                }
                byte[] note = cosigned(ready.get()).toBytes();
                if (published.isPresent() && Arrays.equals(published.get(), note)) {
                    return false;
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
                    if (!isOurs(signed)) {
                        throw new LogDamagedException("the last checkpoint is not signed with this log's key");
                    }
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

    /** As {@link #check()}, for what is published. @throws LogDamagedException if it is of another tree */
    void compareWithPublished(byte[] note) {
        boolean unused = step(() -> {
            long size = compared(note, locked());
            return size >= 0;
        });
    }

    /**
     * Compares the database with a checkpoint that somebody kept.
     *
     * @return false if it is none that this log signed: it says nothing
     * @throws LogDamagedException if it has more entries than the database, or is of another tree
     */
    boolean compareIfOurs(byte[] note) {
        try {
            if (!isOurs(Checkpoint.parse(note))) {
                return false;
            }
        } catch (MalformedLogException e) {
            return false;
        }
        compareWithPublished(note);
        return true;
    }

    private long compared(byte[] note, LogState state) {
        try {
            return compare(note, state);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the log's files", e);
        }
    }

    /**
     * Compares some entries of the database with what was published of them, and with the last signed root. A bundle or tile that is
     * not there any more is made again if its entries are under that root.
     *
     * @param from a multiple of {@value Tile#WIDTH}
     * @param bundles how many times so many entries
     * @return why they differ; empty if they are the same
     * @throws IOException if a file cannot be read: nothing is known then
     */
    Optional<String> reread(long from, int bundles) throws IOException {
        LogState state = state();
        if (state.checkpoint().isEmpty()) {
            return Optional.empty();
        }
        Checkpoint signed = parse(state.checkpoint().getBytes(StandardCharsets.UTF_8));
        long end = Math.min(signed.size(), from + (long) bundles * Tile.WIDTH);
        for (long first = from; first < end; first += Tile.WIDTH) {
            int width = (int) Math.min(Tile.WIDTH, signed.size() - first);
            Optional<String> differs = reread(first, width, signed);
            if (differs.isPresent()) {
                return differs;
            }
        }
        return Optional.empty();
    }

    private Optional<String> reread(long first, int width, Checkpoint signed) throws IOException {
        Tile bundle = new Tile(Tile.ENTRIES, first / Tile.WIDTH, width);
        Tile leaves = new Tile(0, first / Tile.WIDTH, width);
        Map<Tile, byte[]> gone = new LinkedHashMap<>();
        List<byte[]> entries;
        List<byte[]> published;
        byte[] hashes;
        try {
            entries = entries(first, first + width);
            published = LogTree.entries(readOr(bundle, bundleOf(entries), gone));
            hashes = readOr(leaves, joined(entries.stream().map(LogHash::leaf).toList()), gone);
        } catch (LogDamagedException missing) {
            return Optional.of(String.valueOf(missing.getMessage()));
        } catch (MalformedLogException e) {
            return Optional.of(bundle.path() + " holds no entries: " + e.getMessage());
        }
        if (published.size() != width || hashes.length != width * LogHash.SIZE_BYTES) {
            return Optional.of(bundle.path() + " or " + leaves.path() + " is not of " + width + " entries");
        }
        for (int i = 0; i < width; i++) {
            if (!Arrays.equals(entries.get(i), published.get(i))) {
                return Optional.of("entry " + (first + i) + " in the database is not the one that was published");
            }
            byte[] hash = LogHash.leaf(entries.get(i)).bytes();
            int at = i * LogHash.SIZE_BYTES;
            if (!Arrays.equals(hash, 0, hash.length, hashes, at, at + LogHash.SIZE_BYTES)) {
                return Optional.of("entry " + (first + i) + " is not the one in the log's tree");
            }
        }
        LogTree tree = new LogTree(
                tile -> {
                    byte[] made = gone.get(tile);
                    return made == null ? folder.read(tile) : made;
                },
                signed.size());
        // The path from the first entry takes in all hashes of its tile: one proof stands for all of them.
        LogProof proof = new LogProof(entries.get(0), first, tree.inclusionProof(first, signed.size()), signed);
        if (!proof.proves()) {
            return Optional.of("entries from " + first + " on are not under the signed root");
        }
        for (Map.Entry<Tile, byte[]> one : gone.entrySet()) {
            LOG.warn("{} of the log was gone, and was made again", one.getKey().path());
            folder.write(one.getKey(), one.getValue());
        }
        return Optional.empty();
    }

    /** The file; what it must be if it is not there, which is added to {@code gone} then. */
    private byte[] readOr(Tile tile, byte[] made, Map<Tile, byte[]> gone) throws IOException {
        try {
            return folder.read(tile);
        } catch (NoSuchFileException absent) {
            gone.put(tile, made);
            return made;
        }
    }

    private static byte[] bundleOf(List<byte[]> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            bytes.write(entry.length >> 8);
            bytes.write(entry.length);
            bytes.writeBytes(entry);
        }
        return bytes.toByteArray();
    }

    /** @return size of the published tree */
    private long compare(byte[] note, LogState state) throws IOException {
        Checkpoint published = parse(note);
        if (!isOurs(published)) {
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
        return published.size();
    }

    /** Whether this log signed it, now or under a former key. */
    private boolean isOurs(Checkpoint checkpoint) {
        return checkpoint.signedBy(signer.verifierKey())
                || trusted.formerKeys().stream()
                        .anyMatch(key -> key.name().equals(checkpoint.origin()) && checkpoint.signedBy(key));
    }

    private static Checkpoint parse(byte[] note) {
        try {
            return Checkpoint.parse(note);
        } catch (MalformedLogException e) {
            throw new LogDamagedException("the log's checkpoint is none: " + e.getMessage());
        }
    }

    /** What everybody reads. */
    record Published(long size, byte[] note) {}

    /** The published checkpoint; empty before the first. */
    Optional<Published> published() throws IOException {
        Optional<byte[]> note = folder.checkpoint();
        return note.isEmpty()
                ? Optional.empty()
                : Optional.of(new Published(parse(note.get()).size(), note.get()));
    }

    /** Entries under the published checkpoint; 0 before the first, or if it cannot be read. */
    long publishedSize() {
        try {
            return published().map(Published::size).orElse(0L);
        } catch (IOException | LogDamagedException e) {
            return 0;
        }
    }

    void writeStamp(long id, byte[] note, byte[] token) throws IOException {
        folder.writeStamp(id, note, token);
    }

    boolean hasStamp(long id, byte[] note, byte[] token) throws IOException {
        return folder.hasStamp(id, note, token);
    }

    /** When the oldest checkpoint was signed that covers entries which not enough witnesses have seen; empty if none does. */
    Optional<Instant> unwitnessedSince() {
        return jdbc.sql("""
                        select min(c.signed_at) as since from log_checkpoint c, log_state s where c.size > s.witnessed""")
                .query((row, number) -> row.getTimestamp(1))
                .optional()
                .map(Timestamp::toInstant);
    }

    public LogState state() {
        return read("");
    }

    /** Public key of the log: give it to everybody, out of band. */
    public VerifierKey key() {
        return signer.verifierKey();
    }

    /** Stops the log for good, until the next start. */
    void damaged(String why) {
        damage.compareAndSet(null, why);
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
        return folder.checkpoint().orElseThrow(() -> new NoSuchFileException("checkpoint"));
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
        return jdbc.sql("select assigned, integrated, signed, witnessed, proved, checkpoint, signed_at,"
                        + " (select count(*) from (select 1 from log_queue limit 100000) waiting) as waiting"
                        + " from log_state" + lock)
                .query((row, number) -> {
                    Timestamp at = row.getTimestamp("signed_at");
                    return new LogState(
                            row.getLong("waiting"),
                            row.getLong("assigned"),
                            row.getLong("integrated"),
                            row.getLong("signed"),
                            row.getLong("witnessed"),
                            row.getLong("proved"),
                            row.getString("checkpoint"),
                            at == null ? null : at.toInstant());
                })
                .single();
    }
}
