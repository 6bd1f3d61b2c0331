package org.tiezheng.auditor.witness;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.MerkleProofs;
import org.tiezheng.evidence.log.VerifierKey;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * Cosigns checkpoints of the logs it follows: each one only if it continues the one before, and never a smaller or another tree.
 * That is all it promises; what is in a log it does not look at.
 *
 * <pre>
 * witness-key       its keys, made at the first start           witness-state   what it cosigned last
 * conflicts/        requests that prove that a log has two histories, at most {@value #MAX_CONFLICTS}
 * lock              held while it runs
 * </pre>
 *
 * <p>What it cosigned is durable before it answers, so a crash loses at most an answer, and the log asks again. Keys without a
 * state, or a damaged state, end the start ({@link WitnessDamagedException}).
 *
 * <p>Source: C2SP tlog-witness v1.0.0, tlog-cosignature v1.1.0. Safe for use by many threads.
 */
public final class Witness implements AutoCloseable {
    static final int MAX_CONFLICTS = 100;

    private static final String CONFLICTS = "conflicts";

    private final Path folder;
    private final LogPolicy followed;
    private final WitnessKeys keys;
    private final WitnessState state;
    private final Clock clock;
    private final FileLock lock;

    private Witness(Path folder, LogPolicy followed, WitnessKeys keys, WitnessState state, Clock clock, FileLock lock) {
        this.folder = folder;
        this.followed = followed;
        this.keys = keys;
        this.state = state;
        this.clock = clock;
        this.lock = lock;
    }

    /**
     * Opens a witness; makes it if {@code folder} holds none.
     *
     * @param name of its keys, for ever, such as {@code witness.court.example}
     * @param followed the logs it follows
     * @throws WitnessDamagedException if it must not go on
     * @throws IOException also if another process runs it
     */
    public static Witness open(Path folder, String name, LogPolicy followed, Clock clock)
            throws IOException, WitnessDamagedException {
        DurableFile.createDirectory(folder, "rwx------");
        FileChannel channel =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException(folder + " is in use by another witness");
            }
            Optional<WitnessKeys> keys = WitnessKeys.read(folder);
            Optional<WitnessState> state = WitnessState.read(folder);
            if (keys.isPresent() && !keys.get().name().equals(name)) {
                throw new WitnessDamagedException(
                        "the keys in " + folder + " are those of " + keys.get().name() + ", not of " + name);
            }
            if (keys.isPresent() && state.isEmpty()) {
                throw new WitnessDamagedException(folder + " has keys but no " + WitnessState.FILE
                        + ": what was cosigned is forgotten, so these keys must not cosign again");
            }
            if (keys.isEmpty() && state.isPresent() && !state.get().all().isEmpty()) {
                throw new WitnessDamagedException(folder + " has cosigned, but its keys are not there");
            }
            // The state first: if we die here, the next start finds one that has seen nothing, and makes the keys.
            WitnessState known = state.isPresent() ? state.get() : WitnessState.create(folder);
            WitnessKeys own = keys.isPresent() ? keys.get() : WitnessKeys.create(folder, name);
            return new Witness(folder, followed, own, known, clock, lock);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException(folder + " is in use by another witness", e);
        } catch (IOException | WitnessDamagedException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    public String name() {
        return keys.name();
    }

    /** Its public keys, for policies of logs and verifiers. */
    public List<VerifierKey> verifierKeys() {
        return keys.verifierKeys();
    }

    /** The last checkpoint it cosigned of each log. */
    public synchronized List<Checkpoint> seen() {
        return state.all();
    }

    /**
     * An answer to {@code add-checkpoint}.
     *
     * @param status of HTTP, as the source says
     * @param body signature lines with 200; the size it cosigned last with 409; else a word for people
     * @param checkpoint the one asked about, if its log is known and signed it
     */
    public record Answer(int status, byte[] body, @Nullable Checkpoint checkpoint) {
        public Answer {
            body = body.clone();
        }

        @Override
        public byte[] body() {
            return body.clone();
        }

        private static Answer of(int status, String body, @Nullable Checkpoint checkpoint) {
            return new Answer(status, body.getBytes(StandardCharsets.UTF_8), checkpoint);
        }
    }

    /**
     * Cosigns, or says why not.
     *
     * @throws IOException if what it would cosign cannot be made durable; it did not cosign
     */
    public Answer add(byte[] body) throws IOException {
        AddCheckpoint request;
        try {
            request = AddCheckpoint.parse(body);
        } catch (MalformedLogException e) {
            return Answer.of(400, "malformed: " + e.getMessage() + "\n", null);
        }
        Checkpoint checkpoint = request.checkpoint();
        List<LogPolicy.Site> logs = followed.logs().stream()
                .filter(log -> log.key().name().equals(checkpoint.origin()))
                .toList();
        if (logs.isEmpty()) {
            return Answer.of(404, "unknown log\n", null);
        }
        if (logs.stream().noneMatch(log -> checkpoint.signedBy(log.key()))) {
            return Answer.of(403, "not signed by the log\n", null);
        }
        if (request.oldSize() > checkpoint.size()) {
            return Answer.of(400, "the old size is above the new one\n", checkpoint);
        }
        return cosign(request, body);
    }

    /** One at a time: comparing with the last one and putting the new one in its place are one step. */
    private synchronized Answer cosign(AddCheckpoint request, byte[] body) throws IOException {
        Checkpoint checkpoint = request.checkpoint();
        Optional<Checkpoint> last = state.last(checkpoint.origin());
        long size = last.map(Checkpoint::size).orElse(0L);
        LogHash root = last.map(Checkpoint::root).orElse(LogHash.EMPTY);
        if (request.oldSize() != size) {
            return Answer.of(409, size + "\n", checkpoint);
        }
        if (checkpoint.size() == size && !checkpoint.root().equals(root)) {
            keep(body);
            return size == 0
                    ? Answer.of(422, "an empty tree has another root\n", checkpoint)
                    : Answer.of(409, size + "\n", checkpoint);
        }
        // From nothing to something needs no proof, and may not have one.
        if (!MerkleProofs.consistent(size, checkpoint.size(), root, checkpoint.root(), request.proof())) {
            keep(body);
            return Answer.of(422, "the tree does not continue the one cosigned last\n", checkpoint);
        }
        if (last.isEmpty() || checkpoint.size() > size) {
            // If we die after this, the log got no answer; it asks again, from the size we have then.
            state.replace(checkpoint);
        }
        StringBuilder lines = new StringBuilder();
        Instant now = clock.instant();
        for (CheckpointSigner signer : keys.signers()) {
            lines.append(signer.cosign(checkpoint, now).text());
        }
        return Answer.of(200, lines.toString(), checkpoint);
    }

    /** The log signed two histories, or does not know its own: with what we cosigned, this request may prove it. */
    private void keep(byte[] body) throws IOException {
        Path conflicts = folder.resolve(CONFLICTS);
        DurableFile.createDirectory(conflicts, "rwx------");
        Path file = conflicts.resolve(Digest.of(Digest.Algorithm.SHA256, body).hex() + ".txt");
        try (Stream<Path> kept = Files.list(conflicts)) {
            if (kept.limit(MAX_CONFLICTS).count() == MAX_CONFLICTS || Files.exists(file)) {
                return;
            }
        }
        DurableFile.write(file, body, "rw-------");
    }

    @Override
    public void close() throws IOException {
        lock.acquiredBy().close();
    }
}
