package org.tiezheng.auditor.witness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.trust.DurableFile;

/**
 * What a witness must never forget: the last checkpoint it cosigned of each log. One file, written whole, that carries its own
 * digest.
 *
 * <pre>
 * tiezheng-witness-state/1
 * log bG9nLmV4YW1wbGUvZXZpZGVuY2UKMTMwOQpD…          the signed checkpoint, base64; one line for each log, by origin
 * sha256 9f86d081…                                     of all lines above
 * </pre>
 *
 * <p>Not safe for use by several threads; {@link Witness} sees to that.
 */
final class WitnessState {
    static final String FILE = "witness-state";

    private static final String FIRST_LINE = "tiezheng-witness-state/1";
    /** 1000 logs with checkpoints of a few signatures. */
    private static final int MAX_BYTES = 64 << 20;

    private final Path file;
    private final Map<String, Checkpoint> logs;

    private WitnessState(Path file, Map<String, Checkpoint> logs) {
        this.file = file;
        this.logs = logs;
    }

    /** Makes the file of a witness that has seen nothing yet. */
    static WitnessState create(Path folder) throws IOException {
        WitnessState state = new WitnessState(folder.resolve(FILE), new TreeMap<>());
        state.write(state.logs);
        return state;
    }

    /** @return empty if there is no file @throws WitnessDamagedException if it is not what a witness wrote */
    static Optional<WitnessState> read(Path folder) throws IOException, WitnessDamagedException {
        Path file = folder.resolve(FILE);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new WitnessDamagedException(file + " is too large");
            }
            return Optional.of(new WitnessState(file, parse(file, Files.readAllBytes(file))));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    private static Map<String, Checkpoint> parse(Path file, byte[] bytes) throws WitnessDamagedException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int last = text.lastIndexOf("sha256 ");
        if (last < 0 || !text.substring(last).equals(digestLine(text.substring(0, last)))) {
            throw new WitnessDamagedException(file + " does not have the digest it names");
        }
        List<String> lines = List.of(text.substring(0, last).split("\n", -1));
        if (lines.size() < 2 || !lines.get(0).equals(FIRST_LINE)) {
            throw new WitnessDamagedException(file + " is no state of a witness");
        }
        Map<String, Checkpoint> logs = new TreeMap<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            try {
                if (!line.startsWith("log ")) {
                    throw new WitnessDamagedException(file + " has a line of no known kind");
                }
                Checkpoint checkpoint = Checkpoint.parse(Base64.getDecoder().decode(line.substring(4)));
                if (logs.put(checkpoint.origin(), checkpoint) != null) {
                    throw new WitnessDamagedException(file + " names a log twice");
                }
            } catch (MalformedLogException | IllegalArgumentException e) {
                throw new WitnessDamagedException(file + " holds a checkpoint that is none");
            }
        }
        return logs;
    }

    private static String digestLine(String above) {
        return "sha256 "
                + Digest.of(Digest.Algorithm.SHA256, above.getBytes(StandardCharsets.ISO_8859_1))
                        .hex() + "\n";
    }

    /** The last checkpoint cosigned of that log; empty if there is none. */
    Optional<Checkpoint> last(String origin) {
        return Optional.ofNullable(logs.get(origin));
    }

    List<Checkpoint> all() {
        return new ArrayList<>(logs.values());
    }

    /**
     * Puts {@code checkpoint} in the place of the log's last one. When this returns it survives a power cut; when it throws, nobody
     * knows which of the two is on disk, and the caller must not cosign: both are the log's own, and the newer continues the older.
     */
    void replace(Checkpoint checkpoint) throws IOException {
        Map<String, Checkpoint> changed = new TreeMap<>(logs);
        changed.put(checkpoint.origin(), checkpoint);
        write(changed);
        logs.put(checkpoint.origin(), checkpoint);
    }

    private void write(Map<String, Checkpoint> content) throws IOException {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        content.values()
                .forEach(checkpoint -> text.append("log ")
                        .append(Base64.getEncoder().encodeToString(checkpoint.toBytes()))
                        .append('\n'));
        String whole = text + digestLine(text.toString());
        DurableFile.write(file, whole.getBytes(StandardCharsets.ISO_8859_1), "rw-------");
    }
}
